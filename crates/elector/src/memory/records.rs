//! The form that only compares and swaps.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use futures_core::stream::BoxStream;
use tokio::task::yield_now;

use super::shelf::{Cell, Shelf};
use crate::error::{Error, ErrorKind, Result};
use crate::store::{
    Backend, Expiry, Guarantees, Record, RecordStore, Recorded, Seen, Store, Stored, Version,
};
use crate::token::FencingToken;

/// A store in this process that compares and swaps records, and expires nothing.
///
/// Elections are backends through [`Recorded`]. Fencing tokens are counted beside the record and outlive it; only
/// [`MemoryRecords::wipe`] forgets them.
#[derive(Clone, Debug)]
pub struct MemoryRecords {
    guarantees: Guarantees,
    tokens_are_versions: bool,
    /// Numbers the writes of all elections, so that no two ever have the same version.
    writes: Arc<AtomicU64>,
    elections: Shelf<State>,
}

impl MemoryRecords {
    /// An empty store.
    pub fn new() -> Self {
        let mut guarantees = Guarantees::new("memory-records", Expiry::Observed);
        guarantees.push = true;
        Self {
            guarantees,
            tokens_are_versions: false,
            writes: Arc::default(),
            elections: Shelf::default(),
        }
    }

    /// The same store with leases that are whole multiples of `lease_step`, as Kubernetes' seconds are.
    #[must_use]
    pub fn with_lease_step(mut self, lease_step: Duration) -> Self {
        self.guarantees.lease_step = lease_step;
        self.guarantees.lease_min = lease_step;
        self
    }

    /// The same store with no lease longer than `lease_max`, as Kubernetes' hour is.
    #[must_use]
    pub fn with_lease_max(mut self, lease_max: Duration) -> Self {
        self.guarantees.lease_max = Some(lease_max);
        self
    }

    /// The same store without a count of tokens beside the record: like Kubernetes it takes them from the versions
    /// of its writes, and so knows none where there is no record.
    #[must_use]
    pub fn with_tokens_of_versions(mut self) -> Self {
        self.tokens_are_versions = true;
        self
    }

    /// The bare record of the election called `name`, without the adapter: for tests that put a fault between the two.
    pub fn record_store(&self, name: &str) -> impl RecordStore + use<> {
        self.handle(name)
    }

    /// The record of the election called `name`. For tests.
    pub fn record(&self, name: &str) -> Option<Record> {
        self.elections.cell(name).read(|state| state.record.clone())
    }

    /// Writes `record`, or takes the record away, without comparing, as an edit by hand or a foreign candidate does.
    /// For tests.
    ///
    /// The count of tokens stays: a deletion does not set it back.
    pub fn put(&self, name: &str, record: Option<Record>) {
        let version = self.next_version();
        self.elections.cell(name).change(|state| state.put(record, version));
    }

    /// Takes the record away and keeps the count of tokens. For tests.
    pub fn delete(&self, name: &str) {
        self.put(name, None);
    }

    /// Makes the record unreadable, until the next [`MemoryRecords::put`]. For tests.
    pub fn corrupt(&self, name: &str) {
        self.elections.cell(name).change(|state| state.is_corrupt = true);
    }

    /// Whether the record is still the unreadable one. For tests.
    pub fn is_corrupt(&self, name: &str) -> bool {
        self.elections.cell(name).read(|state| state.is_corrupt)
    }

    /// Claims a proof that the process of the present leader is dead, until the next write. For tests.
    pub fn prove_death(&self, name: &str) {
        self.elections.cell(name).change(|state| state.holder_gone = true);
    }

    /// Forgets everything, the counts of tokens too, as a server does that lost its disk. For tests.
    pub fn wipe(&self) {
        for election in self.elections.all() {
            election.change(|state| *state = State::default());
        }
    }

    fn next_version(&self) -> u64 {
        self.writes.fetch_add(1, Ordering::Relaxed) + 1
    }

    fn handle(&self, name: &str) -> Handle {
        Handle { name: Arc::from(name), store: self.clone(), election: self.elections.cell(name) }
    }
}

impl Default for MemoryRecords {
    fn default() -> Self {
        Self::new()
    }
}

impl Store for MemoryRecords {
    fn election(&self, name: &str) -> Result<Arc<dyn Backend>> {
        Ok(Arc::new(Recorded::new(self.handle(name))))
    }
}

/// What the server keeps of one election.
#[derive(Debug, Default)]
struct State {
    record: Option<Record>,
    /// The number of the latest write; 0 before the first.
    version: u64,
    /// The greatest token ever written.
    token: FencingToken,
    holder_gone: bool,
    is_corrupt: bool,
}

impl State {
    fn put(&mut self, record: Option<Record>, version: u64) {
        if let Some(record) = &record {
            self.token = self.token.max(record.token);
        }
        *self = Self { record, version, token: self.token, holder_gone: false, is_corrupt: false };
    }

    fn version(&self, tokens_are_versions: bool) -> Version {
        if self.record.is_none() && tokens_are_versions {
            return Version::absent();
        }
        Version::new(self.version.to_string())
    }
}

/// The record of one election, as one candidate sees it.
#[derive(Debug)]
struct Handle {
    name: Arc<str>,
    store: MemoryRecords,
    election: Cell<State>,
}

fn seen(state: &State, tokens_are_versions: bool, operation: &'static str) -> Result<Seen> {
    if state.is_corrupt {
        let message = "the record is unreadable; remove it by hand once nobody leads";
        return Err(Error::new(ErrorKind::Corrupt, "memory-records", operation, message));
    }
    let floor = if tokens_are_versions {
        FencingToken::new(state.version).unwrap_or(FencingToken::MAX)
    } else {
        state.token
    };
    Ok(match &state.record {
        Some(record) => {
            let version = state.version(tokens_are_versions);
            Seen::record(record.clone(), version, floor).with_holder_gone(state.holder_gone)
        }
        None if tokens_are_versions => Seen::unknown(),
        None => Seen::missing(state.version(false), floor),
    })
}

#[async_trait]
impl RecordStore for Handle {
    fn election(&self) -> &str {
        &self.name
    }

    fn guarantees(&self) -> Guarantees {
        self.store.guarantees
    }

    async fn load(&self) -> Result<Seen> {
        let seen = self.election.read(|state| seen(state, self.store.tokens_are_versions, "load"));
        // Here others write, so that what was read is old when it is used.
        yield_now().await;
        seen
    }

    async fn store(&self, record: &Record, expected: &Version) -> Result<Stored> {
        let version = self.store.next_version();
        let stored = self.election.change(|state| {
            let tokens_are_versions = self.store.tokens_are_versions;
            if state.is_corrupt || state.version(tokens_are_versions) != *expected {
                return Stored::Conflict;
            }
            state.put(Some(record.clone()), version);
            Stored::Done(state.version(tokens_are_versions))
        });
        yield_now().await;
        Ok(stored)
    }

    fn watch(&self) -> BoxStream<'static, Result<Seen>> {
        let tokens_are_versions = self.store.tokens_are_versions;
        self.election.watch(move |state| seen(state, tokens_are_versions, "watch"))
    }
}
