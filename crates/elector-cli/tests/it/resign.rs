//! `elector resign`: honoured after the work has stopped, and what it says when it is not.

use std::time::Duration;

use rustix::process::Signal;

use crate::asking::{ask, elector, leading};
use crate::running::{Running, record};
use crate::scene::{Scene, alive, now, until};

#[test]
fn the_leader_stops_its_work_and_another_leads() {
    let scene = Scene::new();
    let (mut leader, first) = leading(&scene, "a", &[]);
    let command = scene.process("a");
    let next = scene.script("b", "note b-token $ELECTOR_TOKEN; here b; exec sleep 1000");
    let _next = Running::start(&scene, "b", &["--lease-duration", "60s"], &["sh", &next]);
    // Well before the end of a lease, and whether or not the next one is there already.
    let begin = now();
    let answer = ask(&scene, &["resign"]);
    assert!(!alive(command));
    assert!(now().since(begin) < Duration::from_secs(50));
    assert_eq!(answer.code, 0, "{}", answer.err);
    assert_eq!(leader.code(), 75);
    let second: u64 = scene.note("b-token").parse().unwrap();
    assert!(second > first);
    let resigned = format!("the term of a (token {first}) is over, ");
    let then = answer.out.strip_prefix(&resigned).unwrap();
    let expected = [format!("b (token {second}) leads now\n"), "nobody leads now\n".to_owned()];
    assert!(expected.iter().any(|expected| expected == then), "{then}");
}

#[test]
fn whoever_nobody_follows_leads_again_in_a_new_term() {
    let scene = Scene::new();
    let flags = ["--restart", "--lease-duration", "3s"];
    let cmd = scene.script("a", "note token $ELECTOR_TOKEN; here a; exec sleep 1000");
    let _leader = Running::start(&scene, "a", &flags, &["sh", &cmd]);
    let first = scene.note("token");
    scene.process("a");
    assert_eq!(ask(&scene, &["resign"]).code, 0);
    until("a new term", || (scene.note("token") != first).then_some(()));
}

#[test]
fn nobody_to_ask_is_code_1() {
    let scene = Scene::new();
    let answer = ask(&scene, &["resign"]);
    assert_eq!((answer.code, answer.out.as_str()), (1, ""));
    assert!(answer.err.contains("nobody leads test"), "{}", answer.err);
    assert!(record(&scene).is_empty(), "a question leaves nothing behind");
}

#[test]
fn a_leader_that_does_not_hear_is_code_69() {
    let scene = Scene::new();
    let (leader, token) = leading(&scene, "a", &[]);
    leader.send(Signal::STOP);
    let answer = ask(&scene, &["resign", "--wait", "300ms"]);
    assert_eq!((answer.code, answer.out.as_str()), (69, ""));
    let expected = format!("a (token {token}) did not resign within 300ms");
    assert!(answer.err.contains(&expected), "{}", answer.err);
    // The request waits for the leader.
    leader.send(Signal::CONT);
    let command = scene.process("a");
    until("the work has stopped", || (!alive(command)).then_some(()));
}

#[test]
fn it_waits_for_one_lease_of_the_leader() {
    let scene = Scene::new();
    let cmd = scene.script("a", "here a; exec sleep 1000");
    let leader = Running::start(&scene, "a", &["--lease-duration", "2s"], &["sh", &cmd]);
    scene.process("a");
    leader.send(Signal::STOP);
    let begin = now();
    let answer = ask(&scene, &["resign"]);
    // The guardian ends the work meanwhile; the frozen elector holds the lock, and nobody else wants the election.
    assert_eq!(answer.code, 69, "{}{}", answer.out, answer.err);
    assert!(answer.err.contains("within 2s"), "{}", answer.err);
    assert!(now().since(begin) >= Duration::from_secs(2));
}

#[test]
fn mistakes_have_codes_of_their_own() {
    let scene = Scene::new();
    assert_eq!(elector(&scene, &["resign"]).code, 78);
    assert_eq!(ask(&scene, &["resign", "--wait", "soon"]).code, 64);
}
