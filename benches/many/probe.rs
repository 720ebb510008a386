//! A backend that counts how the calls of many elections end.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use elector::Result;
use elector::store::{
    Acquire, Backend, Bid, Guarantees, Lease, Observation, Release, Renew, Request,
};
use elector_trial::now;
use futures_core::stream::BoxStream;
use serde::{Deserialize, Serialize};

/// What became of the calls of all elections of a process.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    acquires_failed: AtomicU64,
    renewals: AtomicU64,
    renewals_failed: AtomicU64,
    longest: AtomicU64,
}

/// The counts at one moment.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Calls {
    /// Bids without an answer, or answered with doubt.
    pub(crate) acquires_failed: u64,
    /// Renewals that were begun.
    pub(crate) renewals: u64,
    /// Renewals without an answer before their deadline, or answered with doubt.
    pub(crate) renewals_failed: u64,
    /// What the slowest renewal took, in nanoseconds.
    pub(crate) longest: u64,
}

impl Counts {
    pub(crate) fn read(&self) -> Calls {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Calls {
            acquires_failed: read(&self.acquires_failed),
            renewals: read(&self.renewals),
            renewals_failed: read(&self.renewals_failed),
            longest: read(&self.longest),
        }
    }
}

/// A backend whose calls are counted.
#[derive(Debug)]
pub(crate) struct Probe {
    backend: Arc<dyn Backend>,
    counts: Arc<Counts>,
}

impl Probe {
    pub(crate) fn new(backend: Arc<dyn Backend>, counts: Arc<Counts>) -> Self {
        Self { backend, counts }
    }
}

/// Counts a call as failed unless it is told otherwise.
struct Failing<'a>(Option<&'a AtomicU64>);

impl Failing<'_> {
    fn ended<T>(mut self, answer: Result<T>) -> Result<T> {
        if answer.is_ok() {
            self.0 = None;
        }
        answer
    }
}

impl Drop for Failing<'_> {
    fn drop(&mut self) {
        if let Some(count) = self.0 {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }
}

#[async_trait]
impl Backend for Probe {
    fn election(&self) -> &str {
        self.backend.election()
    }

    fn guarantees(&self) -> Guarantees {
        self.backend.guarantees()
    }

    async fn acquire(&self, bid: &Bid) -> Result<Acquire> {
        let call = Failing(Some(&self.counts.acquires_failed));
        call.ended(self.backend.acquire(bid).await)
    }

    async fn renew(&self, bid: &Bid, lease: &Lease) -> Result<Renew> {
        self.counts.renewals.fetch_add(1, Ordering::Relaxed);
        let call = Failing(Some(&self.counts.renewals_failed));
        let begun = now();
        let answer = call.ended(self.backend.renew(bid, lease).await);
        self.counts.longest.fetch_max(now() - begun, Ordering::Relaxed);
        answer
    }

    async fn release(&self, release: &Release) -> Result<()> {
        self.backend.release(release).await
    }

    async fn request(&self, request: &Request) -> Result<()> {
        self.backend.request(request).await
    }

    fn watch(&self) -> BoxStream<'static, Result<Observation>> {
        self.backend.watch()
    }
}
