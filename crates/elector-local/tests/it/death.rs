//! The proof that a leader's process is dead.
#![cfg(target_os = "linux")]

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::candidate::*;
use elector::store::{Candidate, Release, Store as _};
use elector_local::Local;
use futures_util::StreamExt as _;

/// Not a test: what the other process does.
#[test]
fn role_leader() {
    if let Some(folder) = folder_of_this_process() {
        lead_until_killed(&folder);
    }
}

/// Not a test: a supervisor whose child holds the lock, too.
#[test]
fn role_supervisor() {
    let Some(folder) = folder_of_this_process() else { return };
    let local = Local::new(&folder);
    let descriptor = local.hold_descriptor().unwrap();
    #[allow(clippy::zombie_processes, reason = "it outlives this process")]
    let worker = Command::new("sleep").arg("60").stdin(Stdio::from(descriptor)).spawn().unwrap();
    println!("\nworker {}", worker.id());
    lead_until_killed(&folder);
}

fn leader(folder: &Path) -> Process {
    let mut leader = Process::start("death::role_leader", folder);
    leader.says("leads");
    leader
}

async fn is_gone(folder: &Path) -> bool {
    let mut watch = election(folder).watch();
    gone(&watch.next().await.unwrap().unwrap())
}

#[tokio::test]
async fn a_killed_leader_is_gone_and_its_election_free() {
    let folder = tempfile::tempdir().unwrap();
    let mut leader = leader(folder.path());
    // No poll: the news of the death must come from the kernel.
    let local = Local::new(folder.path()).poll_interval(PATIENCE * 10);
    let backend = local.election(ELECTION).unwrap();
    let mut watch = backend.watch();
    let seen = watch.next().await.unwrap().unwrap();
    assert!(seen.leader().is_some() && !gone(&seen));
    assert!(!gone(&look(&backend).await));

    leader.kill();
    let seen = tokio::time::timeout(PATIENCE, watch.next()).await.unwrap().unwrap().unwrap();
    assert!(gone(&seen), "{seen:?}");
    win(&backend, &Candidate::new("next")).await;
    assert!(!is_gone(folder.path()).await);
}

#[tokio::test]
async fn our_own_process_lives() {
    let folder = tempfile::tempdir().unwrap();
    let backend = election(folder.path());
    win(&backend, &Candidate::new("one")).await;
    assert!(!gone(&look(&backend).await));
    // Nor does the look of a rival free the lock.
    assert!(!gone(&look(&backend).await));
}

#[tokio::test]
async fn a_worker_that_holds_the_lock_keeps_the_lease() {
    let folder = tempfile::tempdir().unwrap();
    let mut supervisor = Process::start("death::role_supervisor", folder.path());
    let worker = supervisor.says("worker");
    supervisor.says("leads");
    supervisor.kill();
    assert!(!supervisor.ends());
    assert!(!is_gone(folder.path()).await);

    assert!(Command::new("kill").args(["-9", &worker]).status().unwrap().success());
    let mut watch = election(folder.path()).watch();
    while !gone(&tokio::time::timeout(PATIENCE, watch.next()).await.unwrap().unwrap().unwrap()) {}
}

#[tokio::test]
async fn another_file_in_the_lock_s_place_proves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let backend = election(folder.path());
    win(&backend, &Candidate::new("one")).await;
    let lock = files(folder.path(), ".alive").pop().unwrap();
    fs::write(folder.path().join("other"), "").unwrap();
    fs::rename(folder.path().join("other"), &lock).unwrap();
    assert!(!is_gone(folder.path()).await);
}

#[tokio::test]
async fn a_missing_lock_proves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut leader = leader(folder.path());
    fs::remove_file(files(folder.path(), ".alive").pop().unwrap()).unwrap();
    leader.kill();
    leader.ends();
    assert!(!is_gone(folder.path()).await);
}

#[tokio::test]
async fn another_kernel_s_lock_proves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut leader = leader(folder.path());
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap();
    let text = fs::read_to_string(record(folder.path())).unwrap();
    let other = text.replace(boot.trim(), "11111111-2222-3333-4444-555555555555");
    assert_ne!(text, other);
    fs::write(record(folder.path()), other).unwrap();
    leader.kill();
    leader.ends();
    assert!(!is_gone(folder.path()).await);
    fs::write(record(folder.path()), text).unwrap();
    assert!(is_gone(folder.path()).await);
}

#[tokio::test]
async fn a_request_keeps_the_leader_s_lock_in_the_record() {
    let folder = tempfile::tempdir().unwrap();
    let mut leader = leader(folder.path());
    let backend = election(folder.path());
    let token = look(&backend).await.leader().unwrap().token.unwrap();
    backend.request(&elector::store::Request::resign(token, "somebody")).await.unwrap();
    assert!(look(&backend).await.request.is_some());
    assert!(!is_gone(folder.path()).await);
    leader.kill();
    leader.ends();
    assert!(is_gone(folder.path()).await);
}

#[tokio::test]
async fn a_dropped_store_without_a_term_leaves_no_lock() {
    let folder = tempfile::tempdir().unwrap();
    let backend = election(folder.path());
    let candidate = Candidate::new("one");
    let lease = win(&backend, &candidate).await;
    assert_eq!(files(folder.path(), ".alive").len(), 1);
    backend.release(&Release::new(candidate, 9, Some(lease))).await.unwrap();
    drop(backend);
    // The first term's sweep may still run, and has the folder until then.
    until("the lock is removed", || files(folder.path(), ".alive").is_empty());
}

#[tokio::test]
async fn a_store_dropped_within_a_term_is_not_a_death() {
    let folder = tempfile::tempdir().unwrap();
    let backend = election(folder.path());
    win(&backend, &Candidate::new("one")).await;
    drop(backend);
    // The first term's sweep may have the folder for a while.
    for _ in 0..20 {
        assert!(!is_gone(folder.path()).await);
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    assert_eq!(files(folder.path(), ".alive").len(), 1);
}

#[tokio::test]
async fn a_removed_lock_is_made_anew_for_the_next_term() {
    let folder = tempfile::tempdir().unwrap();
    let backend = election(folder.path());
    let candidate = Candidate::new("one");
    win(&backend, &candidate).await;
    fs::remove_file(files(folder.path(), ".alive").pop().unwrap()).unwrap();
    win(&backend, &candidate).await;
    let lock = files(folder.path(), ".alive").pop().unwrap();
    let text = fs::read_to_string(record(folder.path())).unwrap();
    assert!(text.contains(lock.file_name().unwrap().to_str().unwrap()));
}

#[tokio::test]
async fn the_lock_of_the_dead_goes_when_no_record_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut leader = leader(folder.path());
    let lock = files(folder.path(), ".alive").pop().unwrap();
    leader.kill();
    leader.ends();
    // Another election's first term sweeps the folder, and this one's record still needs the proof.
    let draft = abandoned_draft(folder.path());
    let other = Local::new(folder.path()).election("other").unwrap();
    win(&other, &Candidate::new("one")).await;
    until("the folder is swept", || !draft.exists());
    assert!(lock.exists());
    assert!(is_gone(folder.path()).await);

    // By another path it is another store, which sweeps by itself.
    let parent = tempfile::tempdir().unwrap();
    let path = parent.path().join("link");
    std::os::unix::fs::symlink(folder.path(), &path).unwrap();
    let backend = election(&path);
    win(&backend, &Candidate::new("one")).await;
    until("the lock is removed", || !lock.exists());
    assert!(!is_gone(folder.path()).await);
}
