//! A backend that counts what is asked of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use elector::Result;
use elector::store::{
    Acquire, Backend, Bid, Guarantees, Lease, Observation, Release, Renew, Request,
};
use futures_core::stream::BoxStream;
use futures_util::StreamExt as _;
use serde::{Deserialize, Serialize};

/// A backend that counts the calls of the one it wraps, by operation. Cheap to clone; clones count together.
#[derive(Clone, Debug)]
pub struct Counted {
    backend: Arc<dyn Backend>,
    counts: Arc<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    acquire: AtomicU64,
    renew: AtomicU64,
    release: AtomicU64,
    request: AtomicU64,
    watch: AtomicU64,
    watch_items: AtomicU64,
}

/// How often a store was asked for what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requests {
    /// Attempts to become leader.
    pub acquire: u64,
    /// Renewals.
    pub renew: u64,
    /// Releases.
    pub release: u64,
    /// Requests to the leader.
    pub request: u64,
    /// Watches that were opened.
    pub watch: u64,
    /// What the watches told of; the store sends them, nobody asks.
    pub watch_items: u64,
}

impl Requests {
    /// Calls of any kind; what a watch tells is no call.
    pub fn calls(&self) -> u64 {
        self.acquire + self.renew + self.release + self.request + self.watch
    }

    /// These and `others` together.
    #[must_use]
    pub fn and(&self, others: &Self) -> Self {
        self.each(others, |ours, theirs| ours + theirs)
    }

    /// These without those counted `earlier`.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        self.each(earlier, u64::saturating_sub)
    }

    fn each(&self, other: &Self, with: impl Fn(u64, u64) -> u64) -> Self {
        Self {
            acquire: with(self.acquire, other.acquire),
            renew: with(self.renew, other.renew),
            release: with(self.release, other.release),
            request: with(self.request, other.request),
            watch: with(self.watch, other.watch),
            watch_items: with(self.watch_items, other.watch_items),
        }
    }
}

impl Counted {
    /// Counts from zero.
    pub fn new(backend: Arc<dyn Backend>) -> Self {
        Self { backend, counts: Arc::default() }
    }

    /// The counts so far.
    pub fn requests(&self) -> Requests {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Requests {
            acquire: read(&self.counts.acquire),
            renew: read(&self.counts.renew),
            release: read(&self.counts.release),
            request: read(&self.counts.request),
            watch: read(&self.counts.watch),
            watch_items: read(&self.counts.watch_items),
        }
    }
}

fn count(one: &AtomicU64) {
    one.fetch_add(1, Ordering::Relaxed);
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl Backend for Counted {
    fn election(&self) -> &str {
        self.backend.election()
    }

    fn guarantees(&self) -> Guarantees {
        self.backend.guarantees()
    }

    async fn acquire(&self, bid: &Bid) -> Result<Acquire> {
        count(&self.counts.acquire);
        self.backend.acquire(bid).await
    }

    async fn renew(&self, bid: &Bid, lease: &Lease) -> Result<Renew> {
        count(&self.counts.renew);
        self.backend.renew(bid, lease).await
    }

    async fn release(&self, release: &Release) -> Result<()> {
        count(&self.counts.release);
        self.backend.release(release).await
    }

    async fn request(&self, request: &Request) -> Result<()> {
        count(&self.counts.request);
        self.backend.request(request).await
    }

    fn watch(&self) -> BoxStream<'static, Result<Observation>> {
        count(&self.counts.watch);
        let counts = Arc::clone(&self.counts);
        self.backend.watch().inspect(move |_| count(&counts.watch_items)).boxed()
    }
}
