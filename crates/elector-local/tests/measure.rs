//! Prints how long things take: `cargo test -p elector-local --test measure -- --ignored --nocapture`.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "it measures"
)]

mod candidate;

use std::time::{Duration, Instant};

use candidate::*;
use elector::store::{Bid, Candidate, Release, Renew, Store as _};
use elector_local::Local;
use futures_util::StreamExt as _;

/// Not a test: what the other process does.
#[test]
fn role_leader() {
    if let Some(folder) = folder_of_this_process() {
        lead_until_killed(&folder);
    }
}

fn report(what: &str, mut times: Vec<Duration>) {
    times.sort();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    let (median, late, worst) = (at(0.5), at(0.99), at(1.0));
    println!("{what}: p50 {median:.0?}, p99 {late:.0?}, max {worst:.0?}, n {}", times.len());
}

#[tokio::test]
#[ignore = "prints measurements"]
async fn from_kill_to_the_next_leader() {
    let (mut seen, mut won) = (Vec::new(), Vec::new());
    for _ in 0..200 {
        let folder = tempfile::tempdir().unwrap();
        let mut leader = Process::start("role_leader", folder.path());
        leader.says("leads");
        let local = Local::new(folder.path()).poll_interval(PATIENCE * 10);
        let backend = local.election(ELECTION).unwrap();
        let mut watch = backend.watch();
        watch.next().await.unwrap().unwrap();
        // As a follower does: it waits while the leader is killed.
        let killer = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(5));
            let killed = Instant::now();
            leader.kill();
            (killed, leader)
        });
        while !gone(&watch.next().await.unwrap().unwrap()) {}
        let saw = Instant::now();
        win(&backend, &Candidate::new("next")).await;
        let led = Instant::now();
        let (killed, _leader) = killer.join().unwrap();
        seen.push(saw - killed);
        won.push(led - killed);
    }
    report("kill -9 to proof seen", seen);
    report("kill -9 to next term won", won);
}

#[tokio::test]
#[ignore = "prints measurements"]
async fn one_process() {
    let folder = tempfile::tempdir().unwrap();
    let backend = Local::new(folder.path()).election(ELECTION).unwrap();
    let candidate = Candidate::new("one");
    let (mut acquired, mut renewed, mut released, mut heard) = (vec![], vec![], vec![], vec![]);
    let mut watch = backend.watch();
    watch.next().await.unwrap().unwrap();
    for _ in 0..200 {
        let started = Instant::now();
        let mut lease = win(&backend, &candidate).await;
        acquired.push(started.elapsed());
        for attempt in 2..7 {
            let started = Instant::now();
            let bid = Bid::new(candidate.clone(), attempt, LEASE);
            let Renew::Kept(kept, _) = backend.renew(&bid, &lease).await.unwrap() else { panic!() };
            lease = kept;
            renewed.push(started.elapsed());
        }
        let started = Instant::now();
        backend.release(&Release::new(candidate.clone(), 7, Some(lease))).await.unwrap();
        released.push(started.elapsed());
        while watch.next().await.unwrap().unwrap().leader().is_some() {}
        heard.push(started.elapsed());
    }
    report("acquire", acquired);
    report("renew", renewed);
    report("release", released);
    report("release to heard by a watch", heard);
}
