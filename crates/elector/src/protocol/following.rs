//! Waiting for the election to be free, and bidding for it.

use std::time::Duration;

use crate::clock::Moment;
use crate::error::ErrorKind;
use crate::flaw::{self, Flaw};
use crate::protocol::{Call, Chance, Effect, Effects, Protocol, State, Tenure};
use crate::store::{Acquire, Lease, Observation};

/// A candidate that waits.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Following {
    /// When the next bid is due.
    pub(super) bid_at: Option<Moment>,
    /// No bid before this moment: after a resignation, or after failures.
    pub(super) not_before: Moment,
    /// Bids in a row that were answered with doubt, or lost to another although the election looked free.
    pub(super) failures: u32,
}

impl Protocol {
    /// Starts to contend, once the rest after a resignation is over.
    pub(super) fn follow(&mut self) {
        self.resume_following(0, self.rest_until);
    }

    fn resume_following(&mut self, failures: u32, not_before: Moment) {
        self.state = State::Following(Following { bid_at: None, not_before, failures });
        self.plan_bid();
    }

    fn plan_bid(&mut self) {
        let opening = self.sight.opening(self.now, &self.rules.candidate);
        if let State::Following(following) = &mut self.state {
            following.bid_at = opening.at.map(|at| at.max(following.not_before));
        }
    }

    pub(super) fn observed(&mut self, observation: Observation, effects: &mut Effects) {
        if self.valid_until().is_some() {
            return self.observed_leading(observation, effects);
        }
        if matches!(self.state, State::Bidding) {
            self.heard = Some(observation.standing.clone());
        }
        self.sight.observe(self.now, observation, &self.rules.candidate);
        self.plan_bid();
    }

    /// Takes note of an answer. If the watch showed something else while it was on its way, either may be the older of
    /// the two, and the watch does not repeat itself: then only another bid can tell.
    pub(super) fn observe_answer(&mut self, sent: Moment, observation: Observation) {
        let doubted = self.heard.take().is_some_and(|heard| heard != observation.standing);
        let at = if flaw::is_on(Flaw::TimerFromRequest) { sent } else { self.now };
        self.sight.observe(at, observation, &self.rules.candidate);
        if doubted {
            self.sight.doubt();
        }
    }

    /// A broken watch hides a free election: a bid will find out, unless a timer will anyway.
    pub(super) fn watch_failed(&mut self, chance: Chance) {
        let longest = self.rules.budget.renew_interval();
        if let State::Following(following) = &mut self.state
            && following.bid_at.is_none()
        {
            following.bid_at = Some((self.now + chance.of(longest)).max(following.not_before));
        }
    }

    pub(super) fn bid_if_due(&mut self, effects: &mut Effects) {
        let State::Following(following) = &self.state else { return };
        if following.bid_at.is_none_or(|at| self.now < at) {
            return;
        }
        let failures = following.failures;
        let opening = self.sight.opening(self.now, &self.rules.candidate);
        let floor = self.token_floor();
        self.failures_before = failures;
        self.state = State::Bidding;
        self.send(
            self.rules.budget.attempt_timeout(),
            |rules, number| {
                Call::Acquire(
                    rules.bid(number).with_may_take(opening.may_take).with_token_floor(floor),
                )
            },
            effects,
        );
    }

    pub(super) fn acquired(
        &mut self,
        sent: Moment,
        answer: Result<Acquire, ErrorKind>,
        chance: Chance,
        effects: &mut Effects,
    ) {
        let failures = self.failures_before;
        self.proven |= answer.is_ok();
        match answer {
            Ok(Acquire::Won(lease)) => {
                self.unclear = false;
                self.won(sent, lease, chance, effects);
            }
            Ok(Acquire::Held(observation)) => {
                self.observe_answer(sent, observation);
                let opening = self.sight.opening(self.now, &self.rules.candidate);
                if opening.at.is_some_and(|at| at <= self.now) {
                    // It looked free and was lost to another, or the bid permitted too little.
                    let wait = self.backoff(failures, chance, self.rules.budget.backoff());
                    self.resume_following(failures.saturating_add(1), self.now + wait);
                } else {
                    self.resume_following(0, self.now);
                }
            }
            Err(kind) if self.is_hopeless(kind) => {
                self.wanted = false;
                self.shutdown = true;
                effects.push(Effect::Fail);
                self.settle(effects);
            }
            Err(kind) => {
                // What was refused, or not understood, was not applied; anything else may have been.
                let refused = [ErrorKind::Denied, ErrorKind::Invalid, ErrorKind::Corrupt];
                self.unclear |= !refused.contains(&kind);
                let wait = self.backoff(failures, chance, self.rules.budget.renew_interval());
                self.resume_following(failures.saturating_add(1), self.now + wait);
                if let State::Following(following) = &mut self.state {
                    // The bid may have won: the next one finds out, whoever seemed to lead before.
                    following.bid_at = Some(following.not_before);
                }
            }
        }
    }

    /// Whether an answer says that no bid of this election can ever succeed.
    fn is_hopeless(&self, kind: ErrorKind) -> bool {
        (kind == ErrorKind::Invalid && !self.proven) || flaw::is_final(kind)
    }

    fn won(&mut self, sent: Moment, lease: Lease, chance: Chance, effects: &mut Effects) {
        let floor = self.token_floor();
        let mut tenure = Tenure::new(&self.rules.budget, lease, sent, self.now);
        tenure.spread(&self.rules.budget, chance);
        if tenure.lease.token <= floor && !flaw::takes_any_token() {
            effects.push(Effect::Refused { token: tenure.lease.token, floor });
            self.rest_until = self.now + self.rules.budget.lease_duration();
            return self.give_up(Some(tenure.lease));
        }
        self.latest_token = tenure.lease.token;
        // A win that came too late to work with is given back.
        if !self.wanted || self.now >= tenure.stop_at {
            return self.give_up(Some(tenure.lease));
        }
        effects.push(Effect::Begin { token: tenure.lease.token, valid_until: tenure.valid_until });
        self.state = State::Leading(tenure);
    }

    /// Nobody wants to lead any more: stops waiting, and clears up a bid whose outcome is unknown.
    pub(super) fn withdraw(&mut self, effects: &mut Effects) {
        match self.state {
            State::Bidding => {
                self.abandon(effects);
                self.unclear = true;
                self.settle(effects);
            }
            State::Following(_) | State::Idle => self.settle(effects),
            State::Leading(_) | State::Draining(..) | State::Releasing(_) | State::Stopped => {}
        }
    }

    /// Goes where a candidate without lease and without work belongs.
    pub(super) fn settle(&mut self, effects: &mut Effects) {
        if self.wanted {
            self.follow();
        } else if self.unclear {
            self.give_up(None);
        } else if self.shutdown {
            self.state = State::Stopped;
            effects.push(Effect::Stopped);
        } else {
            self.state = State::Idle;
        }
    }

    pub(super) fn token_floor(&self) -> crate::token::FencingToken {
        if flaw::is_on(Flaw::FloorForgotten) {
            return self.rules.token_floor;
        }
        self.rules.token_floor.max(self.sight.highest()).max(self.latest_token)
    }

    /// Full jitter: anything up to a bound that doubles with every failure, and never more than `longest`.
    fn backoff(&self, failures: u32, chance: Chance, longest: Duration) -> Duration {
        let first = self.rules.budget.backoff().max(Duration::from_millis(1));
        let bound = first.saturating_mul(1 << failures.min(16)).min(longest);
        chance.of(bound)
    }
}
