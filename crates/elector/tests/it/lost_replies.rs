//! Calls that take effect although nobody hears of it.

use std::time::Duration;

use elector::Ended;
use tokio::time::{Instant, sleep, timeout};

use crate::cluster::{Cluster, LEASE, secs};
use crate::faulty::Fault;
use crate::outage::faulty;

const LOST: [Fault; 2] = [Fault::LosesReplies, Fault::AnswersWithDoubt];

#[tokio::test(start_paused = true)]
async fn an_acquire_whose_answer_is_lost_is_found_again_without_waiting_a_lease() {
    for cluster in Cluster::both() {
        for fault in LOST {
            let (elector, store) = faulty(&cluster, "a");
            store.set(fault);
            assert!(timeout(secs(4), elector.lead()).await.is_err());
            let waiting = tokio::spawn({
                let elector = elector.clone();
                async move { elector.lead().await.unwrap() }
            });
            sleep(secs(4)).await;
            store.set(Fault::None);
            let leadership = timeout(secs(9), waiting).await.unwrap().unwrap();
            assert!(leadership.is_current());
            drop(leadership);
            elector.shutdown().await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_acquire_whose_answer_is_lost_is_released_by_a_shutdown() {
    for cluster in Cluster::both() {
        for fault in LOST {
            let (elector, store) = faulty(&cluster, "a");
            store.set(fault);
            assert!(timeout(secs(1), elector.lead()).await.is_err());
            store.set(Fault::None);
            elector.shutdown().await;
            let rival = cluster.elector("b");
            drop(timeout(secs(1), rival.lead()).await.expect("the election is free").unwrap());
            rival.shutdown().await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn renewals_whose_answers_are_lost_extend_nothing_and_keep_rivals_away() {
    for cluster in Cluster::both() {
        for fault in LOST {
            let (elector, store) = faulty(&cluster, "a");
            let rival = cluster.elector("b");
            let leadership = elector.lead().await.unwrap();
            sleep(Duration::from_millis(1)).await;
            store.set(fault);
            let next = tokio::spawn({
                let rival = rival.clone();
                async move { rival.lead().await.unwrap() }
            });
            assert_eq!(leadership.lost().await, Ended::Expired);
            sleep(secs(4)).await;
            assert!(!leadership.is_current());
            sleep(LEASE * 4).await;
            assert!(!next.is_finished(), "the store shows renewals while the work runs");
            store.set(Fault::None);
            drop(leadership);
            let leadership = timeout(secs(3), next).await.unwrap().unwrap();
            drop(leadership);
            elector.shutdown().await;
            rival.shutdown().await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_renewal_whose_answer_is_lost_once_does_not_cost_the_term() {
    for cluster in Cluster::both() {
        for fault in LOST {
            let (elector, store) = faulty(&cluster, "a");
            let leadership = elector.lead().await.unwrap();
            for _ in 0..10 {
                sleep(secs(4)).await;
                store.set(fault);
                sleep(Duration::from_millis(2_500)).await;
                store.set(Fault::None);
                sleep(secs(4)).await;
            }
            assert!(leadership.is_current());
            assert!(timeout(Duration::ZERO, leadership.lost()).await.is_err());
            leadership.resign().await.unwrap();
            elector.shutdown().await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_release_whose_answer_is_lost_is_repeated_and_hits_no_later_term() {
    for cluster in Cluster::both() {
        for fault in LOST {
            let (elector, store) = faulty(&cluster, "a");
            let rival = cluster.elector("b");
            let leadership = elector.lead().await.unwrap();
            store.set(fault);
            drop(leadership);
            let next = timeout(secs(1), rival.lead()).await.expect("it is free").unwrap();
            sleep(LEASE * 3).await;
            assert!(next.is_current());
            assert!(next.term().reason().is_none(), "the repeated release hit a term of another");
            store.set(Fault::None);
            elector.shutdown().await;
            drop(next);
            rival.shutdown().await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn slow_answers_do_not_stretch_a_term() {
    for cluster in Cluster::both() {
        let (elector, store) = faulty(&cluster, "a");
        let late = Duration::from_millis(1_400);
        store.set(Fault::SlowReplies(late));
        let started = Instant::now();
        let leadership = elector.lead().await.unwrap();
        assert!(started.elapsed() >= late);
        let hold = elector.budget().hold();
        assert_eq!(leadership.remaining(), hold - started.elapsed(), "it counts from the call");
        sleep(LEASE * 3).await;
        assert!(leadership.is_current(), "slow answers keep a term all the same");
        assert!(leadership.remaining() <= hold - late);
        elector.resign();
        drop(leadership);
        elector.shutdown().await;
    }
}
