//! A process that has no descriptors left, and children that have too many.
#![cfg(target_os = "linux")]
#![allow(clippy::print_stdout, reason = "a test")]

use std::fs::{self, File};
use std::process::{Command, Stdio};
use std::sync::Mutex;

use crate::candidate::*;
use crate::crowd::{Crowd, stand};
use elector::store::{Bid, Candidate};
use elector::{Elector, ErrorKind};
use elector_local::Local;
use futures_util::StreamExt as _;
use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// Everything that this process took away from itself.
static TAKEN: Mutex<Vec<File>> = Mutex::new(Vec::new());

/// Leaves this process no descriptor.
fn take_all() {
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
    setrlimit(Resource::RLIMIT_NOFILE, most.min(100), most).unwrap();
    let mut taken = TAKEN.lock().unwrap();
    while let Ok(file) = File::open("/dev/null") {
        taken.push(file);
    }
    assert!(!taken.is_empty());
}

fn give_back() {
    TAKEN.lock().unwrap().clear();
}

/// Not a test: stands; told "none" it has no descriptor left, told otherwise it has them again.
#[test]
fn role_contender() {
    if let Some(folder) = folder_of_this_process() {
        stand(&folder, |line| if line == "none" { take_all() } else { give_back() });
    }
}

/// Not a test: has no descriptor left at any of the moments at which it wants one first.
#[test]
fn role_starved() {
    let Some(folder) = folder_of_this_process() else { return };
    let elector = Elector::new(election(&folder), "one");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        take_all();
        let error = elector.lead().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
        assert!(error.to_string().contains("the elector thread could not be started"), "{error}");

        let backend = election(&folder);
        let bid = Bid::new(Candidate::new("two"), 1, LEASE);
        let errors = [
            backend.acquire(&bid).await.unwrap_err(),
            backend.watch().next().await.unwrap().unwrap_err(),
            Local::new(&folder).hold_descriptor().unwrap_err(),
        ];
        for error in errors {
            assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
            assert!(error.to_string().contains("no file descriptor left (ulimit -n)"), "{error}");
        }
        give_back();
        assert_eq!(files(&folder, "").len(), 0);

        let leadership = elector.lead().await.unwrap();
        assert!(leadership.is_current());
        // The proof of death is there although it could not be made before.
        assert!(fs::read_to_string(record(&folder)).unwrap().contains(".alive"));
    });
    println!("\nheld");
}

#[test]
fn a_process_without_a_descriptor_says_so_and_leads_when_it_has_some() {
    let folder = tempfile::tempdir().unwrap();
    let (lines, well) = Process::start("descriptors::role_starved", folder.path()).rest();
    assert!(well && lines.iter().any(|line| line == "held"), "{lines:?}");
}

#[test]
fn a_leader_that_runs_out_of_them_stops_in_time_and_another_follows() {
    let folder = tempfile::tempdir().unwrap();
    let mut crowd = Crowd::led("descriptors::role_contender", folder.path(), 1);
    crowd.process(0).tell("none");
    crowd.hears(0, "no file descriptor left (ulimit -n)");
    assert_eq!(crowd.leader().who, 1);
    assert_eq!(crowd.ended(0).why, "expired");
    crowd.process(0).tell("some");
    crowd.kill(1);
    assert_eq!(crowd.leader().who, 0);
    crowd.judge();
}

#[test]
fn a_follower_that_runs_out_of_them_takes_nothing_and_leads_when_it_has_some() {
    let folder = tempfile::tempdir().unwrap();
    let mut crowd = Crowd::led("descriptors::role_contender", folder.path(), 1);
    crowd.process(1).tell("none");
    assert!(crowd.nobody_begins(crate::crowd::LEASE * 2), "{crowd:?}");
    assert!(crowd.terms[0].until.is_none(), "{crowd:?}");
    crowd.kill(0);
    crowd.process(1).tell("some");
    assert_eq!(crowd.leader().who, 1);
    crowd.judge();
}

/// Not a test: writes all the time, and starts children meanwhile.
#[test]
fn role_parent() {
    let Some(folder) = folder_of_this_process() else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let backend = election(&folder);
    let candidate = Candidate::new("parent");
    runtime.block_on(win(&backend, &candidate));
    std::thread::spawn(|| {
        for _ in 0..20 {
            #[allow(clippy::zombie_processes, reason = "they outlive this process")]
            let child = Command::new("sleep").arg("60").stdin(Stdio::null()).spawn().unwrap();
            println!("\nchild {}", child.id());
        }
        println!("\nall");
    });
    runtime.block_on(async {
        let _watch = backend.watch().next().await;
        loop {
            win(&backend, &candidate).await;
        }
    });
}

#[tokio::test]
async fn a_child_that_is_started_inherits_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut parent = Process::start("descriptors::role_parent", folder.path());
    let children: Vec<String> = (0..20).map(|_| parent.says("child ")).collect();
    parent.says("all");
    let mut there = Vec::new();
    for child in &children {
        let path = format!("/proc/{child}");
        until("it is another program", || {
            fs::read_to_string(format!("{path}/comm")).unwrap().trim() == "sleep"
        });
        let descriptors = fs::read_dir(format!("{path}/fd")).unwrap();
        // It opens and closes files of its own.
        there.extend(descriptors.filter_map(|entry| fs::read_link(entry.ok()?.path()).ok()));
    }
    parent.kill();
    parent.ends();
    // The children live, and keep neither the proof of death nor the folder's lock.
    let dead = gone(&election(folder.path()).watch().next().await.unwrap().unwrap());
    let won = election(folder.path()).acquire(&Bid::new(Candidate::new("next"), 1, LEASE)).await;
    for child in &children {
        assert!(Command::new("kill").args(["-9", child]).status().unwrap().success());
    }
    let of_the_elector = |descriptor: &&std::path::PathBuf| {
        // The kernel's objects: inotify, timers, and what a runtime waits on.
        descriptor.starts_with(folder.path())
            || descriptor.to_str().unwrap().starts_with("anon_inode:")
    };
    assert_eq!(there.iter().find(of_the_elector), None);
    assert!(dead);
    assert!(matches!(won, Ok(elector::store::Acquire::Won(_))), "{won:?}");
}

#[tokio::test]
async fn a_child_that_keeps_the_folder_s_lock_is_an_error_until_it_ends() {
    let folder = tempfile::tempdir().unwrap();
    let backend = election(folder.path());
    win(&backend, &Candidate::new("one")).await;
    // What a fork leaves whose parent is killed while it writes.
    let lock = File::open(folder.path()).unwrap();
    lock.lock().unwrap();
    let mut child = Command::new("sleep").arg("60").stdin(Stdio::from(lock)).spawn().unwrap();
    let bid = Bid::new(Candidate::new("one"), 1, LEASE)
        .with_may_take(elector::store::MayTake::vacant().or_stale(beat(&backend).await));
    let error = backend.acquire(&bid).await;
    child.kill().unwrap();
    child.wait().unwrap();
    let error = error.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.to_string().contains("fuser -v"), "{error}");
    assert!(matches!(backend.acquire(&bid).await, Ok(elector::store::Acquire::Won(_))));
}

async fn beat(backend: &std::sync::Arc<dyn elector::Backend>) -> elector::store::Beat {
    match look(backend).await.standing {
        elector::store::Standing::Led(led) => led.beat,
        other => panic!("{other:?}"),
    }
}
