//! `elector leader`: what it prints, and its exit codes.

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::asking::{ask, elector, leading, start};
use crate::running::{Running, record_file};
use crate::scene::{Scene, until};

const BRIEFLY: [&str; 3] = ["leader", "--timeout", "1s"];

#[test]
fn a_leader_is_named() {
    let scene = Scene::new();
    let (_leader, token) = leading(&scene, "a", &[]);
    let answer = ask(&scene, &["leader"]);
    assert_eq!((answer.code, answer.out.as_str()), (0, "a\n"), "{}", answer.err);
    let answer = ask(&scene, &["leader", "--json"]);
    assert_eq!(answer.code, 0);
    let answer = answer.json();
    assert_eq!(answer["election"], "test");
    assert_eq!(answer["leader"]["name"], "a");
    assert_eq!(answer["leader"]["token"], token);
    assert_eq!(answer["leader"]["session"].as_str().unwrap().len(), 32);
    assert_eq!(answer["leader"]["metadata"], Value::Null);
}

#[test]
fn nobody_is_code_1_and_the_last_token_is_told() {
    let scene = Scene::new();
    let answer = ask(&scene, &BRIEFLY);
    assert_eq!((answer.code, answer.out.as_str()), (1, ""));
    let place = format!(
        "nobody leads test in {}, which does not exist yet",
        scene.file("elector").display()
    );
    assert!(answer.err.contains(&place), "{}", answer.err);
    let nobody = |last| json!({ "election": "test", "leader": null, "last_token": last });
    assert_eq!(ask(&scene, &[&BRIEFLY[..], &["--json"]].concat()).json(), nobody(Value::Null));
    let (mut leader, token) = leading(&scene, "a", &[]);
    leader.send(Signal::TERM);
    assert_eq!(leader.code(), 5);
    let answer = ask(&scene, &[&BRIEFLY[..], &["--json"]].concat());
    assert_eq!((answer.code, answer.json()), (1, nobody(json!(token))));
}

#[test]
fn a_leader_that_is_proven_dead_leads_no_more() {
    let scene = Scene::new();
    let (leader, token) = leading(&scene, "a", &[]);
    leader.send(Signal::KILL);
    let answer = until("nobody leads", || {
        let answer = ask(&scene, &[&BRIEFLY[..], &["--json"]].concat());
        (answer.code == 1).then_some(answer)
    });
    assert_eq!(answer.json()["last_token"], token);
}

#[test]
fn a_leader_to_come_is_waited_for() {
    let scene = Scene::new();
    let mut waiting = start(&scene, "leader", &["leader", "--timeout", "60s"]);
    let _leader: (Running, u64) = leading(&scene, "a", &[]);
    assert_eq!(waiting.code(), 0);
    assert_eq!(scene.note("leader.out"), "a");
}

#[test]
fn a_store_that_cannot_be_read_is_code_70() {
    let scene = Scene::new();
    std::fs::create_dir(scene.file("elector")).unwrap();
    std::fs::write(record_file(&scene), "a diary").unwrap();
    let answer = ask(&scene, &["leader"]);
    assert_eq!((answer.code, answer.out.as_str()), (70, ""), "{}", answer.err);
    assert!(answer.err.contains("test.election"), "{}", answer.err);
}

#[test]
fn what_a_store_said_before_it_fell_silent_is_no_answer() {
    let scene = Scene::new();
    let folder = scene.file("elector");
    std::fs::create_dir(&folder).unwrap();
    let mut asking = start(&scene, "leader", &["leader", "--timeout", "3s"]);
    let descriptors = format!("/proc/{}/fd", asking.pid().as_raw_pid());
    until("it has begun to watch", || {
        let mut open = std::fs::read_dir(&descriptors).ok()?.flatten();
        open.find(|entry| {
            std::fs::read_link(entry.path()).is_ok_and(|to| to.ends_with("anon_inode:inotify"))
        })
    });
    scene.swap_store();
    assert_eq!(asking.code(), 70, "{}", scene.note("leader.err"));
    assert!(!scene.note("leader.err").contains("nobody leads"));
}

#[test]
fn mistakes_have_codes_of_their_own() {
    let scene = Scene::new();
    let nameless = elector(&scene, &["leader"]);
    assert_eq!(nameless.code, 78);
    assert!(nameless.err.contains("--election NAME"), "{}", nameless.err);
    assert_eq!(ask(&scene, &["leader", "--config", "/no/such/file"]).code, 78);
    assert_eq!(ask(&scene, &["leader", "--timeout", "soon"]).code, 64);
}
