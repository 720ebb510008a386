//! Electors that are broken on purpose, for the judge to find.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use elector::clock::{BootClock, Clock, Moment, Sleep};
use elector::memory::Memory;
use elector::store::{
    Acquire, Bid, Guarantees, Lease, Observation, Release, Renew, Request, Store as _,
};
use elector::{Backend, Result, Runtime};
use elector_trial::candidate::Candidacy;
use futures_core::stream::BoxStream;
use futures_util::{StreamExt as _, stream};

use crate::candidate::{election, register, with_clock};

/// A store that says yes to everybody, because every process has one of its own.
pub(crate) fn private(folder: &Path, name: &str, lease: Duration) -> Result<()> {
    let backend = Memory::new().election("trial")?;
    Candidacy::new(backend, name, lease).register(&register(folder)).run()
}

/// A leader that never hears that its term is lost.
pub(crate) fn deaf(folder: &Path, name: &str, lease: Duration) -> Result<()> {
    let backend = Arc::new(Unheard { backend: election(folder), renewal: None });
    Candidacy::new(backend, name, lease).run()
}

/// A leader whose clock stands still while its process does, and that hears late that its term is lost.
pub(crate) fn sleepwalker(folder: &Path, name: &str, lease: Duration) -> Result<()> {
    let backend = Arc::new(Unheard { backend: election(folder), renewal: Some(lease / 20) });
    let mut io = tokio::runtime::Builder::new_multi_thread();
    let io = io.worker_threads(1).enable_all().build().unwrap();
    let runtime = Runtime::new(io.handle().clone(), Arc::new(Drowsy::new()));
    Candidacy::new(backend, name, lease).runtime(runtime).run()
}

/// A follower that waits for half the lease, because its clock is twice as fast and nobody knows.
pub(crate) fn hasty(folder: &Path, name: &str, lease: Duration) -> Result<()> {
    with_clock(Candidacy::new(election(folder), name, lease), 2.0)
}

/// A backend whose watch is silent, and whose renewals take this time, or are never asked for and always granted.
#[derive(Debug)]
struct Unheard {
    backend: Arc<dyn Backend>,
    renewal: Option<Duration>,
}

#[async_trait]
impl Backend for Unheard {
    fn election(&self) -> &str {
        self.backend.election()
    }

    fn guarantees(&self) -> Guarantees {
        self.backend.guarantees()
    }

    async fn acquire(&self, bid: &Bid) -> Result<Acquire> {
        self.backend.acquire(bid).await
    }

    async fn renew(&self, bid: &Bid, lease: &Lease) -> Result<Renew> {
        let Some(time) = self.renewal else { return Ok(Renew::Kept(lease.clone(), None)) };
        tokio::time::sleep(time).await;
        self.backend.renew(bid, lease).await
    }

    async fn release(&self, release: &Release) -> Result<()> {
        self.backend.release(release).await
    }

    async fn request(&self, request: &Request) -> Result<()> {
        self.backend.request(request).await
    }

    fn watch(&self) -> BoxStream<'static, Result<Observation>> {
        stream::pending().boxed()
    }
}

/// A clock that does not count the time in which nobody read it, apart from a little.
#[derive(Clone, Debug)]
struct Drowsy {
    host: Arc<BootClock>,
    /// The host's clock and this one at the latest reading.
    latest: Arc<Mutex<(Moment, Moment)>>,
}

impl Drowsy {
    const STEP: Duration = Duration::from_millis(5);

    fn new() -> Self {
        let host = BootClock::new();
        let now = host.now();
        Self { host: Arc::new(host), latest: Arc::new(Mutex::new((now, now))) }
    }
}

impl Clock for Drowsy {
    fn now(&self) -> Moment {
        let mut latest = self.latest.lock().unwrap();
        let now = self.host.now();
        let passed = now.since(latest.0).min(4 * Self::STEP);
        *latest = (now, latest.1 + passed);
        latest.1
    }

    fn sleep_until(&self, at: Moment) -> Sleep {
        let clock = self.clone();
        Box::pin(async move {
            while clock.now() < at {
                let left = at.since(clock.now()).min(Self::STEP);
                clock.host.sleep_until(clock.host.now() + left).await;
            }
        })
    }
}
