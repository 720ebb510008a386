//! Candidates of one election, in both forms of the memory store.

use std::sync::Arc;
use std::time::Duration;

use elector::memory::{Memory, MemoryRecords};
use elector::{Backend, Builder, Elector, Runtime, Store};

pub(crate) const LEASE: Duration = Duration::from_secs(15);

/// A store and the runtime of the test.
#[derive(Clone)]
pub(crate) struct Cluster {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) runtime: Runtime,
}

impl Cluster {
    pub(crate) fn new(store: impl Store) -> Self {
        Self { store: Arc::new(store), runtime: Runtime::current() }
    }

    /// The two forms of the memory store.
    pub(crate) fn both() -> [Self; 2] {
        [Self::new(Memory::new()), Self::new(MemoryRecords::new())]
    }

    pub(crate) fn backend(&self) -> Arc<dyn Backend> {
        self.store.election("test").unwrap()
    }

    pub(crate) fn builder(&self, name: &str) -> Builder {
        Elector::builder(self.backend(), name).runtime(self.runtime.clone()).lease_duration(LEASE)
    }

    pub(crate) fn elector(&self, name: &str) -> Elector {
        self.builder(name).build().unwrap()
    }
}

/// Seconds.
pub(crate) const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}
