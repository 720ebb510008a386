//! The guard.

use std::time::Duration;

use elector::{ChangeKind, Ended, ErrorKind, Status};
use tokio::time::{sleep, timeout};

use crate::cluster::{Cluster, LEASE, secs};

#[tokio::test(start_paused = true)]
async fn a_lone_candidate_leads_at_once_and_goes_on() {
    for cluster in Cluster::both() {
        let elector = cluster.elector("a");
        let leadership = timeout(secs(1), elector.lead()).await.unwrap().unwrap();
        assert!(leadership.is_current());
        sleep(LEASE * 20).await;
        assert!(leadership.is_current());
        assert!(leadership.remaining() > secs(8));
        assert_eq!(*elector.status().borrow(), Status::Leading(leadership.term().clone()));
    }
}

#[tokio::test(start_paused = true)]
async fn resignation_hands_over_at_once_with_a_greater_token() {
    for cluster in Cluster::both() {
        let (a, b) = (cluster.elector("a"), cluster.elector("b"));
        let first = a.lead().await.unwrap();
        let token = first.token();
        let next = tokio::spawn(async move { b.lead().await.unwrap() });
        sleep(secs(60)).await;
        assert!(!next.is_finished());
        let term = first.term().clone();
        first.resign().await.unwrap();
        let second = timeout(secs(1), next).await.unwrap().unwrap();
        assert!(second.token() > token);
        assert!(!term.is_current());
        assert!(second.is_current());
    }
}

#[tokio::test(start_paused = true)]
async fn a_dropped_guard_gives_the_election_up() {
    for cluster in Cluster::both() {
        let (a, b) = (cluster.elector("a"), cluster.elector("b"));
        let first = a.lead().await.unwrap();
        drop(first);
        drop(timeout(secs(1), b.lead()).await.unwrap().unwrap());
    }
}

#[tokio::test(start_paused = true)]
async fn a_dropped_elector_leaves_nothing_behind() {
    for cluster in Cluster::both() {
        let (a, b) = (cluster.elector("a"), cluster.elector("b"));
        let first = a.lead().await.unwrap();
        let waiting = cluster.elector("c");
        assert!(timeout(secs(30), waiting.lead()).await.is_err());
        drop(waiting);
        drop(a);
        sleep(LEASE).await;
        assert!(first.is_current(), "the guard keeps the election without its elector");
        drop(first);
        drop(timeout(secs(1), b.lead()).await.unwrap().unwrap());
    }
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_was_dropped_wins_nothing() {
    for cluster in Cluster::both() {
        let leader = cluster.elector("a").lead().await.unwrap();
        let elector = cluster.elector("b");
        let mut changes = elector.changes();
        let waits = tokio::join!(
            timeout(secs(2), elector.lead()),
            timeout(secs(1), elector.lead()),
            timeout(secs(3), elector.lead()),
        );
        assert!(waits.0.is_err() && waits.1.is_err() && waits.2.is_err());
        leader.resign().await.unwrap();
        sleep(secs(60)).await;
        elector.shutdown().await;
        while let Some(change) = changes.next().await {
            assert!(!matches!(change.kind, ChangeKind::Started(_)), "{change:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_the_store_does_not_grant_is_refused_before_the_start() {
    let least = secs(5);
    let store = elector::memory::Memory::new().with_lease_step(least);
    let cluster = Cluster::new(store);
    let lease = |lease_duration| cluster.builder("a").lease_duration(lease_duration).build();
    assert_eq!(lease(least).unwrap().budget().lease_duration(), least);
    for wrong in [least - Duration::from_millis(1), secs(1)] {
        assert_eq!(lease(wrong).unwrap_err().kind(), ErrorKind::Invalid);
    }
}

#[tokio::test(start_paused = true)]
async fn the_second_caller_of_lead_waits_for_the_first() {
    for cluster in Cluster::both() {
        let elector = cluster.elector("a");
        let first = elector.lead().await.unwrap();
        assert!(timeout(secs(100), elector.lead()).await.is_err());
        let token = first.token();
        let (second, ()) = tokio::join!(elector.lead(), async { drop(first) });
        assert!(second.unwrap().token() > token);
    }
}

#[tokio::test(start_paused = true)]
async fn a_dead_leader_is_followed_after_its_lease_and_not_before() {
    for cluster in Cluster::both() {
        let dead = cluster.backend();
        let candidate = elector::store::Candidate::new("dead");
        let bid = elector::store::Bid::new(candidate, 1, LEASE);
        let clock = cluster.runtime.clock();
        let started = clock.now();
        let elector::store::Acquire::Won(lease) = dead.acquire(&bid).await.unwrap() else {
            panic!()
        };
        let next = cluster.elector("b").lead().await.unwrap();
        assert!(next.token() > lease.token);
        let waited = clock.now().since(started);
        assert!(waited >= LEASE, "{waited:?}");
        assert!(waited < LEASE + secs(1), "{waited:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn shutdown_waits_for_the_work_and_ends_lead() {
    for cluster in Cluster::both() {
        let elector = cluster.elector("a");
        let leadership = elector.lead().await.unwrap();
        let other = cluster.elector("b");
        let waiting = tokio::spawn({
            let elector = elector.clone();
            async move { elector.lead().await }
        });
        sleep(secs(1)).await;
        let stopping = tokio::spawn({
            let elector = elector.clone();
            async move { elector.shutdown().await }
        });
        assert_eq!(leadership.lost().await, Ended::Shutdown);
        sleep(LEASE * 3).await;
        assert!(!stopping.is_finished(), "the lease is kept while the work runs");
        assert!(leadership.is_current());
        assert!(timeout(secs(1), other.lead()).await.is_err());
        drop(leadership);
        stopping.await.unwrap();
        assert_eq!(waiting.await.unwrap().unwrap_err().kind(), ErrorKind::Stopped);
        assert_eq!(*elector.status().borrow(), Status::Stopped);
        drop(timeout(secs(1), other.lead()).await.unwrap().unwrap());
    }
}

#[cfg(feature = "cancellation-token")]
#[tokio::test(start_paused = true)]
async fn a_cancellation_token_is_cancelled_with_the_stop_and_not_before() {
    for cluster in Cluster::both() {
        let elector = cluster.elector("a");
        let leadership = elector.lead().await.unwrap();
        let token = leadership.term().cancellation();
        sleep(LEASE * 3).await;
        assert!(!token.is_cancelled());
        elector.resign();
        timeout(secs(1), token.cancelled()).await.unwrap();
        assert!(leadership.is_current(), "there is time left to stop");
    }
}
