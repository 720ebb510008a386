//! A store that is away, refuses, or has forgotten everything.

use std::time::Duration;

use elector::memory::{Memory, MemoryRecords};
use elector::{Elector, Ended, ErrorKind, Status};
use tokio::time::{Instant, sleep, timeout};

use crate::cluster::{Cluster, LEASE, secs};
use crate::faulty::{Fault, Faulty};

/// A candidate whose way to the store has a switch.
pub(crate) fn faulty(cluster: &Cluster, name: &str) -> (Elector, Faulty) {
    faulty_with(cluster, name, LEASE)
}

pub(crate) fn faulty_with(cluster: &Cluster, name: &str, lease: Duration) -> (Elector, Faulty) {
    let backend = Faulty::new(cluster.backend());
    let elector = Elector::builder(std::sync::Arc::new(backend.clone()), name)
        .runtime(cluster.runtime.clone())
        .lease_duration(lease)
        .build()
        .unwrap();
    (elector, backend)
}

#[tokio::test(start_paused = true)]
async fn a_leader_stops_in_time_in_an_outage_and_leads_again_after_hours() {
    for cluster in Cluster::both() {
        for fault in
            [Fault::Hangs, Fault::Fails(ErrorKind::Unavailable), Fault::Fails(ErrorKind::Denied)]
        {
            let (elector, store) = faulty(&cluster, "a");
            let leadership = elector.lead().await.unwrap();
            let token = leadership.token();
            let cut = Instant::now();
            store.set(fault);
            assert_eq!(leadership.lost().await, Ended::Expired);
            let told = cut.elapsed();
            assert!(told <= secs(10), "{fault:?}: told after {told:?}");
            assert!(leadership.is_current(), "there is time left to stop");
            sleep(secs(4)).await;
            assert!(!leadership.is_current());
            drop(leadership);
            let again = tokio::spawn({
                let elector = elector.clone();
                async move { elector.lead().await }
            });
            sleep(secs(2 * 3600)).await;
            assert!(!again.is_finished());
            store.set(Fault::None);
            let leadership = timeout(secs(6), again).await.unwrap().unwrap().unwrap();
            assert!(leadership.token() > token);
            elector.resign();
            drop(leadership);
            elector.shutdown().await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_candidate_starts_while_its_store_is_away() {
    for cluster in Cluster::both() {
        let (elector, store) = faulty(&cluster, "a");
        store.set(Fault::Hangs);
        assert!(timeout(secs(600), elector.lead()).await.is_err());
        store.set(Fault::None);
        drop(timeout(LEASE * 2, elector.lead()).await.unwrap().unwrap());
    }
}

#[tokio::test(start_paused = true)]
async fn shutdown_in_an_outage_ends_within_a_lease() {
    for cluster in Cluster::both() {
        let (elector, store) = faulty(&cluster, "a");
        let leadership = elector.lead().await.unwrap();
        store.set(Fault::Hangs);
        drop(leadership);
        timeout(LEASE + secs(3), elector.shutdown()).await.unwrap();
        assert_eq!(*elector.status().borrow(), Status::Stopped);
    }
}

#[tokio::test(start_paused = true)]
async fn resign_says_when_the_store_did_not_confirm() {
    for cluster in Cluster::both() {
        let (elector, store) = faulty(&cluster, "a");
        let leadership = elector.lead().await.unwrap();
        store.set(Fault::Hangs);
        let error = leadership.resign().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
    }
}

#[tokio::test(start_paused = true)]
async fn an_election_that_can_never_work_ends_with_the_stores_own_words() {
    for cluster in Cluster::both() {
        let (elector, store) = faulty(&cluster, "a");
        store.set(Fault::Fails(ErrorKind::Invalid));
        let error = timeout(LEASE, elector.lead()).await.unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
        assert_eq!(error.to_string(), "faulty acquire: as asked");
        assert_eq!(elector.run(|_| async {}).await.unwrap_err().kind(), ErrorKind::Invalid);
    }
}

#[tokio::test(start_paused = true)]
async fn tokens_rise_across_a_wipe_and_the_old_leader_is_told() {
    let (memory, records) = (Memory::new(), MemoryRecords::new());
    for (cluster, wipe) in [
        (Cluster::new(memory.clone()), Box::new(move || memory.wipe()) as Box<dyn Fn()>),
        (Cluster::new(records.clone()), Box::new(move || records.wipe())),
    ] {
        let (a, b) = (cluster.elector("a"), cluster.elector("b"));
        for _ in 0..10 {
            a.lead().await.unwrap().resign().await.unwrap();
        }
        let first = a.lead().await.unwrap();
        let next = tokio::spawn(async move { b.lead().await.unwrap() });
        sleep(secs(1)).await;
        wipe();
        assert!(matches!(first.lost().await, Ended::Lost(_)));
        assert!(!first.is_current());
        let second = timeout(LEASE * 3, next).await.unwrap().unwrap();
        assert!(second.token() > first.token(), "{} after {}", second.token(), first.token());
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_floor_is_passed() {
    for cluster in Cluster::both() {
        let floor = elector::FencingToken::new(1_000).unwrap();
        let elector = cluster.builder("a").token_floor(floor).build().unwrap();
        assert!(elector.lead().await.unwrap().token() > floor);
    }
}
