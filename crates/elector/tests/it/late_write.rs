//! Writes that arrive between others: long after their caller gave up, or between a bid's read and its write.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use elector::memory::Memory;
use elector::store::{
    Acquire, Beat, Bid, Candidate, Expiry, Guarantees, MayTake, Record, RecordStore, Recorded,
    Release, Renew, Seen, Stored, Version,
};
use elector::{Backend, Error, ErrorKind, FencingToken, Result, Store as _};
use futures_core::stream::BoxStream;
use futures_util::{StreamExt as _, stream};

/// One record whose next write can be held back.
#[derive(Clone, Debug, Default)]
struct Slow(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    record: Option<Record>,
    writes: u64,
    holds_back: bool,
    late: Option<(Record, Version)>,
    /// What another writes as soon as the record has been read.
    after_load: Option<Record>,
}

impl State {
    fn version(&self) -> Version {
        Version::new(self.writes.to_string())
    }

    fn swap(&mut self, record: Record, expected: &Version) -> Stored {
        if self.version() != *expected {
            return Stored::Conflict;
        }
        self.writes += 1;
        self.record = Some(record);
        Stored::Done(self.version())
    }
}

#[async_trait]
impl RecordStore for Slow {
    fn election(&self) -> &str {
        "test"
    }

    fn guarantees(&self) -> Guarantees {
        Guarantees::new("slow", Expiry::Observed)
    }

    async fn load(&self) -> Result<Seen> {
        let mut state = self.0.lock().unwrap();
        let floor = state.record.as_ref().map_or(FencingToken::ZERO, |record| record.token);
        let seen = match &state.record {
            Some(record) => Seen::record(record.clone(), state.version(), floor),
            None => Seen::missing(state.version(), floor),
        };
        if let Some(record) = state.after_load.take() {
            state.swap(record, &seen.version);
        }
        Ok(seen)
    }

    async fn store(&self, record: &Record, expected: &Version) -> Result<Stored> {
        let mut state = self.0.lock().unwrap();
        if std::mem::take(&mut state.holds_back) {
            state.late = Some((record.clone(), expected.clone()));
            return Err(Error::new(ErrorKind::Unavailable, "slow", "store", "on its way"));
        }
        Ok(state.swap(record.clone(), expected))
    }

    fn watch(&self) -> BoxStream<'static, Result<Seen>> {
        stream::pending().boxed()
    }
}

impl Slow {
    /// Lets the write that was held back arrive.
    fn arrive(&self) -> Stored {
        let mut state = self.0.lock().unwrap();
        let (record, expected) = state.late.take().unwrap();
        state.swap(record, &expected)
    }
}

/// Tries to acquire with a write that is held back.
async fn bid_late(store: &Slow, backend: &dyn Backend, me: &Candidate) {
    store.0.lock().unwrap().holds_back = true;
    let bid = Bid::new(me.clone(), 1, crate::cluster::LEASE);
    backend.acquire(&bid).await.unwrap_err();
}

#[tokio::test]
async fn a_release_without_a_lease_bars_the_acquire_that_is_still_on_its_way() {
    for led_before in [false, true] {
        let (store, me, rival) = (Slow::default(), Candidate::new("me"), Candidate::new("rival"));
        let backend = Recorded::new(store.clone());
        if led_before {
            let bid = Bid::new(rival.clone(), 1, crate::cluster::LEASE);
            let Acquire::Won(lease) = backend.acquire(&bid).await.unwrap() else { panic!() };
            backend.release(&Release::new(rival, 2, Some(lease))).await.unwrap();
        }
        bid_late(&store, &backend, &me).await;
        backend.release(&Release::new(me, 2, None)).await.unwrap();
        assert_eq!(store.arrive(), Stored::Conflict);
        assert!(backend_is_free(&store).await);
    }
}

async fn backend_is_free(store: &Slow) -> bool {
    store.load().await.unwrap().observation().leader().is_none()
}

#[tokio::test]
async fn a_late_acquire_does_not_undo_a_later_one() {
    let (store, me) = (Slow::default(), Candidate::new("me"));
    let backend = Recorded::new(store.clone());
    bid_late(&store, &backend, &me).await;
    let bid = Bid::new(me, 2, crate::cluster::LEASE);
    assert!(matches!(backend.acquire(&bid).await.unwrap(), Acquire::Won(_)));
    assert_eq!(store.arrive(), Stored::Conflict);
}

#[tokio::test]
async fn a_leader_that_renews_between_a_rivals_read_and_its_write_keeps_the_election() {
    let (store, me, rival) = (Slow::default(), Candidate::new("me"), Candidate::new("rival"));
    let backend = Recorded::new(store.clone());
    let bid = Bid::new(rival.clone(), 1, crate::cluster::LEASE);
    let Acquire::Won(lease) = backend.acquire(&bid).await.unwrap() else { panic!() };
    let stale = store.load().await.unwrap().record.unwrap();
    let mut renewed = stale.clone();
    renewed.beat = Beat::new("renewed");
    store.0.lock().unwrap().after_load = Some(renewed);
    let bid = Bid::new(me, 1, crate::cluster::LEASE);
    let bid = bid.with_may_take(MayTake::vacant().or_stale(stale.beat));
    assert!(matches!(backend.acquire(&bid).await.unwrap(), Acquire::Held(_)));
    let renewal = Bid::new(rival, 2, crate::cluster::LEASE);
    assert!(matches!(backend.renew(&renewal, &lease).await.unwrap(), Renew::Kept(..)));
}

/// Found by the simulator: the second arrival began a term that nobody led, and the leader's own was lost.
#[tokio::test(start_paused = true)]
async fn an_acquire_that_arrives_twice_is_one_term() {
    let backend = Memory::new().election("test").unwrap();
    let me = Candidate::new("me");
    let bid = |number| Bid::new(me.clone(), number, crate::cluster::LEASE);
    let Acquire::Won(lease) = backend.acquire(&bid(1)).await.unwrap() else { panic!("held") };
    assert!(matches!(backend.acquire(&bid(1)).await.unwrap(), Acquire::Held(_)));
    let renewed = backend.renew(&bid(2), &lease).await.unwrap();
    assert!(matches!(renewed, Renew::Kept(kept, None) if kept.token == lease.token));
}
