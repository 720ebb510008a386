//! The elector's own end: a bug in a backend, a runtime that goes away.

use std::future::pending;
use std::sync::Arc;

use elector::memory::Memory;
use elector::{Elector, ErrorKind, Runtime, Status};
use tokio::time::timeout;

use crate::cluster::{Cluster, LEASE, secs};
use crate::faulty::Fault;
use crate::outage::faulty;

#[tokio::test(start_paused = true)]
async fn a_panic_while_leading_ends_the_term_and_hangs_nobody() {
    for cluster in Cluster::both() {
        let (elector, store) = faulty(&cluster, "a");
        let leadership = elector.lead().await.unwrap();
        let waiting = tokio::spawn({
            let elector = elector.clone();
            async move { elector.lead().await }
        });
        tokio::task::yield_now().await;
        store.set(Fault::Panics);
        timeout(secs(6), leadership.lost()).await.unwrap();
        assert!(!leadership.is_current());
        assert_eq!(*elector.status().borrow(), Status::Stopped);
        let error = timeout(secs(1), waiting).await.unwrap().unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Stopped);
        assert_eq!(elector.lead().await.unwrap_err().kind(), ErrorKind::Stopped);
        timeout(secs(1), elector.shutdown()).await.unwrap();
        timeout(secs(1), leadership.resign()).await.unwrap().unwrap_err();
        assert_eq!(elector.changes().next().await, None);
    }
}

#[tokio::test(start_paused = true)]
async fn work_that_does_not_listen_is_dropped_when_the_elector_is_gone() {
    for cluster in Cluster::both() {
        let (elector, store) = faulty(&cluster, "a");
        let running = elector.run(|_| {
            store.set(Fault::Panics);
            pending::<()>()
        });
        // An end that nobody asked for is no `None`.
        let error = timeout(LEASE, running).await.expect("run ends").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Stopped);
    }
}

#[test]
fn a_runtime_that_is_shut_down_ends_its_terms() {
    let elector_runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let clock: Arc<dyn elector::clock::Clock> = Arc::new(elector::clock::BootClock::new());
    let runtime = Runtime::new(elector_runtime.handle().clone(), clock);
    let cluster = Cluster { store: Arc::new(Memory::new()), runtime };
    let elector: Elector = cluster.elector("a");
    let own = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let leadership = own.block_on(elector.lead()).unwrap();
    assert!(leadership.is_current());
    elector_runtime.shutdown_timeout(secs(5));
    assert!(!leadership.is_current());
    own.block_on(async {
        timeout(secs(5), leadership.lost()).await.unwrap();
        assert_eq!(*elector.status().borrow(), Status::Stopped);
        timeout(secs(5), elector.shutdown()).await.unwrap();
        assert!(timeout(secs(5), elector.lead()).await.unwrap().is_err());
    });
}
