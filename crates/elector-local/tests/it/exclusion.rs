//! Compare and swap, among threads and among processes.
#![allow(clippy::print_stdout, reason = "a test")]

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, Instant};

use crate::candidate::*;
use elector::ErrorKind;
use elector::store::{Acquire, Bid, Candidate, Release, Store as _};
use elector_local::Local;
use futures_util::StreamExt as _;

const TERMS: usize = 30;
const PROCESSES: usize = 4;

/// Not a test: wins again and again, and counts its terms in a file that nothing else protects.
#[test]
fn role_rival() {
    let Some(folder) = folder_of_this_process() else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let tokens = runtime.block_on(lead_often(&folder));
    for token in tokens {
        println!("\ntoken {token}");
    }
    println!("\ndone");
}

async fn lead_often(folder: &Path) -> Vec<u64> {
    let backend = election(folder);
    let candidate = Candidate::new("rival");
    let counter = folder.join("counter");
    let mut tokens = Vec::new();
    let mut attempt = 0;
    while tokens.len() < TERMS {
        attempt += 1;
        let bid = Bid::new(candidate.clone(), attempt, LEASE);
        // An error is doubt; this session may have won, and then wins again.
        let Ok(Acquire::Won(lease)) = backend.acquire(&bid).await else { continue };
        let count: usize = fs::read_to_string(&counter).unwrap_or_default().parse().unwrap_or(0);
        fs::write(&counter, (count + 1).to_string()).unwrap();
        tokens.push(lease.token.get());
        while backend
            .release(&Release::new(candidate.clone(), 9, Some(lease.clone())))
            .await
            .is_err()
        {}
    }
    tokens
}

#[test]
fn processes_exclude_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let mut rivals: Vec<_> =
        (0..PROCESSES).map(|_| Process::start("exclusion::role_rival", folder.path())).collect();
    let mut tokens = BTreeSet::new();
    for rival in &mut rivals {
        for _ in 0..TERMS {
            assert!(tokens.insert(rival.says("token")), "a token was granted twice");
        }
        rival.says("done");
    }
    assert_eq!(fs::read_to_string(folder.path().join("counter")).unwrap(), "120");
    assert_eq!(PROCESSES * TERMS, 120);
}

#[tokio::test]
async fn killed_writers_leave_a_whole_record_and_no_token_twice() {
    let folder = tempfile::tempdir().unwrap();
    let mut last = 0;
    for round in 0..20 {
        let mut rival = Process::start("exclusion::role_writer", folder.path());
        for _ in 0..round % 5 + 1 {
            let token: u64 = rival.says("token").parse().unwrap();
            assert!(token > last, "{token} after {last}");
            last = token;
        }
        rival.kill();
        rival.ends();
        let seen = election(folder.path()).watch().next().await.unwrap().unwrap();
        assert!(gone(&seen), "{seen:?}");
    }
}

/// Not a test: writes for as long as it lives.
#[test]
fn role_writer() {
    let Some(folder) = folder_of_this_process() else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let backend = election(&folder);
    let candidate = Candidate::new("writer");
    runtime.block_on(async {
        loop {
            println!("\ntoken {}", win(&backend, &candidate).await.token);
        }
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn threads_exclude_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let rivals = (0..PROCESSES).map(|_| {
        let folder = folder.path().to_owned();
        tokio::spawn(async move { lead_often(&folder).await })
    });
    let mut tokens = BTreeSet::new();
    for rival in rivals.collect::<Vec<_>>() {
        for token in rival.await.unwrap() {
            assert!(tokens.insert(token), "a token was granted twice");
        }
    }
    assert_eq!(fs::read_to_string(folder.path().join("counter")).unwrap(), "120");
}

#[tokio::test]
async fn a_lock_that_is_not_given_back_is_an_error_in_time() {
    let folder = tempfile::tempdir().unwrap();
    let local = Local::new(folder.path());
    let candidate = Candidate::new("one");
    let backend = local.election(ELECTION).unwrap();
    let lease = win(&backend, &candidate).await;
    let lock = File::open(folder.path()).unwrap();
    lock.lock().unwrap();

    #[allow(clippy::disallowed_methods, reason = "a real lock in real time")]
    let started = Instant::now();
    let attempts = (0..50).map(|number| {
        let backend = local.election(&format!("election {number}")).unwrap();
        tokio::spawn(async move {
            backend.acquire(&Bid::new(Candidate::new("one"), 1, LEASE)).await.unwrap_err()
        })
    });
    for attempt in attempts.collect::<Vec<_>>() {
        let error = attempt.await.unwrap();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        let message = error.to_string();
        assert!(message.contains(folder.path().to_str().unwrap()), "{message}");
        assert!(message.contains("frozen"), "{message}");
    }
    // All of them wait at the same time; the bound is wide for slow machines.
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    // Readers do not need the lock.
    assert!(look(&backend).await.leader().is_some());

    drop(lock);
    backend.release(&Release::new(candidate, 9, Some(lease))).await.unwrap();
    assert_eq!(files(folder.path(), ".tmp").len(), 0);
}
