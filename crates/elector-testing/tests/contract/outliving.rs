//! Memory stores behind a network: what a caller sent arrives some time later, also when the caller has gone away.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use elector::Result;
use elector::memory::{Memory, MemoryRecords};
use elector::store::{
    Acquire, Backend, Bid, Guarantees, Lease, Observation, Record, RecordStore, Recorded, Release,
    Renew, Request, Seen, Store, Stored, Version,
};
use elector_testing::Fixture;
use futures_core::stream::BoxStream;

/// Does `call` some time later, whether somebody waits for it or not.
async fn send<T: Send + 'static>(call: impl Future<Output = T> + Send + 'static) -> T {
    let delay = Duration::from_millis(rand::random_range(0..20));
    let sent = tokio::spawn(async move {
        tokio::time::sleep(delay).await;
        call.await
    });
    sent.await.expect("the call does not panic")
}

/// The store that expires leases, with whole calls under way.
#[derive(Clone, Debug)]
pub(crate) struct Server(Memory);

impl Server {
    pub(crate) fn new() -> Self {
        Self(Memory::new())
    }
}

#[async_trait]
impl Fixture for Server {
    async fn open(&self) -> Arc<dyn Store> {
        Arc::new(self.clone())
    }
}

impl Store for Server {
    fn election(&self, name: &str) -> Result<Arc<dyn Backend>> {
        Ok(Arc::new(Calls(self.0.election(name)?)))
    }
}

#[derive(Debug)]
struct Calls(Arc<dyn Backend>);

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl Backend for Calls {
    fn election(&self) -> &str {
        self.0.election()
    }

    fn guarantees(&self) -> Guarantees {
        self.0.guarantees()
    }

    async fn acquire(&self, bid: &Bid) -> Result<Acquire> {
        let (inner, bid) = (Arc::clone(&self.0), bid.clone());
        send(async move { inner.acquire(&bid).await }).await
    }

    async fn renew(&self, bid: &Bid, lease: &Lease) -> Result<Renew> {
        let (inner, bid, lease) = (Arc::clone(&self.0), bid.clone(), lease.clone());
        send(async move { inner.renew(&bid, &lease).await }).await
    }

    async fn release(&self, release: &Release) -> Result<()> {
        let (inner, release) = (Arc::clone(&self.0), release.clone());
        send(async move { inner.release(&release).await }).await
    }

    async fn request(&self, request: &Request) -> Result<()> {
        let (inner, request) = (Arc::clone(&self.0), request.clone());
        send(async move { inner.request(&request).await }).await
    }

    fn watch(&self) -> BoxStream<'static, Result<Observation>> {
        self.0.watch()
    }
}

/// The store that compares and swaps, with its writes under way.
#[derive(Clone, Debug)]
pub(crate) struct Records(pub(crate) MemoryRecords);

#[async_trait]
impl Fixture for Records {
    async fn open(&self) -> Arc<dyn Store> {
        Arc::new(self.clone())
    }
}

impl Store for Records {
    fn election(&self, name: &str) -> Result<Arc<dyn Backend>> {
        Ok(Arc::new(Recorded::new(Writes(Arc::new(self.0.record_store(name))))))
    }
}

#[derive(Debug)]
struct Writes<S>(Arc<S>);

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<S: RecordStore> RecordStore for Writes<S> {
    fn election(&self) -> &str {
        self.0.election()
    }

    fn guarantees(&self) -> Guarantees {
        self.0.guarantees()
    }

    async fn load(&self) -> Result<Seen> {
        self.0.load().await
    }

    async fn store(&self, record: &Record, expected: &Version) -> Result<Stored> {
        let (inner, record, expected) = (Arc::clone(&self.0), record.clone(), expected.clone());
        send(async move { inner.store(&record, &expected).await }).await
    }

    fn watch(&self) -> BoxStream<'static, Result<Seen>> {
        self.0.watch()
    }
}
