//! Calls that fail by chance.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use elector::Result;
use elector::store::{
    Acquire, Backend, Bid, Guarantees, Lease, Observation, Release, Renew, Request,
};
use futures_core::stream::BoxStream;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use super::no_answer;

/// A backend in which a share of all calls answers an error: half of those before they are applied, half after.
///
/// The same seed and the same order of calls fail in the same way. Watches are never broken.
#[derive(Clone, Debug)]
pub struct Flaky {
    inner: Arc<dyn Backend>,
    dice: Arc<Mutex<StdRng>>,
    share: f64,
}

enum Fate {
    Good,
    RequestLost,
    ReplyLost,
}

impl Flaky {
    /// Fails this `share` of the calls, from 0 (none) to 1 (all).
    pub fn new(inner: Arc<dyn Backend>, seed: u64, share: f64) -> Self {
        let dice = StdRng::seed_from_u64(seed);
        Self { inner, dice: Arc::new(Mutex::new(dice)), share: share.clamp(0.0, 1.0) }
    }

    fn fate(&self) -> Fate {
        let mut dice = self.dice.lock().unwrap_or_else(PoisonError::into_inner);
        match (dice.random_bool(self.share), dice.random_bool(0.5)) {
            (false, _) => Fate::Good,
            (true, false) => Fate::RequestLost,
            (true, true) => Fate::ReplyLost,
        }
    }

    async fn through<T>(
        &self,
        operation: &'static str,
        call: impl Future<Output = Result<T>> + Send,
    ) -> Result<T> {
        match self.fate() {
            Fate::Good => call.await,
            Fate::RequestLost => Err(no_answer(operation)),
            Fate::ReplyLost => call.await.and_then(|_| Err(no_answer(operation))),
        }
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl Backend for Flaky {
    fn election(&self) -> &str {
        self.inner.election()
    }

    fn guarantees(&self) -> Guarantees {
        self.inner.guarantees()
    }

    async fn acquire(&self, bid: &Bid) -> Result<Acquire> {
        self.through("acquire", self.inner.acquire(bid)).await
    }

    async fn renew(&self, bid: &Bid, lease: &Lease) -> Result<Renew> {
        self.through("renew", self.inner.renew(bid, lease)).await
    }

    async fn release(&self, release: &Release) -> Result<()> {
        self.through("release", self.inner.release(release)).await
    }

    async fn request(&self, request: &Request) -> Result<()> {
        self.through("request", self.inner.request(request)).await
    }

    fn watch(&self) -> BoxStream<'static, Result<Observation>> {
        self.inner.watch()
    }
}
