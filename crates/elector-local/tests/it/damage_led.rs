//! A record or a token that is damaged while processes lead and follow: nobody new leads, and it is said.
#![cfg(target_os = "linux")]

use std::fs;
use std::path::{Path, PathBuf};

use crate::candidate::{folder_of_this_process, record, token};
use crate::crowd::{Crowd, LEASE, at_once, stand};

const ROLE: &str = "damage_led::role_contender";

/// Not a test: what the other processes do.
#[test]
fn role_contender() {
    if let Some(folder) = folder_of_this_process() {
        stand(&folder, |_| {});
    }
}

type File = fn(&Path) -> PathBuf;
type Damage = fn(&Path);

const CASES: [(&str, File, Damage, &str); 5] = [
    ("a truncated record", record, half, "it is left as it is"),
    ("an empty record", record, empty, "is empty"),
    ("a foreign file in its place", record, foreign, "is not the record of an election"),
    ("a lease of no time", record, no_lease, "has a leader with a lease of no time"),
    ("an empty token", token, empty, "does not hold a fencing token"),
];

fn half(path: &Path) {
    let text = fs::read_to_string(path).unwrap();
    fs::write(path, &text[..text.len() / 2]).unwrap();
}

fn empty(path: &Path) {
    fs::write(path, "").unwrap();
}

fn foreign(path: &Path) {
    fs::write(path.with_extension("new"), "[package]\nname = \"other\"\n").unwrap();
    fs::rename(path.with_extension("new"), path).unwrap();
}

fn no_lease(path: &Path) {
    let text = fs::read_to_string(path).unwrap();
    let edited = text.replace("lease_ms = 2000", "lease_ms = 0");
    assert_ne!(text, edited);
    fs::write(path, edited).unwrap();
}

/// The leader stops in time, nobody follows it, and both say why. Once the damaged file is away they elect again.
#[test]
fn damage_stops_the_election_until_it_is_away() {
    at_once(CASES, |(what, file, damage, said)| {
        let folder = tempfile::tempdir().unwrap();
        let mut crowd = Crowd::led(ROLE, folder.path(), 1);
        damage(&file(folder.path()));
        assert_eq!(crowd.ended(0).why, "expired", "{what}");
        assert!(crowd.nobody_begins(LEASE / 2), "{what}: {crowd:?}");
        for who in 0..2 {
            crowd.hears(who, said);
        }
        fs::remove_file(file(folder.path())).unwrap();
        crowd.leader();
        crowd.judge();
    });
}

#[test]
fn a_record_that_is_whole_again_in_time_ends_no_term() {
    let folder = tempfile::tempdir().unwrap();
    let mut crowd = Crowd::led(ROLE, folder.path(), 1);
    let whole = folder.path().join("whole");
    fs::copy(record(folder.path()), &whole).unwrap();
    fs::write(record(folder.path()), "garbage").unwrap();
    crowd.hears(0, "is no TOML");
    fs::rename(whole, record(folder.path())).unwrap();
    assert!(crowd.nobody_begins(LEASE), "{crowd:?}");
    assert!(crowd.terms[0].until.is_none(), "{crowd:?}");
}

#[test]
fn a_deleted_token_ends_no_term_and_does_not_fall() {
    let folder = tempfile::tempdir().unwrap();
    let mut crowd = Crowd::led(ROLE, folder.path(), 1);
    fs::remove_file(token(folder.path())).unwrap();
    assert!(crowd.nobody_begins(LEASE / 2), "{crowd:?}");
    crowd.kill(0);
    let next = crowd.leader();
    assert_eq!(next.token, crowd.terms[0].token + 1);
    crowd.judge();
}
