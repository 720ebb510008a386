//! Faults on the leader of a [`Stage`] and on its store, and how long each took to mend.

mod bound;
mod clocks;
mod freeze;
mod kill;
mod kind;
mod resign;
mod restart;
mod trouble;

use std::time::Duration;

use crate::stage::{Leader, Stage};

pub use bound::bound;
pub use clocks::{fast_clock, slow_clock};
pub use freeze::freeze;
pub(crate) use freeze::freeze_and;
pub use kill::kill;
pub use kind::Fault;
pub(crate) use kind::Reach;
pub use resign::resign;
pub use restart::restart_all;
pub use trouble::{deaf_follower, trouble};

/// A fault that was mended: somebody leads again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mended {
    /// What was done.
    pub fault: Fault,
    /// To whom.
    pub from: Leader,
    /// Who leads now; the same one if the fault cost it nothing.
    pub to: Leader,
    /// From just before the fault to the moment in which the next leader was told that it leads; from the fault's end on
    /// for one that keeps everybody from the store. Nothing if the leader stayed the same.
    pub took: Duration,
    /// By how much that was later than the earliest moment at which a rival may start, where a rival has to wait:
    /// the old leader's last renewal and one lease. Known for a freeze; one that was too early is in the verdict.
    pub overshoot: Option<Duration>,
    /// What is promised of `took`: [`bound`].
    pub bound: Duration,
}

impl Mended {
    /// After a fault at `at`, in nanoseconds of the host's clock.
    fn new(stage: &Stage, fault: Fault, at: u64, from: Leader, to: Leader) -> Self {
        let took = Duration::from_nanos(to.since.saturating_sub(at));
        let bound = bound(fault, stage.budget(), stage.guarantees().proof_of_death);
        Self { fault, from, to, took, overshoot: None, bound }
    }

    /// Whether somebody led again within the bound.
    pub fn in_time(&self) -> bool {
        self.took <= self.bound
    }
}
