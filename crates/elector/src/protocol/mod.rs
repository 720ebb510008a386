//! The election as a pure state machine.
//!
//! [`Protocol::step`] takes what happened and says what to do. It reads no clock, draws no random number and does no
//! I/O: the driver that runs in users' processes, the simulator and the model checker all call this very function.
//! Every decision about time is taken here.

mod canonical;
mod event;
mod following;
mod leading;
mod releasing;
mod sight;
mod tenure;

use std::time::Duration;

use crate::budget::Budget;
use crate::clock::Moment;
use crate::flaw::{self, Flaw};
use crate::store::{Bid, Candidate, Expiry, Leader, Standing};
use crate::token::FencingToken;

#[doc(hidden)]
pub use canonical::Renaming;
pub use event::{Answer, Call, Chance, Effect, Ended, Event};
pub(crate) use sight::Sight;
use tenure::{Drain, Tenure};

/// What a candidate is told once.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rules {
    /// Who stands.
    pub candidate: Candidate,
    /// The budget of time.
    pub budget: Budget,
    /// Who decides that a lease has run out.
    pub expiry: Expiry,
    /// No term may have a token that is not greater than this one.
    pub token_floor: FencingToken,
    /// How long the work may give no sign of life.
    pub liveness_gate: Option<Duration>,
    /// How long a store with expiry of its own may be silent before a follower asks it.
    pub poll: Option<Duration>,
    /// Whether a record that is missing from the first is waited out like one that vanished.
    pub distrust_missing: bool,
}

impl Rules {
    /// The rules of a candidate without floor, gate or distrust.
    pub fn new(candidate: Candidate, budget: Budget, expiry: Expiry) -> Self {
        Self {
            candidate,
            budget,
            expiry,
            token_floor: FencingToken::ZERO,
            liveness_gate: None,
            poll: None,
            distrust_missing: false,
        }
    }
}

/// One candidate in one election.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Protocol {
    rules: Rules,
    state: State,
    sight: Sight,
    now: Moment,
    /// The number of the latest attempt.
    attempts: u64,
    in_flight: Option<InFlight>,
    /// Somebody in this process wants to lead.
    wanted: bool,
    shutdown: bool,
    /// An acquire has an unknown outcome: the store may hold the election for us.
    unclear: bool,
    /// The store has answered before: the election can work as it is configured.
    proven: bool,
    /// No bid before this moment: somebody else shall have the election.
    rest_until: Moment,
    /// How the watch showed the election to stand while a call was on its way: the answer may be older.
    heard: Option<Standing>,
    /// Bids in a row without success, kept while a bid is on its way.
    failures_before: u32,
    /// The greatest token of a term of ours.
    latest_token: FencingToken,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum State {
    Idle,
    Following(following::Following),
    Bidding,
    Leading(Tenure),
    Draining(Tenure, Drain),
    Releasing(releasing::Releasing),
    Stopped,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct InFlight {
    number: u64,
    sent: Moment,
    deadline: Moment,
}

/// Where a candidate stands, for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Phase {
    /// Nobody in this process wants to lead.
    Idle,
    /// It waits for the election to be free.
    Following,
    /// A request to become leader is on its way.
    Bidding,
    /// It leads.
    Leading,
    /// It leads, or has led, and waits for its work to stop.
    Draining,
    /// Its work has stopped; the lease is being given up.
    Releasing,
    /// The election is over for this process.
    Stopped,
}

type Effects = Vec<Effect>;

impl Protocol {
    /// A candidate that does not want to lead yet.
    pub fn new(rules: Rules) -> Self {
        let mut sight = Sight::new(rules.expiry, rules.poll);
        if rules.distrust_missing {
            sight.distrust_missing(rules.budget.lease_duration());
        }
        Self {
            rules,
            state: State::Idle,
            sight,
            now: Moment::default(),
            attempts: 0,
            in_flight: None,
            wanted: false,
            shutdown: false,
            unclear: false,
            proven: false,
            rest_until: Moment::default(),
            heard: None,
            failures_before: 0,
            latest_token: FencingToken::ZERO,
        }
    }

    /// Takes what happened at `now` and says what to do, in order.
    ///
    /// `now` must have been read before whatever the effects cause: it is the moment from which a lease counts. What
    /// has run out by `now` is dealt with before the event, so that a late answer cannot revive a term.
    pub fn step(&mut self, now: Moment, chance: Chance, event: Event) -> Effects {
        let mut effects = Effects::new();
        self.now = self.now.max(now);
        if let Event::Alive(at) = &event {
            // Given before now, although it is heard only now: the gate is not shut on it.
            self.heard_alive(*at);
        }
        self.keep_time(&mut effects);
        self.take(event, chance, &mut effects);
        self.keep_time(&mut effects);
        self.act(&mut effects);
        effects
    }

    /// When [`Event::Tick`] is wanted next.
    pub fn wakeup(&self) -> Option<Moment> {
        let call = self.in_flight.as_ref().map(|call| call.deadline);
        let own = match &self.state {
            State::Bidding | State::Stopped => None,
            // Nothing is to be done then but to tell that the leader is gone.
            State::Idle => self.sight.expires().filter(|at| *at > self.now),
            State::Following(following) => following.bid_at,
            State::Leading(tenure) => Some(self.leading_wakeup(tenure)),
            State::Draining(tenure, drain) => self.draining_wakeup(tenure, drain),
            State::Releasing(releasing) => self.in_flight.is_none().then_some(releasing.next_at),
        };
        call.into_iter().chain(own).min()
    }

    /// The budget of time.
    pub fn budget(&self) -> &Budget {
        &self.rules.budget
    }

    /// Where the candidate stands.
    pub fn phase(&self) -> Phase {
        match &self.state {
            State::Idle => Phase::Idle,
            State::Following(_) => Phase::Following,
            State::Bidding => Phase::Bidding,
            State::Leading(_) => Phase::Leading,
            State::Draining(..) => Phase::Draining,
            State::Releasing(_) => Phase::Releasing,
            State::Stopped => Phase::Stopped,
        }
    }

    /// The leader as far as this candidate can tell at `now`, unless it leads itself.
    pub fn leader(&self, now: Moment) -> Option<&Leader> {
        self.sight.leader(now)
    }

    /// The token of the term that this candidate leads or drains.
    pub fn token(&self) -> Option<FencingToken> {
        match &self.state {
            State::Leading(tenure) | State::Draining(tenure, _) => Some(tenure.lease.token),
            _ => None,
        }
    }

    /// Until when that term is valid.
    pub fn valid_until(&self) -> Option<Moment> {
        match &self.state {
            State::Leading(tenure) => Some(tenure.valid_until),
            State::Draining(tenure, drain) if !drain.lost() => Some(tenure.valid_until),
            _ => None,
        }
    }

    /// Whether the call in flight has gone unanswered for too long at `now`.
    pub(crate) fn is_overdue(&self, now: Moment) -> bool {
        self.in_flight.as_ref().is_some_and(|call| now >= call.deadline)
    }

    /// Deals with what has run out.
    fn keep_time(&mut self, effects: &mut Effects) {
        if self.is_overdue(self.now) {
            self.abandon(effects);
            self.call_failed(effects);
        }
        self.keep_term_time(effects);
    }

    fn take(&mut self, event: Event, chance: Chance, effects: &mut Effects) {
        match event {
            Event::Contend if self.shutdown => {}
            Event::Contend => {
                self.wanted = true;
                if matches!(self.state, State::Idle) {
                    self.follow();
                }
            }
            Event::Withdraw => {
                self.wanted = false;
                self.withdraw(effects);
            }
            Event::Shutdown => {
                self.shutdown = true;
                self.wanted = false;
                self.withdraw(effects);
                self.drain(Ended::Shutdown, effects);
            }
            Event::Observed(observation) => self.observed(observation, effects),
            Event::WatchFailed => self.watch_failed(chance),
            Event::Answered(number, answer) => {
                let any = flaw::is_on(Flaw::AnswerOfAnother);
                let Some(call) = self.in_flight.take_if(|call| any || call.number == number) else {
                    return;
                };
                let late = flaw::is_on(Flaw::AnchorAtResponse);
                self.answered(if late { self.now } else { call.sent }, answer, chance, effects);
            }
            Event::Tick | Event::Alive(_) => {}
            Event::Resign => self.drain(Ended::Resigned, effects),
            Event::WorkEnded => self.work_ended(effects),
        }
    }

    fn answered(&mut self, sent: Moment, answer: Answer, chance: Chance, effects: &mut Effects) {
        match answer {
            Answer::Acquired(answer) => self.acquired(sent, answer, chance, effects),
            Answer::Renewed(answer) => self.renewed(sent, answer, chance, effects),
            Answer::Released(answer) => self.released(answer, chance, effects),
        }
    }

    /// Sends what is due.
    fn act(&mut self, effects: &mut Effects) {
        if self.in_flight.is_some() {
            return;
        }
        match &self.state {
            State::Following(_) => self.bid_if_due(effects),
            State::Leading(_) | State::Draining(..) => self.renew_if_due(effects),
            State::Releasing(_) => self.release_if_due(effects),
            State::Idle | State::Bidding | State::Stopped => {}
        }
    }

    /// A call went unanswered, or was answered with doubt after its deadline.
    fn call_failed(&mut self, effects: &mut Effects) {
        let doubt = crate::error::ErrorKind::Unavailable;
        // The wait after a time-out needs no jitter: the time-out itself spread the candidates.
        let answer = match &self.state {
            State::Bidding => Answer::Acquired(Err(doubt)),
            State::Releasing(_) => Answer::Released(Err(doubt)),
            _ => Answer::Renewed(Err(doubt)),
        };
        self.answered(self.now, answer, Chance::MOST, effects);
    }

    fn send(
        &mut self,
        timeout: Duration,
        call: impl FnOnce(&Rules, u64) -> Call,
        effects: &mut Effects,
    ) {
        debug_assert!(self.in_flight.is_none(), "one call at a time");
        self.heard = None;
        self.attempts += 1;
        let number = self.attempts;
        self.in_flight = Some(InFlight { number, sent: self.now, deadline: self.now + timeout });
        effects.push(Effect::Call(number, call(&self.rules, number)));
    }

    fn abandon(&mut self, effects: &mut Effects) {
        if self.in_flight.take().is_some() {
            effects.push(Effect::Abandon);
        }
    }
}

impl Rules {
    fn bid(&self, number: u64) -> Bid {
        let candidate = self.candidate.clone();
        Bid::new(candidate, number, self.budget.lease_duration())
            .with_timeout(self.budget.attempt_timeout())
            .with_base(self.token_floor)
    }
}

#[cfg(test)]
mod tests;
