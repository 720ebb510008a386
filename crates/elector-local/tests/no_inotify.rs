//! No inotify left: the followers read the file, say so once, and follow a leader's death all the same.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test")]

mod candidate;
mod crowd;

use std::process::Command;
use std::time::Duration;

use candidate::{Process, folder_of_this_process};
use crowd::{Crowd, LEASE, stand};
use inotify::Inotify;

const TOLD: &str = "the kernel tells of no changes";
/// How often the file is read then.
const POLL: Duration = Duration::from_millis(500);
const TAKE: &str = "ELECTOR_TEST_TAKE_INOTIFY";

/// Not a test: stands in a process that gets no inotify instance.
#[test]
fn role_contender() {
    let Some(folder) = folder_of_this_process() else { return };
    let mut taken = Vec::new();
    if std::env::var_os(TAKE).is_some() {
        while let Ok(instance) = Inotify::init() {
            taken.push(instance);
        }
    }
    assert!(Inotify::init().is_err());
    stand(&folder, |_| {});
}

/// Not a test: whether the kernel gives this process no inotify instance.
#[test]
fn role_without() {
    if folder_of_this_process().is_some() && Inotify::init().is_err() {
        println!("\nnone");
    }
}

/// Runs `command` where there are no inotify instances, if the kernel lets us make such a place.
fn without(command: &mut Command) -> Command {
    let set = "echo 0 > /proc/sys/user/max_inotify_instances && exec \"$@\"";
    // By a shell: without the program `unshare` it fails as it does without the permission.
    let mut without = Command::new("sh");
    without.args(["-c", "exec unshare \"$@\"", "sh", "-Ur", "sh", "-c", set, "sh"]);
    without.arg(command.get_program());
    without.args(command.get_args());
    without.envs(command.get_envs().filter_map(|(key, value)| Some((key, value?))));
    without
}

/// In a place of its own, or else, for some seconds, by taking all that the user has.
fn join(crowd: &mut Crowd, name: &str, place: bool) -> usize {
    crowd.join_with(name, |command| {
        if place {
            *command = without(command);
        } else {
            command.env(TAKE, "yes");
        }
    })
}

#[test]
fn the_election_goes_on_by_reading_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let mut probe = without(&mut Process::command("role_without", folder.path()));
    let place = Process::run(&mut probe).rest().0.iter().any(|line| line == "none");

    let mut crowd = Crowd::of("role_contender", folder.path());
    for name in ["one", "two", "three"] {
        join(&mut crowd, name, place);
    }
    let mut leader = crowd.leader();
    let mut followers = vec![0, 1, 2];
    for _ in 0..2 {
        followers.retain(|who| *who != leader.who);
        for who in &followers {
            crowd.follows(*who, leader.token);
        }
        assert!(crowd.nobody_begins(LEASE), "{crowd:?}");
        let killed = crowd.kill(leader.who);
        leader = crowd.leader();
        let after = leader.from - killed;
        assert!(after <= POLL + LEASE / 4, "{after:?} after the kill");
    }
    crowd.judge();
    for who in 0..3 {
        assert_eq!(crowd.said(who, TOLD), 1, "{crowd:?}");
        assert_eq!(crowd.said(who, "fs.inotify.max_user_instances"), 1, "{crowd:?}");
    }
}
