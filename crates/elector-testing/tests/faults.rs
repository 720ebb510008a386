//! The fault wrappers do what they say.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::sync::Arc;
use std::time::Duration;

use elector::memory::Memory;
use elector::store::{
    Acquire, Backend, Bid, Candidate, Observation, Release, Renew, Request, Store as _,
};
use elector_testing::faults::{Flaky, LateApply, Link, LostReply, Partitioned, SlowReply};
use futures_util::StreamExt as _;
use tokio::time::timeout;

const LEASE: Duration = Duration::from_secs(600);
const SECOND: Duration = Duration::from_secs(1);

fn election() -> (Memory, Arc<dyn Backend>) {
    let store = Memory::new();
    let backend = store.election("e").unwrap();
    (store, backend)
}

fn bid(candidate: &Candidate, number: u64) -> Bid {
    Bid::new(candidate.clone(), number, LEASE)
}

fn is_led(store: &Memory) -> bool {
    store.leader("e").is_some()
}

fn led(item: Option<elector::Result<Observation>>) -> bool {
    item.unwrap().unwrap().leader().is_some()
}

#[tokio::test(start_paused = true)]
async fn lost_requests_are_not_applied_and_lost_replies_are() {
    let (store, inner) = election();
    let backend = Partitioned::new(inner);
    let a = Candidate::new("a");

    backend.set(Link::RequestsLost);
    timeout(SECOND, backend.acquire(&bid(&a, 1))).await.unwrap_err();
    assert!(!is_led(&store));

    backend.set(Link::RepliesLost);
    timeout(SECOND, backend.acquire(&bid(&a, 2))).await.unwrap_err();
    assert!(is_led(&store));

    backend.set(Link::Up);
    assert!(matches!(backend.acquire(&bid(&a, 3)).await, Ok(Acquire::Won(_))));
}

#[tokio::test(start_paused = true)]
async fn a_call_lost_in_a_partition_stays_lost() {
    let (_, inner) = election();
    let backend = Partitioned::new(inner);
    backend.set(Link::RepliesLost);
    let a = Candidate::new("a");
    let call = tokio::spawn({
        let (backend, bid) = (backend.clone(), bid(&a, 1));
        async move { backend.acquire(&bid).await }
    });
    tokio::time::sleep(SECOND).await;
    backend.set(Link::Up);
    timeout(10 * SECOND, call).await.unwrap_err();
}

#[tokio::test(start_paused = true)]
async fn a_cut_watch_is_silent_and_begins_anew() {
    let (store, inner) = election();
    let backend = Partitioned::new(Arc::clone(&inner));
    let mut watch = backend.watch();
    assert!(!led(watch.next().await));
    for link in [Link::RequestsLost, Link::RepliesLost] {
        backend.set(link);
        inner.acquire(&bid(&Candidate::new("a"), 1)).await.unwrap();
        timeout(SECOND, watch.next()).await.unwrap_err();
        backend.set(Link::Up);
        assert!(led(watch.next().await));
        store.delete("e");
        assert!(!led(watch.next().await));
    }
}

#[tokio::test(start_paused = true)]
async fn slow_replies_are_applied_at_once() {
    let (store, inner) = election();
    let backend = SlowReply::new(inner, 5 * SECOND);
    let a = bid(&Candidate::new("a"), 1);
    timeout(4 * SECOND, backend.acquire(&a)).await.unwrap_err();
    assert!(is_led(&store));
    timeout(6 * SECOND, backend.acquire(&a)).await.unwrap().unwrap();
    backend.set_delay(Duration::ZERO);
    timeout(SECOND, backend.acquire(&a)).await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn lost_replies_are_counted() {
    let (store, inner) = election();
    let backend = LostReply::new(inner);
    let a = Candidate::new("a");
    backend.lose_next(1);
    backend.acquire(&bid(&a, 1)).await.unwrap_err();
    assert!(is_led(&store));
    let Acquire::Won(lease) = backend.acquire(&bid(&a, 2)).await.unwrap() else { panic!("held") };
    backend.lose_next(3);
    backend.renew(&bid(&a, 3), &lease).await.unwrap_err();
    backend.request(&Request::resign(lease.token, "b")).await.unwrap_err();
    backend.release(&Release::new(a.clone(), 4, Some(lease.clone()))).await.unwrap_err();
    assert!(!is_led(&store));
    assert!(matches!(backend.renew(&bid(&a, 5), &lease).await, Ok(Renew::Lost(_))));
}

#[tokio::test(start_paused = true)]
async fn late_calls_are_applied_later() {
    let (store, inner) = election();
    let backend = LateApply::new(inner);
    let a = Candidate::new("a");
    backend.delay_next(1, 3 * SECOND);
    backend.acquire(&bid(&a, 1)).await.unwrap_err();
    tokio::time::sleep(2 * SECOND).await;
    assert!(!is_led(&store));
    tokio::time::sleep(2 * SECOND).await;
    assert!(is_led(&store));
    backend.release(&Release::new(a.clone(), 2, None)).await.unwrap();
    assert!(!is_led(&store));
}

#[tokio::test(start_paused = true)]
async fn the_same_seed_fails_the_same_calls() {
    async fn fates(seed: u64, share: f64) -> Vec<(bool, bool)> {
        let (store, inner) = election();
        let backend = Flaky::new(inner, seed, share);
        let mut fates = Vec::new();
        for number in 1..=100 {
            let answered = backend.acquire(&bid(&Candidate::new("a"), number)).await.is_ok();
            fates.push((answered, is_led(&store)));
            store.delete("e");
        }
        fates
    }
    let first = fates(7, 0.5).await;
    assert_eq!(first, fates(7, 0.5).await);
    assert_ne!(first, fates(8, 0.5).await);
    for fate in [(true, true), (false, true), (false, false)] {
        assert!(first.contains(&fate), "{fate:?} never happened");
    }
    assert!(!first.contains(&(true, false)), "answered and not applied");
    assert!(fates(7, 0.0).await.iter().all(|fate| *fate == (true, true)));
    assert!(fates(7, 1.0).await.iter().all(|(answered, _)| !answered));
}
