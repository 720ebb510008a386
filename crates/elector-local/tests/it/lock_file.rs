//! The lock of the living, damaged under a leader that has followers: never a death, and its successor waits.
#![cfg(target_os = "linux")]

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::candidate::{files, folder_of_this_process};
use crate::crowd::{Crowd, LEASE, at_once, stand};
use elector_local::Local;

const ROLE: &str = "lock_file::role_contender";

/// Not a test: what the other processes do. On a word, it lets a child hold its lock.
#[test]
fn role_contender() {
    let Some(folder) = folder_of_this_process() else { return };
    let local = Local::new(&folder);
    stand(&folder, move |_| {
        let lock = Stdio::from(local.hold_descriptor().unwrap());
        #[allow(clippy::zombie_processes, reason = "it outlives this process")]
        let child = Command::new("sleep").arg("60").stdin(lock).spawn().unwrap();
        println!("\nchild {}", child.id());
    });
}

type Damage = fn(&Path);

const DAMAGES: [(&str, Damage); 3] = [
    ("deleted", |lock| fs::remove_file(lock).unwrap()),
    ("deleted and made anew", |lock| {
        fs::remove_file(lock).unwrap();
        File::create(lock).unwrap();
    }),
    ("replaced by a copy", |lock| {
        fs::copy(lock, lock.with_extension("copy")).unwrap();
        fs::rename(lock.with_extension("copy"), lock).unwrap();
    }),
];

/// The leader goes on; once it is killed, the follower leads after the lease, and not at once.
#[test]
fn a_leader_without_its_lock_leads_on_and_its_lease_is_waited_out() {
    at_once(DAMAGES, |(what, damage)| {
        let folder = tempfile::tempdir().unwrap();
        let mut crowd = Crowd::led(ROLE, folder.path(), 1);
        damage(&files(folder.path(), ".alive").pop().unwrap());
        assert!(crowd.nobody_begins(LEASE + LEASE / 4), "{what}: {crowd:?}");
        assert!(crowd.terms[0].until.is_none(), "{what}: {crowd:?}");
        let killed = crowd.kill(0);
        let next = crowd.leader();
        // The lease counts from the last renewal, which came a third of it ago, or a little more.
        assert!(next.from >= killed + LEASE / 3, "{what}: {:?} later", next.from - killed);
        crowd.judge();
    });
}

#[test]
fn what_it_says_does_not_matter() {
    at_once(["".to_owned(), "garbage".to_owned(), "x".repeat(1 << 21)], |content| {
        let folder = tempfile::tempdir().unwrap();
        let mut crowd = Crowd::led(ROLE, folder.path(), 1);
        fs::write(files(folder.path(), ".alive").pop().unwrap(), content).unwrap();
        assert!(crowd.nobody_begins(LEASE / 4), "{crowd:?}");
        let killed = crowd.kill(0);
        // The inode proves the death all the same.
        let next = crowd.leader();
        assert!(next.from <= killed + LEASE / 4, "{:?} after the kill", next.from - killed);
        crowd.judge();
    });
}

#[test]
fn a_lock_that_is_moved_away_and_back_proves_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut crowd = Crowd::led(ROLE, folder.path(), 1);
    let lock = files(folder.path(), ".alive").pop().unwrap();
    fs::rename(&lock, lock.with_extension("away")).unwrap();
    assert!(crowd.nobody_begins(LEASE / 4), "{crowd:?}");
    fs::rename(lock.with_extension("away"), &lock).unwrap();
    let killed = crowd.kill(0);
    let next = crowd.leader();
    assert!(next.from <= killed + LEASE / 4, "{:?} after the kill", next.from - killed);
    crowd.judge();
}

/// The kernel sees one lock with two descriptors, as after a fork.
#[test]
fn a_child_that_outlives_the_leader_with_its_lock_costs_the_lease_and_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let mut crowd = Crowd::led(ROLE, folder.path(), 1);
    crowd.process(0).tell("let a child hold the lock");
    let child = crowd.process(0).says("child");
    let killed = crowd.kill(0);
    let next = crowd.leader();
    assert!(next.from >= killed + LEASE / 3, "{:?} after the kill", next.from - killed);
    assert!(next.from <= killed + LEASE * 2, "{:?} after the kill", next.from - killed);
    assert!(Path::new("/proc").join(&child).exists(), "the child has died");
    crowd.judge();
    assert!(Command::new("kill").args(["-9", &child]).status().unwrap().success());
}
