//! What a store can promise.

use std::time::Duration;

/// What a backend promises, stated and not tried out.
///
/// `docs/guarantees.md` says which of the product's promises follow from which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Guarantees {
    /// The backend's short name, as in metrics and errors.
    pub backend: &'static str,
    /// Who decides that a lease has run out.
    pub expiry: Expiry,
    /// Whether an acknowledged write can be lost.
    pub consistency: Consistency,
    /// The unit of lease durations: what was asked for is rounded up to a multiple of it.
    pub lease_step: Duration,
    /// The shortest lease the store grants.
    pub lease_min: Duration,
    /// The longest lease to ask of it, if there is such a limit.
    pub lease_max: Option<Duration>,
    /// Whether the store tells its watchers of a change at once.
    pub push: bool,
    /// How often a follower reads the store although it is told of changes, if it does.
    pub poll: Option<Duration>,
    /// Whether the death of a leader's process is proven by the store, so that its lease ends at once.
    pub proof_of_death: bool,
}

impl Guarantees {
    /// Promises of a linearizable store with leases of a millisecond and more, no push, no poll, no proof of death.
    pub const fn new(backend: &'static str, expiry: Expiry) -> Self {
        Self {
            backend,
            expiry,
            consistency: Consistency::Linearizable,
            lease_step: Duration::from_millis(1),
            lease_min: Duration::from_millis(1),
            lease_max: None,
            push: false,
            poll: None,
            proof_of_death: false,
        }
    }

    /// The lease that this store grants to a bid for `asked`: a whole number of its steps, and never shorter.
    pub fn granted(&self, asked: Duration) -> Duration {
        let step = self.lease_step.as_nanos().max(1);
        let nanos = asked.max(self.lease_min).as_nanos().div_ceil(step) * step;
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }
}

/// Who decides that a lease has run out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Expiry {
    /// The store, by its own clock.
    Server,
    /// Each rival, by its own clock, from when it saw the leader's latest sign of life.
    Observed,
}

/// Whether an acknowledged write can be lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Consistency {
    /// Never while the store's own assumptions hold.
    Linearizable,
    /// By a fail-over, an eviction or a restart. Two leaders are possible; tokens hold only along one history.
    MayLoseWrites,
}
