//! How many requests to its store each call of the adapter makes.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use elector::store::{
    Acquire, Bid, Candidate, Expiry, Guarantees, MayTake, Record, RecordStore, Recorded, Release,
    Renew, Seen, Stored, Version,
};
use elector::{Backend as _, FencingToken, Result};
use futures_core::stream::BoxStream;
use futures_util::{StreamExt as _, stream};

use crate::cluster::LEASE;

/// A record, and how often it was asked for.
#[derive(Clone, Debug, Default)]
struct Counted {
    record: Arc<Mutex<(Option<Record>, u32)>>,
    loads: Arc<AtomicU32>,
    stores: Arc<AtomicU32>,
    /// How many writes somebody else is faster than.
    conflicts: Arc<AtomicU32>,
}

impl Counted {
    /// How often was loaded and stored since the last look.
    fn requests(&self) -> (u32, u32) {
        (self.loads.swap(0, Ordering::Relaxed), self.stores.swap(0, Ordering::Relaxed))
    }
}

#[async_trait]
impl RecordStore for Counted {
    fn election(&self) -> &str {
        "test"
    }

    fn guarantees(&self) -> Guarantees {
        Guarantees::new("counted", Expiry::Observed)
    }

    async fn load(&self) -> Result<Seen> {
        self.loads.fetch_add(1, Ordering::Relaxed);
        let (record, writes) = self.record.lock().unwrap().clone();
        let version = Version::new(writes.to_string());
        Ok(match record {
            Some(record) => Seen::record(record, version, FencingToken::ZERO),
            None => Seen::missing(version, FencingToken::ZERO),
        })
    }

    async fn store(&self, record: &Record, expected: &Version) -> Result<Stored> {
        self.stores.fetch_add(1, Ordering::Relaxed);
        let mut held = self.record.lock().unwrap();
        let others = self.conflicts.load(Ordering::Relaxed);
        if others > 0 {
            self.conflicts.store(others - 1, Ordering::Relaxed);
            held.1 += 1;
        }
        if *expected != Version::new(held.1.to_string()) {
            return Ok(Stored::Conflict);
        }
        *held = (Some(record.clone()), held.1 + 1);
        Ok(Stored::Done(Version::new(held.1.to_string())))
    }

    fn watch(&self) -> BoxStream<'static, Result<Seen>> {
        stream::empty().boxed()
    }
}

#[tokio::test]
async fn a_bid_reads_and_writes_and_what_follows_writes_alone() {
    let (store, me) = (Counted::default(), Candidate::new("me"));
    let backend = Recorded::new(store.clone());
    let bid = |number| Bid::new(me.clone(), number, LEASE).with_may_take(MayTake::vacant());
    let Acquire::Won(lease) = backend.acquire(&bid(1)).await.unwrap() else { panic!() };
    assert_eq!(store.requests(), (1, 1));
    let Renew::Kept(lease, _) = backend.renew(&bid(2), &lease).await.unwrap() else { panic!() };
    assert_eq!(store.requests(), (0, 1));
    let Renew::Kept(lease, _) = backend.renew(&bid(3), &lease).await.unwrap() else { panic!() };
    assert_eq!(store.requests(), (0, 1));
    backend.release(&Release::new(me.clone(), 4, Some(lease))).await.unwrap();
    assert_eq!(store.requests(), (0, 1));
}

#[tokio::test]
async fn a_release_of_nothing_writes_once_and_takes_a_conflict_for_as_good() {
    let (store, me) = (Counted::default(), Candidate::new("me"));
    let backend = Recorded::new(store.clone());
    backend.release(&Release::new(me.clone(), 1, None)).await.unwrap();
    assert_eq!(store.requests(), (1, 1));
    store.conflicts.store(1, Ordering::Relaxed);
    backend.release(&Release::new(me.clone(), 2, None)).await.unwrap();
    assert_eq!(store.requests(), (2, 1));
}
