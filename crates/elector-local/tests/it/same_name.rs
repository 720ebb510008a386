//! Processes under one name are rivals like all others.
#![cfg(target_os = "linux")]

use std::fs;

use crate::candidate::{files, folder_of_this_process, record};
use crate::crowd::{Crowd, LEASE, stand};

const ROLE: &str = "same_name::role_contender";

/// Not a test: what the other processes do.
#[test]
fn role_contender() {
    if let Some(folder) = folder_of_this_process() {
        stand(&folder, |_| {});
    }
}

#[test]
fn one_leads_and_the_other_follows_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut crowd = Crowd::of(ROLE, folder.path());
    crowd.join("twin");
    crowd.join("twin");
    for _ in 0..3 {
        let leader = crowd.leader();
        let other =
            (0..crowd.terms.len() + 1).find(|who| crowd.terms.iter().all(|term| term.who != *who));
        crowd.follows(other.unwrap(), leader.token);
        assert!(crowd.nobody_begins(LEASE / 4), "{crowd:?}");
        crowd.kill(leader.who);
        crowd.join("twin");
    }
    crowd.judge();
}

#[test]
fn a_process_that_starts_again_does_not_inherit_its_own_lease() {
    let folder = tempfile::tempdir().unwrap();
    let mut crowd = Crowd::led(ROLE, folder.path(), 0);
    // Without the proof of death the old process may still live, as far as the new one can tell.
    fs::remove_file(files(folder.path(), ".alive").pop().unwrap()).unwrap();
    crowd.kill(0);
    assert!(fs::read_to_string(record(folder.path())).unwrap().contains("name = \"leader\""));
    let started = crate::crowd::now();
    crowd.join("leader");
    let next = crowd.leader();
    assert!(next.from >= started + LEASE, "{:?} after its start", next.from - started);
    crowd.judge();
}
