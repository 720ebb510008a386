//! `elector run` when the election is somebody else's: nobody of its tree is given time.

use std::sync::Arc;
use std::time::Duration;

use elector::clock::Moment;
use elector::store::{Acquire, Backend, Bid, Candidate, MayTake, Request, Standing, Store as _};
use elector_local::Local;

use crate::running::Running;
use crate::scene::{Scene, alive, now, on_a_steady_machine, until};

/// So long that nothing but the loss can end the command in a test: its grace is 8 s.
const LEASE: [&str; 2] = ["--lease-duration", "60s"];
/// Well below the grace.
const AT_ONCE: Duration = Duration::from_secs(2);

/// A command that notes that it was asked to end, and does not.
const DEAF: &str =
    "trap 'note asked yes' TERM; note token $ELECTOR_TOKEN; here cmd; while :; do sleep 0.01; done";

fn election(scene: &Scene) -> Arc<dyn Backend> {
    Local::new(scene.path().join("elector")).election("test").unwrap()
}

fn wait_for<T>(call: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(call)
}

fn ask_to_resign(scene: &Scene) {
    let token = scene.note("token").parse().unwrap();
    wait_for(election(scene).request(&Request::resign(token, "test"))).unwrap();
}

/// A candidate that takes the election from a living leader, as none may. Gives the moment after which it leads.
pub(crate) fn take(scene: &Scene) -> Moment {
    let (backend, rival) = (election(scene), Candidate::new("rival"));
    let mut may_take = MayTake::vacant();
    for attempt in 1..100 {
        let bid = Bid::new(rival.clone(), attempt, Duration::from_secs(60));
        let before = now();
        match wait_for(backend.acquire(&bid.with_may_take(may_take.clone()))).unwrap() {
            Acquire::Won(_) => return before,
            Acquire::Held(observation) => {
                let Standing::Led(led) = observation.standing else { continue };
                may_take = MayTake::vacant().or_stale(led.beat);
            }
        }
    }
    panic!("the rival was not granted the election");
}

#[test]
fn a_command_beside_another_leader_is_killed_unasked() {
    on_a_steady_machine(|| {
        for _ in 0..5 {
            let scene = Scene::new();
            let script = scene.script("cmd", DEAF);
            let mut leader = Running::start(&scene, "a", &LEASE, &["sh", &script]);
            let command = scene.process("cmd");
            let taken = take(&scene);
            until("the command is dead", || (!alive(command)).then_some(()));
            let late = now().since(taken);
            eprintln!("taken to dead: {late:?}");
            assert!(late < AT_ONCE, "{late:?}");
            assert!(!scene.file("asked").exists(), "it was given time");
            assert_eq!(leader.code(), 75);
        }
    });
}

#[test]
fn a_command_that_is_being_stopped_is_killed_when_another_leads() {
    on_a_steady_machine(|| {
        let scene = Scene::new();
        let script = scene.script("cmd", DEAF);
        let mut leader = Running::start(&scene, "a", &LEASE, &["sh", &script]);
        let command = scene.process("cmd");
        ask_to_resign(&scene);
        assert_eq!(scene.note("asked"), "yes");
        let taken = take(&scene);
        until("the command is dead", || (!alive(command)).then_some(()));
        let late = now().since(taken);
        eprintln!("taken during the grace to dead: {late:?}");
        assert!(late < AT_ONCE, "{late:?}");
        assert_eq!(leader.code(), 75);
    });
}

#[test]
fn the_log_says_why_it_ends_and_how_to_go_on() {
    let scene = Scene::new();
    let script = scene.script("cmd", DEAF);
    let mut leader = Running::start_logged(&scene, "a", &LEASE, &["sh", &script]);
    scene.process("cmd");
    take(&scene);
    assert_eq!(leader.code(), 75);
    let log = scene.note("log");
    let end = "another leads (rival): the command was stopped; ending with code 75 (--restart contends again)";
    assert!(log.contains(end), "{log}");
}
