//! A backend that fails by switch.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use elector::store::{Acquire, Bid, Guarantees, Lease, Observation, Release, Renew, Request};
use elector::{Backend, Error, ErrorKind, Result};
use futures_core::stream::BoxStream;
use futures_util::{StreamExt as _, stream};
use std::future::pending;
use tokio::time::sleep;

/// What happens to the calls of one candidate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Fault {
    None,
    /// Nothing reaches the store, and it says so at once.
    Fails(ErrorKind),
    /// Nothing reaches the store, and nothing comes back.
    Hangs,
    /// Calls take effect; their answers do not come back.
    LosesReplies,
    /// Calls take effect, and are answered with doubt.
    AnswersWithDoubt,
    /// Calls take effect at once and are answered later.
    SlowReplies(Duration),
    /// Calls take effect later.
    SlowRequests(Duration),
    /// The backend has a bug.
    Panics,
}

/// A backend with a switch. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Faulty {
    inner: Arc<dyn Backend>,
    fault: Arc<Mutex<Fault>>,
}

impl Faulty {
    pub(crate) fn new(inner: Arc<dyn Backend>) -> Self {
        Self { inner, fault: Arc::new(Mutex::new(Fault::None)) }
    }

    pub(crate) fn set(&self, fault: Fault) {
        *self.fault.lock().unwrap() = fault;
    }

    fn fault(&self) -> Fault {
        *self.fault.lock().unwrap()
    }

    async fn call<T>(
        &self,
        operation: &'static str,
        call: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        let doubt = |kind| Error::new(kind, "faulty", operation, "as asked");
        match self.fault() {
            Fault::None => call.await,
            Fault::Fails(kind) => Err(doubt(kind)),
            Fault::Hangs => pending().await,
            Fault::LosesReplies => {
                let _ = call.await;
                pending().await
            }
            Fault::AnswersWithDoubt => {
                let _ = call.await;
                Err(doubt(ErrorKind::Unavailable))
            }
            Fault::SlowReplies(late) => {
                let answer = call.await;
                sleep(late).await;
                answer
            }
            Fault::SlowRequests(late) => {
                sleep(late).await;
                call.await
            }
            Fault::Panics => panic!("as asked"),
        }
    }
}

#[async_trait]
impl Backend for Faulty {
    fn election(&self) -> &str {
        self.inner.election()
    }

    fn guarantees(&self) -> Guarantees {
        self.inner.guarantees()
    }

    async fn acquire(&self, bid: &Bid) -> Result<Acquire> {
        self.call("acquire", self.inner.acquire(bid)).await
    }

    async fn renew(&self, bid: &Bid, lease: &Lease) -> Result<Renew> {
        self.call("renew", self.inner.renew(bid, lease)).await
    }

    async fn release(&self, release: &Release) -> Result<()> {
        self.call("release", self.inner.release(release)).await
    }

    async fn request(&self, request: &Request) -> Result<()> {
        self.call("request", self.inner.request(request)).await
    }

    /// Shows nothing while the store cannot be reached, and then how things stand.
    fn watch(&self) -> BoxStream<'static, Result<Observation>> {
        let this = self.clone();
        let inner = self.inner.watch();
        stream::unfold((this, inner), |(this, mut inner)| async move {
            loop {
                let item = inner.next().await?;
                if this.fault() == Fault::None {
                    return Some((item, (this, inner)));
                }
                if let Fault::Fails(kind) = this.fault() {
                    let error = Error::new(kind, "faulty", "watch", "as asked");
                    return Some((Err(error), (this, inner)));
                }
                while this.fault() != Fault::None {
                    sleep(Duration::from_millis(500)).await;
                }
                inner = this.inner.watch();
            }
        })
        .boxed()
    }
}
