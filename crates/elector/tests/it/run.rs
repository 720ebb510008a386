//! Work that runs while this process leads.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use elector::store::Request;
use elector::{Elector, Status, Term};
use futures_util::FutureExt as _;
use std::panic::AssertUnwindSafe;
use tokio::time::{sleep, timeout};

use crate::cluster::{Cluster, LEASE, secs};

/// Says whether it still exists.
struct Work(Arc<AtomicBool>);

impl Work {
    fn begin(alive: &Arc<AtomicBool>) -> Self {
        alive.store(true, Ordering::SeqCst);
        Self(Arc::clone(alive))
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        self.0.store(false, Ordering::SeqCst);
    }
}

/// Waits until `rival` leads, and says whether the work of the other still existed then.
async fn overtaken(rival: &Elector, alive: &AtomicBool) -> bool {
    let leadership = timeout(LEASE * 3, rival.lead()).await.expect("the rival leads").unwrap();
    let overlapped = alive.load(Ordering::SeqCst);
    drop(leadership);
    overlapped
}

#[tokio::test(start_paused = true)]
async fn work_that_ends_by_itself_ends_run_after_the_release() {
    for cluster in Cluster::both() {
        let elector = cluster.elector("a");
        let output = elector.run(|term: Term| async move { term.token() }).await.unwrap();
        assert!(output.is_some());
        assert!(matches!(&*elector.status().borrow(), Status::Following(_)));
        assert!(cluster.backend().watch().next_leader().await.is_none());
    }
}

trait NextLeader {
    async fn next_leader(self) -> Option<elector::store::Leader>;
}

impl<S: futures_core::Stream<Item = elector::Result<elector::store::Observation>> + Unpin>
    NextLeader for S
{
    async fn next_leader(mut self) -> Option<elector::store::Leader> {
        futures_util::StreamExt::next(&mut self).await.unwrap().unwrap().leader().cloned()
    }
}

#[tokio::test(start_paused = true)]
async fn work_is_gone_before_a_rival_leads_however_run_ends() {
    for cluster in Cluster::both() {
        for way in ["return", "panic", "cancel", "shutdown", "resign", "request"] {
            let (elector, rival) = (cluster.elector("a"), cluster.elector("b"));
            let alive = Arc::new(AtomicBool::new(false));
            let running = elector.run(|_term| {
                let work = Work::begin(&alive);
                async move {
                    let _work = work;
                    sleep(secs(30)).await;
                    match way {
                        "return" => {}
                        "panic" => panic!("as asked"),
                        _ => std::future::pending().await,
                    }
                }
            });
            let mut running = Box::pin(AssertUnwindSafe(running).catch_unwind());
            assert!(timeout(secs(20), &mut running).await.is_err());
            assert!(alive.load(Ordering::SeqCst));
            let end = async {
                sleep(secs(30)).await;
                match way {
                    "shutdown" => elector.shutdown().await,
                    "resign" => elector.resign(),
                    "request" => {
                        let status = elector.status();
                        let token = status.borrow().term().unwrap().token();
                        cluster.backend().request(&Request::resign(token, "test")).await.unwrap();
                    }
                    _ => {}
                }
            };
            let overlapped = match way {
                "cancel" => {
                    drop(running);
                    overtaken(&rival, &alive).await
                }
                "resign" | "request" => {
                    let ((), overlapped, _) =
                        tokio::join!(end, overtaken(&rival, &alive), timeout(LEASE * 5, running));
                    overlapped
                }
                _ => {
                    let (overlapped, _, ()) = tokio::join!(overtaken(&rival, &alive), running, end);
                    overlapped
                }
            };
            assert!(!overlapped, "{way}: the work still ran when the rival led");
            elector.shutdown().await;
            rival.shutdown().await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_term_stops_the_work_and_contends_again() {
    for cluster in Cluster::both() {
        let elector = cluster.elector("a");
        let (terms, mut seen) = tokio::sync::mpsc::unbounded_channel();
        let running = tokio::spawn({
            let elector = elector.clone();
            async move {
                elector
                    .run(|term| {
                        terms.send(term.token()).unwrap();
                        async move { term.ended().await }
                    })
                    .await
            }
        });
        let first = seen.recv().await.unwrap();
        elector.resign();
        let second = seen.recv().await.unwrap();
        assert!(second > first);
        elector.shutdown().await;
        assert!(running.await.unwrap().unwrap().is_none());
        assert_eq!(*elector.status().borrow(), Status::Stopped);
    }
}

/// A process that wakes from a freeze can see that its term is over before the elector does.
#[tokio::test(start_paused = true)]
async fn work_that_saw_its_term_run_out_before_the_elector_did_is_not_finished() {
    for cluster in Cluster::both() {
        let elector = cluster.elector("a");
        let mut terms = 0;
        let output = elector.run(|term: Term| {
            terms += 1;
            let frozen = terms == 1;
            async move {
                if frozen {
                    tokio::time::advance(2 * LEASE).await;
                    assert!(!term.is_current());
                    assert_eq!(term.reason(), None, "the elector has not looked yet");
                }
                term.token()
            }
        });
        assert!(output.await.unwrap().is_some());
        assert_eq!(terms, 2);
    }
}
