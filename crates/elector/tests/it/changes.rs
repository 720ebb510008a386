//! What an elector tells about itself.

use elector::{Change, ChangeKind, Changes, Elector, Ended, ErrorKind, FencingToken, Status};
use futures_util::FutureExt as _;
use tokio::task::unconstrained;
use tokio::time::sleep;

use crate::cluster::{Cluster, LEASE, secs};
use crate::faulty::Fault;
use crate::outage::faulty;

/// The changes so far, checked to be numbered without a hole.
fn drain(changes: &mut Changes) -> Vec<ChangeKind> {
    let mut kinds = Vec::new();
    let mut last = None;
    while let Some(Some(Change { number, kind, .. })) = unconstrained(changes.next()).now_or_never()
    {
        assert!(last.is_none_or(|last| number == last + 1), "{number} after {last:?}");
        last = Some(number);
        kinds.push(kind);
    }
    kinds
}

/// Without the news of who leads.
fn own(changes: &mut Changes) -> Vec<ChangeKind> {
    let mut kinds = drain(changes);
    kinds.retain(|kind| !matches!(kind, ChangeKind::Leader(_)));
    kinds
}

fn stopping(token: FencingToken, why: Ended) -> Vec<ChangeKind> {
    use ChangeKind::{Ended as Over, Started, Stopping};
    vec![Started(token), Stopping(token, why), Over(token)]
}

#[tokio::test(start_paused = true)]
async fn every_term_starts_stops_and_ends_once_and_in_this_order() {
    for cluster in Cluster::both() {
        for way in ["resign", "expire", "lose", "shutdown"] {
            let (elector, store) = faulty(&cluster, "a");
            let mut changes = elector.changes();
            let leadership = elector.lead().await.unwrap();
            let token = leadership.token();
            let status = elector.status();
            assert_eq!(*status.borrow(), Status::Leading(leadership.term().clone()));
            match way {
                "resign" => elector.resign(),
                "shutdown" => {
                    let elector = elector.clone();
                    drop(tokio::spawn(async move { elector.shutdown().await }));
                }
                "expire" => store.set(Fault::Hangs),
                _ => lose(&cluster, token).await,
            }
            let why = leadership.lost().await;
            sleep(secs(1)).await;
            assert_eq!(*status.borrow(), Status::Stopping(leadership.term().clone(), why.clone()));
            drop(leadership);
            store.set(Fault::None);
            sleep(LEASE).await;
            let mut expected = stopping(token, why);
            if way == "shutdown" {
                expected.push(ChangeKind::Stopped);
                assert_eq!(*status.borrow(), Status::Stopped);
            } else {
                assert!(matches!(*status.borrow(), Status::Following(_)), "{status:?}");
            }
            assert_eq!(own(&mut changes), expected, "{way}");
            elector.shutdown().await;
        }
    }
}

/// Gives the election away behind its leader's back.
async fn lose(cluster: &Cluster, token: FencingToken) {
    let backend = cluster.backend();
    let leader = elector::store::Leader::clone;
    let observed = futures_util::StreamExt::next(&mut backend.watch()).await.unwrap().unwrap();
    let leader = leader(observed.leader().unwrap());
    let candidate = elector::store::Candidate::new("a").with_session(leader.session.unwrap());
    let lease = elector::store::Lease::new(token, LEASE, elector::store::Cookie::none());
    // As if a second process with the same session had released it.
    backend.release(&elector::store::Release::new(candidate, 99, Some(lease))).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn the_lost_term_says_why_it_ended() {
    for cluster in Cluster::both() {
        let elector = cluster.elector("a");
        let leadership = elector.lead().await.unwrap();
        lose(&cluster, leadership.token()).await;
        assert_eq!(leadership.lost().await, Ended::Lost(None));
        assert_eq!(leadership.term().reason(), Some(Ended::Lost(None)));
    }
}

#[tokio::test(start_paused = true)]
async fn work_that_ends_by_itself_is_not_told_to_stop() {
    for cluster in Cluster::both() {
        let elector = cluster.elector("a");
        let mut changes = elector.changes();
        let leadership = elector.lead().await.unwrap();
        let token = leadership.token();
        leadership.resign().await.unwrap();
        assert_eq!(own(&mut changes), [ChangeKind::Started(token), ChangeKind::Ended(token)]);
    }
}

#[tokio::test(start_paused = true)]
async fn an_overrun_is_told_once_and_before_a_rival_leads() {
    for cluster in Cluster::both() {
        let (elector, store) = faulty(&cluster, "a");
        let rival = cluster.elector("b");
        let mut changes = elector.changes();
        let leadership = elector.lead().await.unwrap();
        let token = leadership.token();
        store.set(Fault::Hangs);
        let next = rival.lead().await.unwrap();
        let told = own(&mut changes);
        assert!(told.contains(&ChangeKind::Overrun(token)), "{told:?}");
        assert!(!told.contains(&ChangeKind::Ended(token)), "its work still runs: {told:?}");
        assert!(!leadership.is_current());
        sleep(LEASE).await;
        assert_eq!(own(&mut changes), []);
        drop((leadership, next));
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_reader_is_told_how_much_it_missed() {
    for cluster in Cluster::both() {
        let elector = cluster.elector("a");
        let mut changes = elector.changes();
        for _ in 0..200 {
            elector.lead().await.unwrap().resign().await.unwrap();
        }
        let first = changes.next().await.unwrap();
        let ChangeKind::Missed(missed) = first.kind else { panic!("{first:?}") };
        assert_eq!(first.number, missed, "the gap takes the number of the last that is missing");
        assert_eq!(changes.next().await.unwrap().number, missed + 1);
        assert_eq!(drain(&mut changes).len(), 255);
    }
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_before_the_first_use_counts() {
    for cluster in Cluster::both() {
        let elector = cluster.elector("a");
        elector.shutdown().await;
        assert_eq!(*elector.status().borrow(), Status::Stopped);
        assert_eq!(elector.lead().await.unwrap_err().kind(), ErrorKind::Stopped);
        assert_eq!(elector.run(|_| async {}).await.unwrap(), None);
        assert_eq!(elector.changes().next().await, None);
    }
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_signal_ends_run() {
    for cluster in Cluster::both() {
        let elector = cluster.builder("a").shutdown(sleep(secs(60))).build().unwrap();
        let ended = elector.run(|term| async move { term.ended().await }).await.unwrap();
        assert_eq!(ended, None);
        assert_eq!(*elector.status().borrow(), Status::Stopped);
    }
}

#[tokio::test(start_paused = true)]
async fn an_elector_that_does_not_contend_sees_a_leader_go_silent() {
    for cluster in Cluster::both() {
        let backend = cluster.backend();
        let bid = elector::store::Bid::new(elector::store::Candidate::new("dead"), 1, LEASE);
        backend.acquire(&bid).await.unwrap();
        let elector: Elector = cluster.elector("a");
        let status = elector.status();
        sleep(secs(1)).await;
        assert!(matches!(&*status.borrow(), Status::Following(Some(_))));
        sleep(LEASE).await;
        assert_eq!(*status.borrow(), Status::Following(None));
    }
}

#[tokio::test(start_paused = true)]
async fn an_elector_that_nobody_holds_ends() {
    for cluster in Cluster::both() {
        let elector = cluster.elector("a");
        let mut changes = elector.changes();
        drop(elector);
        let last = tokio::time::timeout(secs(1), changes.next()).await.unwrap().unwrap();
        assert_eq!(last.kind, ChangeKind::Stopped);
        assert_eq!(changes.next().await, None);
    }
}

#[tokio::test(start_paused = true)]
async fn changes_are_a_stream_too() {
    use futures_util::StreamExt as _;

    let [cluster, _] = Cluster::both();
    let elector = cluster.elector("a");
    let changes = elector.changes();
    drop(elector.lead().await.unwrap());
    elector.shutdown().await;
    let told: Vec<ChangeKind> = changes.map(|change| change.kind).collect().await;
    assert!(matches!(told.last(), Some(ChangeKind::Stopped)), "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn work_that_has_finished_is_stopping_until_its_election_is_released() {
    for cluster in Cluster::both() {
        let (elector, store) = faulty(&cluster, "a");
        let mut status = elector.status();
        let running = elector.clone();
        let work = move |_| {
            store.set(Fault::SlowReplies(secs(1)));
            std::future::ready(())
        };
        let run = tokio::spawn(async move { running.run(work).await });
        let stopping = status.wait_for(|status| matches!(status, Status::Stopping(..))).await;
        assert!(matches!(*stopping.unwrap(), Status::Stopping(_, Ended::Finished)));
        run.await.unwrap().unwrap();
        elector.shutdown().await;
    }
}
