//! What the guardian does to a tree whose time is up.

use std::fs::File;
use std::io::Read as _;
use std::os::fd::AsFd as _;
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::guardian::{Guarded, Times};
use crate::scene::{Scene, alive, now, on_a_steady_machine, until, until_dead};

const MS: Duration = Duration::from_millis(1);

/// A command with a child in its group, one in a session of its own, and a daemon; nobody of them heeds TERM.
fn stubborn_tree(scene: &Scene) -> String {
    let child = scene.script("child", "stubborn child");
    let session = scene.script("session", "stubborn session");
    let daemon = scene.script("daemon", "stubborn daemon");
    scene.script(
        "tree",
        &format!("sh {child} & setsid sh {session} & (setsid sh {daemon} &); stubborn cmd"),
    )
}

fn processes(scene: &Scene) -> [Pid; 4] {
    ["cmd", "child", "session", "daemon"].map(|name| scene.process(name))
}

fn times_in(deadline: Duration) -> Times {
    Times { deadline: now() + deadline, grace: 300 * MS, margin: 300 * MS }
}

#[test]
fn a_deadline_without_a_new_one_ends_the_tree_before_it() {
    on_a_steady_machine(|| {
        let scene = Scene::new();
        let times = times_in(2000 * MS);
        let guarded = Guarded::start(&["sh", &stubborn_tree(&scene)], times);
        let processes = processes(&scene);
        assert_eq!(guarded.report(), "expired");
        assert!(now() >= times.deadline.back(600 * MS), "TERM came too early");
        assert!(processes.iter().all(|pid| alive(*pid)));
        assert_eq!(guarded.report(), "signaled 9");
        assert!(now() >= times.deadline.back(300 * MS), "KILL came too early");
        assert_eq!(guarded.report(), "gone");
        let gone = now();
        assert!(processes.iter().all(|pid| !alive(*pid)));
        assert!(gone < times.deadline, "{:?} late", gone.since(times.deadline));
        eprintln!("KILL to tree gone: {:?}", gone.since(times.deadline.back(300 * MS)));
    });
}

#[test]
fn a_new_deadline_keeps_the_tree_alive() {
    on_a_steady_machine(|| {
        let scene = Scene::new();
        let times = times_in(1500 * MS);
        let guarded = Guarded::start(&["sh", &stubborn_tree(&scene)], times);
        let processes = processes(&scene);
        let later = now() + 3000 * MS;
        guarded.order(&format!("deadline {}", later.as_nanos()));
        // An earlier one than is known changes nothing: a lease that was granted is not shortened.
        guarded.order("deadline 1");
        assert_eq!(guarded.report_by(times.deadline + 100 * MS), None);
        assert!(processes.iter().all(|pid| alive(*pid)));
        assert_eq!(guarded.report(), "expired");
        assert!(now() > times.deadline);
        assert_eq!(guarded.report(), "signaled 9");
        assert_eq!(guarded.report(), "gone");
        assert!(now() < later);
    });
}

#[test]
fn a_closed_socket_ends_the_tree() {
    let scene = Scene::new();
    let mut guarded = Guarded::start(&["sh", &stubborn_tree(&scene)], Times::far());
    let processes = processes(&scene);
    let closed = now();
    guarded.control = None;
    processes.into_iter().for_each(until_dead);
    eprintln!("socket closed to tree dead, nobody heeding TERM: {:?}", now().since(closed));
    until_dead(guarded.pid());
}

#[test]
fn a_socket_that_closes_late_leaves_less_than_the_grace() {
    on_a_steady_machine(|| {
        let scene = Scene::new();
        let times = times_in(2000 * MS).with_grace(1000 * MS);
        let mut guarded = Guarded::start(&["sh", &stubborn_tree(&scene)], times);
        let processes = processes(&scene);
        // Frozen past the moment when TERM was due, so that the closed socket is what it hears of first.
        kill_process(guarded.pid(), Signal::STOP).unwrap();
        until("less than the grace is left", || {
            (now() >= times.deadline.back(900 * MS)).then_some(())
        });
        guarded.control = None;
        kill_process(guarded.pid(), Signal::CONT).unwrap();
        processes.into_iter().for_each(until_dead);
        let gone = now();
        assert!(gone < times.deadline, "{:?} late", gone.since(times.deadline));
    });
}

#[test]
fn a_guardian_that_was_late_takes_the_time_from_the_grace() {
    on_a_steady_machine(|| {
        let scene = Scene::new();
        let times = times_in(2500 * MS).with_grace(900 * MS);
        let guarded = Guarded::start(&["sh", &stubborn_tree(&scene)], times);
        let processes = processes(&scene);
        kill_process(guarded.pid(), Signal::STOP).unwrap();
        // TERM is due 1.2 s before the deadline; a full grace from here would end after it.
        until("TERM is overdue", || (now() >= times.deadline.back(600 * MS)).then_some(()));
        kill_process(guarded.pid(), Signal::CONT).unwrap();
        assert_eq!(guarded.report(), "expired");
        assert_eq!(guarded.report(), "signaled 9");
        assert_eq!(guarded.report(), "gone");
        let gone = now();
        assert!(gone < times.deadline, "{:?} late", gone.since(times.deadline));
        assert!(processes.iter().all(|pid| !alive(*pid)));
    });
}

#[test]
fn a_polite_tree_is_given_its_grace() {
    let scene = Scene::new();
    let apart = scene.script(
        "apart",
        "trap 'note apart asked; exit' TERM; here apart; while :; do sleep 0.01; done",
    );
    let script = scene.script(
        "cmd",
        &format!("trap 'exit 5' TERM; setsid sh {apart} & here cmd; while :; do sleep 0.01; done"),
    );
    let guarded = Guarded::start(&["sh", &script], Times::far());
    let processes = ["cmd", "apart"].map(|name| scene.process(name));
    guarded.order("stop");
    assert_eq!(guarded.report(), "exited 5");
    assert_eq!(guarded.report(), "gone");
    assert_eq!(scene.note("apart"), "asked");
    assert!(processes.iter().all(|pid| !alive(*pid)));
}

#[test]
fn a_stopped_tree_is_woken_to_end_itself() {
    let scene = Scene::new();
    let script = scene.script("cmd", "trap 'exit 5' TERM; here cmd; while :; do sleep 0.01; done");
    let guarded = Guarded::start(&["sh", &script], Times::far());
    kill_process(scene.process("cmd"), Signal::STOP).unwrap();
    guarded.order("stop");
    assert_eq!(guarded.report(), "exited 5");
}

#[test]
fn what_a_command_leaves_behind_is_stopped() {
    let scene = Scene::new();
    let daemon = scene.script("daemon", "stubborn daemon");
    let script = scene.script(
        "cmd",
        &format!(
            "(setsid sh {daemon} &); while [ ! -e $SCENE/daemon.pid ]; do sleep 0.01; done; exit 4"
        ),
    );
    let guarded = Guarded::start(&["sh", &script], Times::far().with_grace(200 * MS));
    assert_eq!(guarded.report(), "exited 4");
    assert!(alive(scene.process("daemon")));
    assert_eq!(guarded.report(), "gone");
    assert!(!alive(scene.process("daemon")));
}

#[test]
fn nobody_outruns_the_guardian_by_forking() {
    on_a_steady_machine(|| {
        let scene = Scene::new();
        let null = File::open("/dev/null").unwrap();
        // Everybody inherits the pipe, and it ends when nobody is left.
        let (mut reader, writer) = std::io::pipe().unwrap();
        let runner = scene.script("runner", "trap '' TERM; setsid sh $0 & exit");
        let script = scene.script(
        "storm",
        &format!("trap '' TERM; setsid sh {runner} & here cmd; while :; do setsid sleep 60 & (sleep 60 &); done"),
    );
        let times = times_in(2500 * MS);
        let guarded =
            Guarded::start_with(&["sh", &script], times, &[null.as_fd()], Stdio::from(writer));
        let _ = scene.process("cmd");
        assert_eq!(guarded.report(), "expired");
        assert_eq!(guarded.report(), "signaled 9");
        assert_eq!(guarded.report(), "gone");
        let gone = now();
        reader.read_to_end(&mut Vec::new()).unwrap();
        assert!(gone < times.deadline, "{:?} late", gone.since(times.deadline));
        eprintln!("KILL to storm gone: {:?}", gone.since(times.deadline.back(300 * MS)));
    });
}

#[test]
fn no_command_is_started_when_its_time_is_over() {
    let scene = Scene::new();
    let script = scene.script("cmd", "here cmd");
    let guarded = Guarded::start(&["sh", &script], times_in(200 * MS));
    assert_eq!(guarded.report(), "expired");
    assert_eq!(guarded.report(), "gone");
    assert!(!scene.file("cmd.pid").exists());
}
