//! Leadership as callbacks.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex};

use elector::{Callbacks, Elector, ErrorKind, Term};
use futures_util::FutureExt as _;
use tokio::time::{sleep, timeout};

use crate::cluster::{Cluster, LEASE, secs};
use crate::faulty::Fault;
use crate::outage::faulty;

/// What was called, in order.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    fn add(&self, line: impl Into<String>) {
        self.0.lock().unwrap().push(line.into());
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }

    /// Callbacks that write what happens; the work never stops by itself.
    fn callbacks(&self) -> Callbacks<'static> {
        self.callbacks_with(|_| std::future::pending())
    }

    fn callbacks_with<F>(
        &self,
        mut work: impl FnMut(Term) -> F + Send + 'static,
    ) -> Callbacks<'static>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let (log, stopped) = (self.clone(), self.clone());
        Callbacks::new()
            .on_started_leading(move |term| {
                log.add("started");
                let (work, gone) = (work(term), Gone(log.clone()));
                async move {
                    let _gone = gone;
                    work.await;
                }
            })
            .on_stopped_leading(move || stopped.add("stopped"))
    }
}

/// Says when the work is gone.
struct Gone(Log);

impl Drop for Gone {
    fn drop(&mut self) {
        self.0.add("gone");
    }
}

async fn rival_leads(rival: &Elector, log: &Log) {
    let leadership = timeout(LEASE * 3, rival.lead()).await.expect("the rival leads").unwrap();
    log.add("rival");
    drop(leadership);
}

#[tokio::test(start_paused = true)]
async fn started_and_stopped_come_once_a_term_in_order_and_before_a_rival() {
    for cluster in Cluster::both() {
        for way in ["resign", "expire", "shutdown", "drop", "panic"] {
            let (elector, store) = faulty(&cluster, "a");
            let rival = cluster.elector("b");
            let log = Log::default();
            let callbacks = log.callbacks_with(move |_| async move {
                sleep(secs(30)).await;
                assert_ne!(way, "panic", "as asked");
                std::future::pending().await
            });
            let mut running = Box::pin(AssertUnwindSafe(callbacks.run(&elector)).catch_unwind());
            assert!(timeout(secs(20), &mut running).await.is_err());
            let overtaken = rival_leads(&rival, &log);
            match way {
                "drop" => {
                    drop(running);
                    overtaken.await;
                }
                "shutdown" => {
                    let (ended, (), ()) = tokio::join!(running, overtaken, elector.shutdown());
                    ended.unwrap().unwrap();
                }
                "panic" => {
                    let (ended, ()) = tokio::join!(running, overtaken);
                    assert!(ended.is_err());
                }
                _ => {
                    if way == "resign" {
                        elector.resign();
                    } else {
                        store.set(Fault::Hangs);
                    }
                    tokio::select! {
                        _ = &mut running => panic!("it contends again"),
                        () = overtaken => {}
                    }
                    assert_eq!(log.take(), ["started", "gone", "stopped", "rival"], "{way}");
                    store.set(Fault::None);
                    assert!(timeout(LEASE * 2, &mut running).await.is_err());
                    assert_eq!(log.take(), ["started"], "the next term, after {way}");
                    drop(running);
                    log.add("rival");
                    let told = ["gone", "stopped", "rival"];
                    assert_eq!(log.take(), told, "{way}");
                    elector.shutdown().await;
                    continue;
                }
            }
            assert_eq!(log.take(), ["started", "gone", "stopped", "rival"], "{way}");
            elector.shutdown().await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn who_never_led_never_stopped() {
    for cluster in Cluster::both() {
        let (elector, rival) = (cluster.elector("a"), cluster.elector("b"));
        let leadership = rival.lead().await.unwrap();
        let log = Log::default();
        let running = log.callbacks().run(&elector);
        let shutdown = async {
            sleep(LEASE * 2).await;
            elector.shutdown().await;
        };
        let (ended, ()) = tokio::join!(running, shutdown);
        ended.unwrap();
        drop(log.callbacks().run(&elector));
        assert!(log.take().is_empty());
        drop(leadership);
    }
}

#[tokio::test(start_paused = true)]
async fn work_that_returns_leaves_the_term_alone() {
    for cluster in Cluster::both() {
        let elector = cluster.elector("a");
        let log = Log::default();
        let mut running = Box::pin(log.callbacks_with(|_| async {}).run(&elector));
        assert!(timeout(LEASE * 3, &mut running).await.is_err());
        assert_eq!(log.take(), ["started", "gone"]);
        assert!(elector.status().borrow().term().unwrap().is_current());
        let (ended, ()) = tokio::join!(running, elector.shutdown());
        ended.unwrap();
        assert_eq!(log.take(), ["stopped"]);
    }
}

#[tokio::test(start_paused = true)]
async fn every_new_leader_is_told_once_oneself_and_nobody_too() {
    for cluster in Cluster::both() {
        let (elector, rival) = (cluster.elector("a"), cluster.elector("b"));
        let leadership = rival.lead().await.unwrap();
        // It knows the leader before the callbacks are there.
        let status = elector.status();
        sleep(secs(1)).await;
        let log = Log::default();
        let told = log.clone();
        let running = Callbacks::new()
            .on_new_leader(move |leader| told.add(leader.map_or("nobody", |leader| &leader.name)))
            .run(&elector);
        let mut running = Box::pin(running);
        assert!(timeout(LEASE * 2, &mut running).await.is_err());
        assert_eq!(log.take(), ["b"]);
        drop(leadership);
        assert!(timeout(LEASE * 2, &mut running).await.is_err());
        assert_eq!(log.take(), ["nobody", "a"]);
        let (ended, ()) = tokio::join!(running, elector.shutdown());
        ended.unwrap();
        assert_eq!(log.take(), ["nobody"]);
        drop(status);
    }
}

#[tokio::test(start_paused = true)]
async fn an_election_that_cannot_work_is_an_error() {
    let [cluster, _] = Cluster::both();
    let elector = Elector::builder(cluster.backend(), "a")
        .runtime(cluster.runtime.clone())
        .lease_duration(std::time::Duration::from_nanos(1));
    assert_eq!(elector.build().unwrap_err().kind(), ErrorKind::Invalid);
    let elector = cluster.elector("a");
    elector.shutdown().await;
    let log = Log::default();
    log.callbacks().run(&elector).await.unwrap();
    assert!(log.take().is_empty(), "a shutdown before the first use counts");
}
