//! A process that never stands.

use elector::Observer;
use elector::store::{Bid, Candidate};
use tokio::time::{sleep, timeout};

use crate::cluster::{Cluster, LEASE, secs};

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
