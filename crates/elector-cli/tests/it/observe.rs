//! `elector observe`: a line for every change, through outages, until it is told to end.

use std::fs;

use rustix::process::Signal;
use serde_json::Value;

use crate::asking::{ask, leading, start};
use crate::running::record_file;
use crate::scene::{Scene, until};

/// The lines that were printed, once there are `number`.
fn lines(scene: &Scene, number: usize) -> Vec<String> {
    until(&format!("{number} lines"), || {
        let text = fs::read_to_string(scene.file("observe.out")).unwrap();
        let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
        let lines: Vec<String> = whole.lines().map(str::to_owned).collect();
        (lines.len() >= number).then_some(lines)
    })
}

#[test]
fn every_change_is_a_line_with_its_time() {
    let scene = Scene::new();
    let mut observing = start(&scene, "observe", &["observe"]);
    lines(&scene, 1);
    let (mut first, one) = leading(&scene, "a", &[]);
    lines(&scene, 2);
    first.send(Signal::TERM);
    first.code();
    lines(&scene, 3);
    let (_second, two) = leading(&scene, "b", &[]);
    let lines = lines(&scene, 4);
    let (times, told): (Vec<_>, Vec<_>) =
        lines.iter().map(|line| line.split_once("  ").unwrap()).unzip();
    let expected =
        ["nobody leads", &format!("a (token {one})"), "nobody leads", &format!("b (token {two})")];
    assert_eq!(told, expected);
    assert!(times.is_sorted() && times.iter().all(|time| time.ends_with('Z')), "{times:?}");
    observing.send(Signal::TERM);
    assert_eq!(observing.code(), 0);
}

#[test]
fn json_has_one_object_a_line() {
    let scene = Scene::new();
    let (mut leader, token) = leading(&scene, "a", &[]);
    let mut observing = start(&scene, "observe", &["observe", "--json"]);
    lines(&scene, 1);
    leader.send(Signal::TERM);
    leader.code();
    let lines = lines(&scene, 2);
    let lines: Vec<Value> = lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines[0]["leader"]["name"], "a");
    assert_eq!(lines[0]["leader"]["token"], token);
    assert_eq!(lines[1]["leader"], Value::Null);
    assert!(lines.iter().all(|line| line["at"].is_string()), "{lines:?}");
    observing.send(Signal::INT);
    assert_eq!(observing.code(), 0);
}

#[test]
fn a_store_that_cannot_be_read_is_told_and_outlived() {
    let scene = Scene::new();
    fs::create_dir(scene.file("elector")).unwrap();
    fs::write(record_file(&scene), "a diary").unwrap();
    let mut observing = start(&scene, "observe", &["observe"]);
    lines(&scene, 1);
    assert!(observing.is_running());
    fs::remove_file(record_file(&scene)).unwrap();
    lines(&scene, 2);
    let (_leader, token) = leading(&scene, "a", &[]);
    let lines = lines(&scene, 3);
    let told =
        ["  cannot see who leads: ", "  seen again: nobody leads", &format!("  a (token {token})")];
    assert!(lines.iter().zip(told).all(|(line, told)| line.contains(told)), "{lines:?}");
    assert!(lines[0].contains("test.election"), "{lines:?}");
    observing.send(Signal::TERM);
    assert_eq!(observing.code(), 0);
}

#[test]
fn an_outage_is_told_apart_from_the_end_of_a_leader() {
    let scene = Scene::new();
    // The leader is frozen, so that it does not miss its folder.
    let (leader, token) = leading(&scene, "a", &[]);
    let mut observing = start(&scene, "observe", &["observe", "--json"]);
    lines(&scene, 1);
    leader.send(Signal::STOP);
    scene.swap_store();
    lines(&scene, 2);
    let asked = ask(&scene, &["leader", "--timeout", "300ms"]);
    assert_eq!((asked.code, asked.out.as_str()), (70, ""), "{}", asked.err);
    assert!(!asked.err.contains("nobody leads"), "{}", asked.err);
    scene.swap_store();
    let lines = lines(&scene, 3);
    let lines: Vec<Value> = lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines[1]["blind"].is_string() && lines[1].get("leader").is_none(), "{lines:?}");
    assert_eq!(lines[2]["blind"], Value::Null);
    assert_eq!(lines[2]["leader"]["token"], token);
    leader.send(Signal::CONT);
    observing.send(Signal::TERM);
    assert_eq!(observing.code(), 0);
}
