//! The moments of one term, all counted from when its last renewal was sent.

use std::time::Duration;

use crate::budget::Budget;
use crate::clock::Moment;
use crate::flaw::{self, Flaw};
use crate::protocol::{Chance, Ended};
use crate::store::Lease;

/// A lease in hand and the moments that follow from it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Tenure {
    pub(super) lease: Lease,
    /// Until when the term is valid; moves only by a renewal, and back only when that was granted for less.
    pub(super) valid_until: Moment,
    /// When the work must be told to stop.
    pub(super) stop_at: Moment,
    /// When work that has not stopped has overrun its budget, which is before a rival may start.
    pub(super) overrun_at: Moment,
    /// When the next attempt to renew is due.
    pub(super) renew_at: Moment,
    /// The attempts to renew that failed since the last that did not.
    pub(super) failures: u32,
    /// The last sign of life of the work.
    pub(super) alive_at: Moment,
    /// Something was seen that only a renewal can verify.
    pub(super) verify: bool,
}

impl Tenure {
    /// The term of a lease whose request was sent at `sent`.
    pub(super) fn new(budget: &Budget, lease: Lease, sent: Moment, now: Moment) -> Self {
        let mut tenure = Self {
            lease,
            valid_until: Moment::default(),
            stop_at: Moment::default(),
            overrun_at: Moment::default(),
            renew_at: Moment::default(),
            failures: 0,
            alive_at: now,
            verify: false,
        };
        tenure.anchor(budget, sent);
        tenure
    }

    /// Takes over a renewed lease whose request was sent at `sent`.
    pub(super) fn renewed(&mut self, budget: &Budget, lease: Lease, sent: Moment) {
        self.lease = lease;
        self.failures = 0;
        self.anchor(budget, sent);
    }

    /// Brings the next renewal forward by anything up to half an interval: what was won together, or renewed together
    /// after an outage, is not renewed together for ever.
    pub(super) fn spread(&mut self, budget: &Budget, chance: Chance) {
        let most = budget.renew_interval() / 2;
        self.renew_at = self.renew_at.back(most - chance.of(most));
    }

    fn anchor(&mut self, budget: &Budget, sent: Moment) {
        let valid_until = sent + flaw::hold(budget, self.lease.duration);
        let reserve = budget.stop_budget() + budget.pause_allowance();
        let stop_at = (sent + budget.renew_deadline()).min(valid_until.back(reserve));
        let stop_at = if flaw::is_on(Flaw::StopsAtTheEnd) { valid_until } else { stop_at };
        // Rivals wait for what the record says now, however long the last renewal was good for: no maximum of the two.
        self.valid_until = valid_until;
        self.stop_at = stop_at;
        self.overrun_at = self.stop_at + budget.stop_budget() + budget.pause_allowance() / 2;
        self.renew_at = sent + flaw::renew_interval(budget);
    }
}

/// Work that was told to stop.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Drain {
    pub(super) why: Ended,
    /// When the work is stopped by force.
    pub(super) force_at: Moment,
    pub(super) forced: bool,
    /// When an overrun is reported at the latest, if no renewal helps.
    pub(super) overrun_by: Option<Moment>,
    /// The least time that the work has before an overrun is reported, whatever the lease says: a process that
    /// wakes after its lease has run out could not stop anything sooner.
    pub(super) overrun_after: Moment,
    pub(super) overrun: bool,
}

impl Drain {
    pub(super) fn new(budget: &Budget, tenure: &Tenure, why: Ended, now: Moment) -> Self {
        let grace: Duration = budget.pause_allowance() / 2;
        let force_at =
            (now + budget.stop_budget()).min(now.max(tenure.stop_at + budget.stop_budget()));
        let overrun_by = matches!(why, Ended::Lost(_)).then(|| now + budget.stop_budget() + grace);
        Self {
            why,
            force_at,
            forced: false,
            overrun_by,
            overrun_after: now + grace,
            overrun: false,
        }
    }

    pub(super) fn lost(&self) -> bool {
        matches!(self.why, Ended::Lost(_))
    }

    /// Whether the lease is still renewed while the work stops.
    pub(super) fn renews(&self) -> bool {
        !matches!(self.why, Ended::Lost(_) | Ended::Unresponsive)
    }

    /// When this drain has overrun.
    pub(super) fn overrun_at(&self, tenure: &Tenure) -> Moment {
        let by_lease = self.overrun_by.unwrap_or(tenure.overrun_at).min(tenure.overrun_at);
        by_lease.max(self.overrun_after)
    }
}
