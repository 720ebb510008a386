//! What others do to the record, and what the record tells others.

use std::time::Duration;

use elector::memory::{Memory, MemoryRecords};
use elector::store::{Leader, Request};
use elector::{Ended, Fence, FencingToken, Store};
use tokio::time::{Instant, sleep, timeout};

use crate::cluster::{Cluster, LEASE, secs};

#[tokio::test(start_paused = true)]
async fn a_record_deleted_under_the_leader_ends_its_term_before_a_follower_leads() {
    let records = MemoryRecords::new();
    let cluster = Cluster::new(records.clone());
    let (a, b) = (cluster.elector("a"), cluster.elector("b"));
    let first = a.lead().await.unwrap();
    let next = tokio::spawn(async move { b.lead().await.unwrap() });
    sleep(secs(1)).await;
    let deleted = Instant::now();
    records.delete("test");
    assert_eq!(first.lost().await, Ended::Lost(None));
    assert!(deleted.elapsed() < secs(1), "the watch tells, and a renewal verifies");
    assert!(!first.is_current());
    drop(first);
    a.shutdown().await;
    let second = timeout(LEASE * 2, next).await.unwrap().unwrap();
    assert!(second.token() > FencingToken::ZERO);
    assert!(deleted.elapsed() >= LEASE, "a follower that was watching waits a lease");
}

#[tokio::test(start_paused = true)]
async fn an_election_given_to_another_by_hand_is_lost_at_once() {
    let memory = Memory::new();
    let cluster = Cluster::new(memory.clone());
    let elector = cluster.elector("a");
    let leadership = elector.lead().await.unwrap();
    sleep(secs(1)).await;
    memory.forge("test", Leader::new("foreign"), LEASE);
    let lost = timeout(secs(1), leadership.lost()).await.unwrap();
    assert_eq!(lost, Ended::Lost(Some(Leader::new("foreign"))));
    assert!(!leadership.is_current());
}

#[tokio::test(start_paused = true)]
async fn proof_of_death_saves_the_wait() {
    let records = MemoryRecords::new();
    let cluster = Cluster::new(records.clone());
    let dead = cluster.backend();
    let bid = elector::store::Bid::new(elector::store::Candidate::new("dead"), 1, LEASE);
    dead.acquire(&bid).await.unwrap();
    let elector = cluster.elector("a");
    let next = tokio::spawn(async move { elector.lead().await.unwrap() });
    sleep(secs(3)).await;
    assert!(!next.is_finished());
    records.prove_death("test");
    drop(timeout(Duration::from_millis(10), next).await.unwrap().unwrap());
}

#[tokio::test(start_paused = true)]
async fn two_candidates_with_one_name_do_not_share_a_lease() {
    for cluster in Cluster::both() {
        let (a, b) = (cluster.elector("same"), cluster.elector("same"));
        let first = a.lead().await.unwrap();
        assert!(timeout(LEASE * 3, b.lead()).await.is_err());
        first.resign().await.unwrap();
        drop(timeout(secs(1), b.lead()).await.unwrap().unwrap());
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_reaches_its_term_alone() {
    for cluster in Cluster::both() {
        let elector = cluster.elector("a");
        let old = elector.lead().await.unwrap();
        let token = old.token();
        old.resign().await.unwrap();
        let leadership = elector.lead().await.unwrap();
        let backend = cluster.backend();
        backend.request(&Request::resign(token, "test")).await.unwrap();
        sleep(LEASE).await;
        assert!(leadership.term().reason().is_none());
        backend.request(&Request::resign(leadership.token(), "test")).await.unwrap();
        assert_eq!(timeout(secs(6), leadership.lost()).await.unwrap(), Ended::Resigned);
    }
}

#[tokio::test(start_paused = true)]
async fn others_see_name_token_and_metadata() {
    for cluster in Cluster::both() {
        let elector = cluster.builder("a").metadata("http://10.0.0.1:80").build().unwrap();
        let leadership = elector.lead().await.unwrap();
        let other = cluster.elector("b");
        let mut status = other.status();
        let leader = loop {
            if let elector::Status::Following(Some(leader)) = &*status.borrow_and_update() {
                break leader.clone();
            }
            timeout(secs(1), status.changed()).await.unwrap().unwrap();
        };
        assert_eq!(&*leader.name, "a");
        assert_eq!(leader.token, Some(leadership.token()));
        assert_eq!(leader.metadata.as_deref(), Some("http://10.0.0.1:80"));
        sleep(LEASE * 2).await;
        assert!(matches!(&*status.borrow(), elector::Status::Following(Some(_))));
    }
}

#[tokio::test(start_paused = true)]
async fn a_fence_refuses_the_leader_of_the_past() {
    for cluster in Cluster::both() {
        let elector = cluster.elector("a");
        let fence = Fence::new();
        let first = elector.lead().await.unwrap().token();
        fence.check(first).unwrap();
        fence.check(first).unwrap();
        let second = elector.lead().await.unwrap().token();
        fence.check(second).unwrap();
        let stale = fence.check(first).unwrap_err();
        assert_eq!((stale.token, stale.highest), (first, second));
        fence.check(second).unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_record_without_a_count_of_tokens_works_too() {
    let records = MemoryRecords::new().with_tokens_of_versions();
    let cluster = Cluster::new(records.clone());
    let mut last = FencingToken::ZERO;
    for round in 0..10 {
        let elector = cluster.elector("a");
        let leadership = timeout(secs(2), elector.lead()).await.unwrap().unwrap();
        assert!(leadership.token() > last);
        last = leadership.token();
        sleep(secs(20)).await;
        leadership.resign().await.unwrap();
        if round % 2 == 0 {
            records.delete("test");
        }
    }
    assert!(records.election("test").is_ok());
}
