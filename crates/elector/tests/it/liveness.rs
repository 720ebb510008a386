//! The gate on work that gives no sign of life.

use std::time::Duration;

use elector::{Ended, Runtime};
use tokio::time::{sleep, timeout};

use crate::cluster::{Cluster, LEASE, secs};

#[tokio::test(start_paused = true)]
async fn work_that_says_it_is_alive_keeps_its_term() {
    for cluster in Cluster::both() {
        let elector = cluster.builder("a").liveness_gate(secs(3)).build().unwrap();
        let leadership = elector.lead().await.unwrap();
        for _ in 0..100 {
            sleep(secs(1)).await;
            leadership.term().alive();
        }
        assert!(leadership.term().reason().is_none());
        assert!(leadership.is_current());
    }
}

#[tokio::test(start_paused = true)]
async fn silent_work_loses_its_term_to_a_rival() {
    for cluster in Cluster::both() {
        let elector = cluster.builder("a").liveness_gate(secs(3)).build().unwrap();
        let rival = cluster.elector("b");
        let leadership = elector.lead().await.unwrap();
        let next = tokio::spawn(async move { rival.lead().await.unwrap() });
        assert_eq!(timeout(secs(4), leadership.lost()).await.unwrap(), Ended::Unresponsive);
        let next = timeout(LEASE + secs(1), next).await.unwrap().unwrap();
        assert!(next.token() > leadership.token());
        assert!(!leadership.is_current());
    }
}

#[tokio::test(start_paused = true)]
async fn a_gate_opens_anew_with_every_term() {
    let cluster = Cluster { runtime: Runtime::current(), ..Cluster::both()[1].clone() };
    let elector = cluster.builder("a").liveness_gate(secs(3)).build().unwrap();
    for _ in 0..3 {
        let leadership = elector.lead().await.unwrap();
        sleep(Duration::from_millis(2_900)).await;
        assert!(leadership.term().reason().is_none());
        leadership.resign().await.unwrap();
        sleep(secs(100)).await;
    }
}
