//! A record, or the whole folder, that somebody deletes or replaces while processes lead and follow.
#![cfg(target_os = "linux")]
#![allow(clippy::print_stdout, reason = "a test")]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::candidate::{folder_of_this_process, record, token};
use crate::crowd::{Crowd, LEASE, Term, at_once, now, stand};
use nix::sys::signal::Signal;

const ROLE: &str = "deletion::role_contender";

/// Not a test: what the other processes do.
#[test]
fn role_contender() {
    if let Some(folder) = folder_of_this_process() {
        stand(&folder, |_| {});
    }
}

/// A leader that is frozen, so that it hears of nothing, and two that follow it, when `damage` is done to the folder.
/// The term that follows.
fn who_watched_wait(what: &str, damage: impl FnOnce(&Path)) -> Term {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("elections");
    let mut crowd = Crowd::led(ROLE, &folder, 2);
    crowd.signal(0, Signal::SIGSTOP);
    let at = now();
    damage(&folder);
    let next = crowd.leader();
    assert_ne!(next.who, 0, "{what}");
    assert!(next.from >= at + LEASE, "{what}: led {:?} later: {crowd:?}", next.from - at);
    crowd.signal(0, Signal::SIGCONT);
    crowd.judge();
    next
}

type Damage = fn(&Path);

const DAMAGES: [(&str, Damage); 4] = [
    ("the record deleted", |folder| fs::remove_file(record(folder)).unwrap()),
    ("the record and the token deleted", |folder| {
        fs::remove_file(token(folder)).unwrap();
        fs::remove_file(record(folder)).unwrap();
    }),
    ("the folder deleted and made anew", |folder| {
        fs::remove_dir_all(folder).unwrap();
        fs::create_dir(folder).unwrap();
    }),
    ("another folder in its place", |folder| {
        fs::rename(folder, folder.with_extension("away")).unwrap();
        fs::create_dir(folder).unwrap();
    }),
];

#[test]
fn a_deletion_makes_no_second_leader_of_those_who_watched() {
    at_once(DAMAGES, |(what, damage)| {
        who_watched_wait(what, damage);
    });
}

/// Puts a folder of seven terms ago in the place of `folder`, with `rest` in the record; returns the token of now.
fn restore_old_backup(folder: &Path, rest: impl Fn(u64) -> String) -> u64 {
    let now = fs::read_to_string(token(folder)).unwrap().trim().parse().unwrap();
    let old = now - 7;
    let backup: PathBuf = folder.with_extension("backup");
    fs::create_dir(&backup).unwrap();
    let head = format!(
        "format = 1\nelection = \"billing/scheduler\"\nversion = \"old\"\ntoken = {old}\nbeat = \"old\"\n"
    );
    fs::write(record(&backup), head + &rest(old)).unwrap();
    fs::write(token(&backup), format!("{old}\n")).unwrap();
    fs::rename(folder, folder.with_extension("away")).unwrap();
    fs::rename(backup, folder).unwrap();
    now
}

#[test]
fn an_old_backup_brings_no_old_token_back_and_its_leader_is_not_believed() {
    type Rest = fn(u64) -> String;
    let released: Rest = |old| format!("released = {old}\n");
    // A lease so short that it is over at once.
    let led: Rest = |old| format!("[leader]\nname = \"past\"\nlease_ms = 1\ntoken = {old}\n");
    at_once([("an old release", released), ("an old leader", led)], |(what, rest)| {
        let mut before = 0;
        let next = who_watched_wait(what, |folder| before = restore_old_backup(folder, rest));
        assert!(next.token > before, "{what}: {} after {before}", next.token);
    });
}

#[test]
fn the_leader_of_a_deleted_record_stops_before_anybody_leads() {
    let folder = tempfile::tempdir().unwrap();
    let mut crowd = Crowd::led(ROLE, folder.path(), 2);
    for _ in 0..3 {
        let leader = crowd.terms.last().unwrap().who;
        fs::remove_file(record(folder.path())).unwrap();
        assert_eq!(crowd.ended(leader).why, "lost");
        let next = crowd.leader();
        for who in (0..3).filter(|who| *who != next.who) {
            crowd.follows(who, next.token);
        }
    }
    crowd.judge();
}

#[test]
fn the_leader_of_a_deleted_folder_stops_before_anybody_leads() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("elections");
    let mut crowd = Crowd::led(ROLE, &folder, 2);
    // At once, because the leader writes there.
    fs::rename(&folder, folder.with_extension("away")).unwrap();
    fs::remove_dir_all(folder.with_extension("away")).unwrap();
    assert_eq!(crowd.ended(0).why, "lost");
    crowd.leader();
    crowd.judge();
}

/// By how much the first two terms overlap, from what their leaders found valid.
fn overlap(crowd: &Crowd) -> Duration {
    let [old, new] = &crowd.terms[..] else { panic!("{:?}", crowd.terms) };
    assert!(old.token < new.token);
    old.until.unwrap().saturating_sub(new.from)
}

/// The exception: this process has seen nobody lead.
#[test]
fn a_newcomer_after_a_deletion_may_lead_beside_the_old_leader_for_less_than_a_lease() {
    let folder = tempfile::tempdir().unwrap();
    let mut crowd = Crowd::led(ROLE, folder.path(), 0);
    fs::remove_file(record(folder.path())).unwrap();
    // The old leader hears of the deletion, stops, and contends again: one of the two wins.
    crowd.join("newcomer");
    crowd.ended(0);
    crowd.leader();
    crowd.terms.truncate(2);
    println!("overlap with a leader that hears of the deletion: {:?}", overlap(&crowd));
    assert!(overlap(&crowd) < LEASE);

    let folder = tempfile::tempdir().unwrap();
    let mut crowd = Crowd::led(ROLE, folder.path(), 0);
    crowd.signal(0, Signal::SIGSTOP);
    let frozen = now();
    fs::remove_file(record(folder.path())).unwrap();
    crowd.join("newcomer");
    let led = crowd.leader().from;
    crowd.signal(0, Signal::SIGCONT);
    crowd.ended(0);
    println!(
        "overlap with a leader that was frozen {:?} earlier, and thawed then: {:?}",
        led - frozen,
        overlap(&crowd)
    );
    assert!(overlap(&crowd) < LEASE);
}

#[test]
fn a_newcomer_that_distrusts_a_missing_record_waits_a_lease() {
    let folder = tempfile::tempdir().unwrap();
    let mut crowd = Crowd::led(ROLE, folder.path(), 0);
    crowd.signal(0, Signal::SIGSTOP);
    let at = now();
    fs::remove_file(record(folder.path())).unwrap();
    crowd.join_distrustful("newcomer");
    assert!(crowd.leader().from >= at + LEASE);
    crowd.signal(0, Signal::SIGCONT);
    crowd.judge();
}
