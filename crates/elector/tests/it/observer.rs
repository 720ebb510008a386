//! A process that never stands.

use std::sync::Arc;
use std::time::Duration;

use elector::memory::MemoryRecords;
use elector::store::{Bid, Candidate};
use elector::{ChangeKind, ErrorKind, Observer, Sighting};
use tokio::time::{sleep, timeout};

use crate::cluster::{Cluster, LEASE, secs};
use crate::faulty::{Fault, Faulty};

#[tokio::test(start_paused = true)]
async fn sees_a_leader_come_stay_and_go() {
    for cluster in Cluster::both() {
        let observer = Observer::on(&cluster.runtime, cluster.backend());
        let mut changes = observer.changes();
        let leader = observer.leader();
        sleep(secs(1)).await;
        assert_eq!(*leader.borrow(), None);
        let elector = cluster.elector("a");
        let leadership = elector.lead().await.unwrap();
        sleep(LEASE * 5).await;
        assert_eq!(
            leader.borrow().as_ref().map(|leader| leader.token),
            Some(Some(leadership.token()))
        );
        leadership.resign().await.unwrap();
        sleep(secs(1)).await;
        assert_eq!(*leader.borrow(), None);
        assert_eq!(changes.next().await.unwrap().number, 1);
        assert_eq!(changes.next().await.unwrap().number, 2);
        assert!(timeout(LEASE, changes.next()).await.is_err(), "a renewal is no change");
        drop(observer);
        assert_eq!(timeout(secs(1), changes.next()).await.unwrap(), None);
    }
}

#[tokio::test(start_paused = true)]
async fn a_silent_leader_is_gone_when_its_lease_has_run_out() {
    for cluster in Cluster::both() {
        let observer = Observer::on(&cluster.runtime, cluster.backend());
        let leader = observer.leader();
        let bid = Bid::new(Candidate::new("dead"), 1, LEASE);
        cluster.backend().acquire(&bid).await.unwrap();
        sleep(LEASE - secs(1)).await;
        assert!(leader.borrow().is_some());
        sleep(secs(2)).await;
        assert_eq!(*leader.borrow(), None);
    }
}

#[tokio::test(start_paused = true)]
async fn an_outage_is_not_told_as_the_end_of_a_leader() {
    for cluster in Cluster::both() {
        let elector = cluster.elector("a");
        let leadership = elector.lead().await.unwrap();
        let store = Faulty::new(cluster.backend());
        let observer = Observer::on(&cluster.runtime, Arc::new(store.clone()));
        let (mut changes, leader) = (observer.changes(), observer.leader());
        let sighting = observer.sighting();
        assert_eq!(*sighting.borrow(), Sighting::Unknown);
        sleep(secs(1)).await;
        let seen = leader.borrow().clone().unwrap();
        assert_eq!(*sighting.borrow(), Sighting::Leader(seen.clone()));
        assert_eq!(changes.next().await.unwrap().kind, ChangeKind::Leader(Some(seen.clone())));

        store.set(Fault::Fails(ErrorKind::Unavailable));
        sleep(LEASE * 3).await;
        let Sighting::Blind { since, why } = sighting.borrow().clone() else {
            panic!("{:?}", sighting.borrow())
        };
        assert!(cluster.runtime.clock().now().since(since) > LEASE * 2, "{since:?}");
        assert_eq!(why, "faulty watch: as asked");
        assert_eq!(changes.next().await.unwrap().kind, ChangeKind::Blind(why));

        store.set(Fault::None);
        sleep(LEASE).await;
        assert_eq!(*sighting.borrow(), Sighting::Leader(seen.clone()));
        assert_eq!(*leader.borrow(), Some(seen.clone()));
        let back = changes.next().await.unwrap();
        assert_eq!((back.number, back.kind), (3, ChangeKind::Sighted(Some(seen))));

        leadership.resign().await.unwrap();
        sleep(secs(1)).await;
        assert_eq!(*sighting.borrow(), Sighting::Nobody);
        assert_eq!(changes.next().await.unwrap().kind, ChangeKind::Leader(None));
    }
}

#[tokio::test(start_paused = true)]
async fn a_watch_that_fails_once_is_not_blind() {
    let cluster = Cluster::new(MemoryRecords::new());
    let elector = cluster.elector("a");
    let store = Faulty::new(cluster.backend());
    let observer = Observer::on(&cluster.runtime, Arc::new(store.clone()));
    let mut changes = observer.changes();
    sleep(secs(1)).await;
    assert_eq!(*observer.sighting().borrow(), Sighting::Nobody);
    store.set(Fault::Fails(ErrorKind::Unavailable));
    let leadership = elector.lead().await.unwrap();
    sleep(Duration::from_millis(900)).await;
    assert_eq!(*observer.sighting().borrow(), Sighting::Nobody, "the watch has just failed");
    store.set(Fault::None);
    leadership.resign().await.unwrap();
    sleep(secs(10)).await;
    assert_eq!(*observer.sighting().borrow(), Sighting::Nobody);
    assert!(timeout(LEASE, changes.next()).await.is_err(), "nothing was seen to change");
}
