//! A wall clock that was stepped by hours, as it shows in a folder: tokens, and the stamps of files, that are far ahead
//! of it or far behind.
//!
//! The clock itself cannot be stepped for one process without privileges. This store reads it in one place, for the
//! first token of an empty folder.
#![cfg(target_os = "linux")]

use std::fs::{self, File};
use std::path::Path;
use std::time::Duration;

use crate::candidate::*;
use crate::crowd::{Crowd, at_once, stand};
use elector::clock::unix_millis;
use elector::store::{Candidate, SessionId};

const ROLE: &str = "wall_clock::role_contender";
const HOURS: Duration = Duration::from_secs(5 * 3600);

/// Not a test: what the other processes do.
#[test]
fn role_contender() {
    if let Some(folder) = folder_of_this_process() {
        stand(&folder, |_| {});
    }
}

fn hours() -> u64 {
    u64::try_from(HOURS.as_millis()).unwrap()
}

#[tokio::test]
async fn only_an_empty_folder_asks_the_wall_clock() {
    let folder = tempfile::tempdir().unwrap();
    let before = unix_millis();
    let first = win(&election(folder.path()), &Candidate::new("one")).await.token.get();
    assert!((before..=unix_millis() + 1).contains(&(first - 1)), "{first} at {before}");

    for known in [1, before - hours(), before + hours(), 9_000_000_000_000_000_000] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(token(folder.path()), format!("{known}\n")).unwrap();
        let one = Candidate::new("one");
        assert_eq!(win(&election(folder.path()), &one).await.token.get(), known + 1);
        let lease = win(&election(folder.path()), &one).await;
        assert_eq!(lease.token.get(), known + 2);
    }
}

#[test]
fn a_clock_set_back_or_forth_changes_no_election() {
    let known = [unix_millis() - hours(), unix_millis() + hours()];
    at_once(known, |known| {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("elections");
        fs::create_dir(&folder).unwrap();
        fs::write(token(&folder), format!("{known}\n")).unwrap();
        let mut crowd = Crowd::led(ROLE, &folder, 2);
        assert_eq!(crowd.terms[0].token, known + 1);
        crowd.kill(0);
        let next = crowd.leader();
        assert_eq!(next.token, known + 2);
        // Who was there remembers the tokens although the folder forgets them, wherever the clock stands.
        let other = 3 - next.who;
        crowd.follows(other, next.token);
        fs::rename(&folder, folder.with_extension("away")).unwrap();
        assert!(crowd.leader().token > next.token);
        crowd.judge();
    });
}

fn stamp(path: &Path, ahead: bool) {
    let file = File::open(path).unwrap();
    let now = fs::metadata(path).unwrap().modified().unwrap();
    file.set_modified(if ahead { now + HOURS } else { now - HOURS }).unwrap();
}

#[test]
fn the_stamps_of_files_and_folder_decide_nothing_about_leadership() {
    at_once([true, false], |ahead| {
        let folder = tempfile::tempdir().unwrap();
        let mut crowd = Crowd::led(ROLE, folder.path(), 1);
        for path in files(folder.path(), "") {
            stamp(&path, ahead);
        }
        stamp(folder.path(), ahead);
        assert!(crowd.nobody_begins(crate::crowd::LEASE), "{crowd:?}");
        assert!(crowd.terms[0].until.is_none(), "{crowd:?}");
        crowd.kill(0);
        crowd.leader();
        crowd.judge();
    });
}

#[tokio::test]
async fn a_file_from_before_the_clock_was_set_back_makes_no_living_draft_look_old() {
    let folder = tempfile::tempdir().unwrap();
    let random = || folder.path().join(format!("{}.tmp", SessionId::random()));
    let (future, living) = (random(), random());
    fs::write(&future, "").unwrap();
    stamp(&future, true);
    fs::write(&living, "").unwrap();
    let old = abandoned_draft(folder.path());
    win(&election(folder.path()), &Candidate::new("one")).await;
    until("the folder is swept", || !old.exists());
    assert!(living.exists());
    // Nobody can tell how old it is before the clock is there again.
    assert!(future.exists());
}
