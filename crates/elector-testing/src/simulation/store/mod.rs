//! The simulated store: linearizable, in either form of the contract, and open to damage.

mod leases;
mod records;
mod remote;

use std::sync::Arc;
use std::time::Duration;

use elector::Result;
use elector::store::{Expiry, Guarantees};

use super::clock::MachineClock;
use super::fact::{Damage, Holder};
use super::network::{Answer, Operation, View};
pub(crate) use leases::Leases;
pub(crate) use records::Records;
pub(crate) use remote::backend;

/// The store's state, in the form that the seed drew.
#[derive(Clone, Debug)]
pub(crate) enum Store {
    /// Compares and swaps; observers tell expiry.
    Records(Records),
    /// Expires leases by a clock of its own.
    Leases(Leases),
}

/// What the store is, drawn once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StoreKind {
    pub(crate) expiry: Expiry,
    pub(crate) lease_step: Duration,
    /// Tokens are versions of writes, as in Kubernetes.
    pub(crate) tokens_are_versions: bool,
}

impl StoreKind {
    pub(crate) fn guarantees(&self) -> Guarantees {
        let mut guarantees = Guarantees::new("simulation", self.expiry);
        guarantees.push = true;
        guarantees.lease_step = self.lease_step;
        guarantees.lease_min = self.lease_step;
        guarantees
    }
}

impl Store {
    pub(crate) fn new(kind: StoreKind, clock: MachineClock) -> Self {
        match kind.expiry {
            Expiry::Server => Self::Leases(Leases::new(kind.guarantees(), clock)),
            _ => Self::Records(Records::new(kind.tokens_are_versions)),
        }
    }

    pub(crate) fn apply(&mut self, operation: &Operation) -> Result<Answer> {
        match self {
            Self::Records(records) => records.apply(operation),
            Self::Leases(leases) => leases.apply(operation),
        }
    }

    /// A number that rises with every change.
    pub(crate) fn changes(&self) -> u64 {
        match self {
            Self::Records(records) => records.changes(),
            Self::Leases(leases) => leases.changes(),
        }
    }

    pub(crate) fn holder(&self) -> Holder {
        match self {
            Self::Records(records) => records.holder(),
            Self::Leases(leases) => leases.holder(),
        }
    }

    pub(crate) fn view(&self) -> Result<View> {
        match self {
            Self::Records(records) => records.seen("watch").map(View::Seen),
            Self::Leases(leases) => Ok(View::Observation(leases.observation())),
        }
    }

    /// The true moment at which the present lease runs out by itself.
    pub(crate) fn expires(&self) -> Option<u64> {
        match self {
            Self::Records(_) => None,
            Self::Leases(leases) => leases.expires(),
        }
    }

    /// Changes something in the record that is no sign of life.
    pub(crate) fn touch(&mut self) {
        if let Self::Records(records) = self {
            records.touch();
        }
    }

    /// Makes the record unreadable, or readable again.
    pub(crate) fn set_corrupt(&mut self, corrupt: bool) {
        if let Self::Records(records) = self {
            records.set_corrupt(corrupt);
        }
    }

    pub(crate) fn damage(&mut self, damage: Damage, backup: &Self, lease: Duration) {
        match (self, backup) {
            (Self::Records(records), Self::Records(backup)) => {
                records.damage(damage, backup, lease)
            }
            (Self::Leases(leases), Self::Leases(backup)) => leases.damage(damage, backup, lease),
            _ => {}
        }
    }
}

/// The name of the one election there is.
pub(crate) const ELECTION: &str = "simulated";

/// A name without a session, as a candidate of another kind writes it.
pub(crate) fn foreign() -> Arc<str> {
    Arc::from("foreign")
}
