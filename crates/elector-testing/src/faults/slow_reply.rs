//! Calls that are applied at once and answered late.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use elector::Result;
use elector::store::{
    Acquire, Backend, Bid, Guarantees, Lease, Observation, Release, Renew, Request,
};
use futures_core::stream::BoxStream;

/// A backend whose answers take some time of tokio's clock longer. Watches are as fast as ever.
#[derive(Clone, Debug)]
pub struct SlowReply {
    inner: Arc<dyn Backend>,
    delay: Arc<Mutex<Duration>>,
}

impl SlowReply {
    /// Delays each answer by `delay`.
    pub fn new(inner: Arc<dyn Backend>, delay: Duration) -> Self {
        Self { inner, delay: Arc::new(Mutex::new(delay)) }
    }

    /// Delays by this much from now on; zero delays nothing.
    pub fn set_delay(&self, delay: Duration) {
        *self.delay.lock().unwrap_or_else(PoisonError::into_inner) = delay;
    }

    async fn delay(&self) {
        let delay = *self.delay.lock().unwrap_or_else(PoisonError::into_inner);
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl Backend for SlowReply {
    fn election(&self) -> &str {
        self.inner.election()
    }

    fn guarantees(&self) -> Guarantees {
        self.inner.guarantees()
    }

    async fn acquire(&self, bid: &Bid) -> Result<Acquire> {
        let answer = self.inner.acquire(bid).await;
        self.delay().await;
        answer
    }

    async fn renew(&self, bid: &Bid, lease: &Lease) -> Result<Renew> {
        let answer = self.inner.renew(bid, lease).await;
        self.delay().await;
        answer
    }

    async fn release(&self, release: &Release) -> Result<()> {
        let answer = self.inner.release(release).await;
        self.delay().await;
        answer
    }

    async fn request(&self, request: &Request) -> Result<()> {
        let answer = self.inner.request(request).await;
        self.delay().await;
        answer
    }

    fn watch(&self) -> BoxStream<'static, Result<Observation>> {
        self.inner.watch()
    }
}
