//! Calls that fail at once and are applied later.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use elector::Result;
use elector::store::{
    Acquire, Backend, Bid, Guarantees, Lease, Observation, Release, Renew, Request,
};
use futures_core::stream::BoxStream;

use super::no_answer;

/// A backend that holds the next so many calls back: each answers an error at once, and the whole call is made some
/// time of tokio's clock later, whatever has happened meanwhile.
///
/// This is harsher than a network is to a store that compares and swaps: there only the write is late, and it expects
/// an old version. Poll such a call by hand, and hold it, for that.
#[derive(Clone, Debug)]
pub struct LateApply {
    inner: Arc<dyn Backend>,
    late: Arc<Mutex<Late>>,
}

#[derive(Debug, Default)]
struct Late {
    calls: usize,
    by: Duration,
}

impl LateApply {
    /// Holds nothing back yet.
    pub fn new(inner: Arc<dyn Backend>) -> Self {
        Self { inner, late: Arc::default() }
    }

    /// Applies the next `calls` calls late by so much.
    pub fn delay_next(&self, calls: usize, by: Duration) {
        *self.late.lock().unwrap_or_else(PoisonError::into_inner) = Late { calls, by };
    }

    fn is_late(&self) -> Option<Duration> {
        let mut late = self.late.lock().unwrap_or_else(PoisonError::into_inner);
        late.calls = late.calls.checked_sub(1)?;
        Some(late.by)
    }

    /// Makes `call` after `by`, for nobody.
    fn later<T, F>(&self, by: Duration, call: impl FnOnce(Arc<dyn Backend>) -> F + Send + 'static)
    where
        F: Future<Output = T> + Send,
    {
        let inner = Arc::clone(&self.inner);
        tokio::spawn(async move {
            tokio::time::sleep(by).await;
            call(inner).await;
        });
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl Backend for LateApply {
    fn election(&self) -> &str {
        self.inner.election()
    }

    fn guarantees(&self) -> Guarantees {
        self.inner.guarantees()
    }

    async fn acquire(&self, bid: &Bid) -> Result<Acquire> {
        let Some(by) = self.is_late() else { return self.inner.acquire(bid).await };
        let bid = bid.clone();
        self.later(by, |inner| async move { inner.acquire(&bid).await });
        Err(no_answer("acquire"))
    }

    async fn renew(&self, bid: &Bid, lease: &Lease) -> Result<Renew> {
        let Some(by) = self.is_late() else { return self.inner.renew(bid, lease).await };
        let (bid, lease) = (bid.clone(), lease.clone());
        self.later(by, |inner| async move { inner.renew(&bid, &lease).await });
        Err(no_answer("renew"))
    }

    async fn release(&self, release: &Release) -> Result<()> {
        let Some(by) = self.is_late() else { return self.inner.release(release).await };
        let release = release.clone();
        self.later(by, |inner| async move { inner.release(&release).await });
        Err(no_answer("release"))
    }

    async fn request(&self, request: &Request) -> Result<()> {
        let Some(by) = self.is_late() else { return self.inner.request(request).await };
        let request = request.clone();
        self.later(by, |inner| async move { inner.request(&request).await });
        Err(no_answer("request"))
    }

    fn watch(&self) -> BoxStream<'static, Result<Observation>> {
        self.inner.watch()
    }
}
