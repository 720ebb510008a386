//! Many elections in one process. The only test of its program, because it counts what the process has.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test")]

mod candidate;

use std::fs;
use std::sync::Arc;

use candidate::*;
use elector::store::Store as _;
use elector::{Elector, Observer};
use elector_local::Local;
use futures_util::future::join_all;

const ELECTIONS: usize = 100;
/// The elector's thread, the reader of inotify, the sweep, those that read and write files, and as many again: one that
/// has just become idle is overlooked when the next is wanted.
const THREADS: usize = 3 + 2 * (4 + 16);
/// The elector's runtime and timer, inotify, the lock of the living.
const DESCRIPTORS: usize = 10;

fn count(what: &str) -> usize {
    fs::read_dir(format!("/proc/self/{what}")).unwrap().count()
}

fn inotify_instances() -> usize {
    let links = fs::read_dir("/proc/self/fd").unwrap().flatten();
    let links = links.filter_map(|entry| fs::read_link(entry.path()).ok());
    links.filter(|link| link.ends_with("anon_inode:inotify")).count()
}

#[tokio::test]
async fn share_threads_and_descriptors() {
    let folder = tempfile::tempdir().unwrap();
    let local = Local::new(folder.path());
    let (threads, descriptors) = (count("task"), count("fd"));
    let backends: Vec<_> =
        (0..ELECTIONS).map(|n| local.election(&format!("shard/{n}")).unwrap()).collect();
    let electors: Vec<_> =
        backends.iter().map(|backend| Elector::new(Arc::clone(backend), "one")).collect();
    let observers: Vec<_> =
        backends.into_iter().map(|backend| Observer::new(backend).unwrap()).collect();
    let all = async {
        let led = join_all(electors.iter().map(Elector::lead)).await;
        for observer in &observers {
            observer.leader().wait_for(Option::is_some).await.unwrap();
        }
        led
    };
    let led = tokio::time::timeout(PATIENCE, all).await.unwrap();
    assert!(led.iter().all(|leadership| leadership.as_ref().unwrap().is_current()));

    // A thread that was needed stays for some seconds, so that none is overlooked.
    let started = count("task") - threads;
    assert!(started <= THREADS, "{started} threads for {ELECTIONS} elections");
    until("few descriptors", || count("fd") <= descriptors + DESCRIPTORS);
    assert_eq!(inotify_instances(), 1);
    assert_eq!(files(folder.path(), ".alive").len(), 1);
}
