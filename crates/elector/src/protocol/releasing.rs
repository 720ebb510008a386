//! Giving a lease up, after the work has stopped.

use crate::clock::Moment;
use crate::error::ErrorKind;
use crate::protocol::{Call, Chance, Effect, Effects, Protocol, State};
use crate::store::{Lease, Release};

/// A lease that is being given up.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Releasing {
    /// `None` after an acquire of unknown outcome.
    pub(super) lease: Option<Lease>,
    /// When the next attempt is due.
    pub(super) next_at: Moment,
    /// When the lease has run out for everybody, so that there is nothing left to give up.
    pub(super) until: Moment,
}

impl Protocol {
    /// Gives up a lease, or with `None` whatever an acquire of unknown outcome obtained.
    pub(super) fn give_up(&mut self, lease: Option<Lease>) {
        if lease.is_some() {
            // What was seen before a term of one's own has ended with it.
            self.sight.forget();
        }
        let until = self.now + self.rules.budget.lease_duration();
        self.state = State::Releasing(Releasing { lease, next_at: self.now, until });
    }

    pub(super) fn release_if_due(&mut self, effects: &mut Effects) {
        let State::Releasing(releasing) = &self.state else { return };
        if self.now < releasing.next_at {
            return;
        }
        let lease = releasing.lease.clone();
        self.send(
            self.rules.budget.attempt_timeout(),
            |rules, number| Call::Release(Release::new(rules.candidate.clone(), number, lease)),
            effects,
        );
    }

    pub(super) fn released(
        &mut self,
        answer: Result<(), ErrorKind>,
        chance: Chance,
        effects: &mut Effects,
    ) {
        let State::Releasing(releasing) = &mut self.state else { return };
        let done = answer.is_ok();
        if !done && self.now < releasing.until {
            // At least a little later: an immediate refusal must not become a busy loop.
            let least = self.rules.budget.backoff() / 4;
            releasing.next_at = self.now + least + chance.of(self.rules.budget.backoff());
            return;
        }
        self.unclear = false;
        effects.push(Effect::Settled(done));
        self.settle(effects);
    }
}
