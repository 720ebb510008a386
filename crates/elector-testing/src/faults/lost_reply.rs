//! Calls that are applied and answered with an error.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use elector::Result;
use elector::store::{
    Acquire, Backend, Bid, Guarantees, Lease, Observation, Release, Renew, Request,
};
use futures_core::stream::BoxStream;

use super::no_answer;

/// A backend whose next so many answers are lost: each call is applied and answers an error.
#[derive(Clone, Debug)]
pub struct LostReply {
    inner: Arc<dyn Backend>,
    left: Arc<AtomicUsize>,
}

impl LostReply {
    /// Loses nothing yet.
    pub fn new(inner: Arc<dyn Backend>) -> Self {
        Self { inner, left: Arc::default() }
    }

    /// Loses the answers of the next `count` calls.
    pub fn lose_next(&self, count: usize) {
        self.left.store(count, Ordering::SeqCst);
    }

    fn lose<T>(&self, operation: &'static str, answer: Result<T>) -> Result<T> {
        let one_less = |left: usize| left.checked_sub(1);
        match self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_less) {
            Ok(_) => Err(no_answer(operation)),
            Err(_) => answer,
        }
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl Backend for LostReply {
    fn election(&self) -> &str {
        self.inner.election()
    }

    fn guarantees(&self) -> Guarantees {
        self.inner.guarantees()
    }

    async fn acquire(&self, bid: &Bid) -> Result<Acquire> {
        let answer = self.inner.acquire(bid).await;
        self.lose("acquire", answer)
    }

    async fn renew(&self, bid: &Bid, lease: &Lease) -> Result<Renew> {
        let answer = self.inner.renew(bid, lease).await;
        self.lose("renew", answer)
    }

    async fn release(&self, release: &Release) -> Result<()> {
        let answer = self.inner.release(release).await;
        self.lose("release", answer)
    }

    async fn request(&self, request: &Request) -> Result<()> {
        let answer = self.inner.request(request).await;
        self.lose("request", answer)
    }

    fn watch(&self) -> BoxStream<'static, Result<Observation>> {
        self.inner.watch()
    }
}
