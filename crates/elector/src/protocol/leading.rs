//! Leading: renewing, noticing a loss, and getting the work to stop in time.

use crate::clock::Moment;
use crate::error::ErrorKind;
use crate::flaw;
use crate::protocol::{Call, Chance, Drain, Effect, Effects, Ended, Protocol, State, Tenure};
use crate::store::{Observation, Renew, Request, RequestKind, Standing};

impl Protocol {
    pub(super) fn leading_wakeup(&self, tenure: &Tenure) -> Moment {
        let renew = self.in_flight.is_none().then_some(tenure.renew_at);
        let gate = self.rules.liveness_gate.map(|gate| tenure.alive_at + gate);
        [renew, gate].into_iter().flatten().fold(tenure.stop_at, Moment::min)
    }

    pub(super) fn draining_wakeup(&self, tenure: &Tenure, drain: &Drain) -> Option<Moment> {
        let renew = (drain.renews() && self.in_flight.is_none()).then_some(tenure.renew_at);
        let force = (!drain.forced).then_some(drain.force_at);
        let overrun = (!drain.overrun).then(|| drain.overrun_at(tenure));
        [renew, force, overrun].into_iter().flatten().min()
    }

    pub(super) fn heard_alive(&mut self, at: Moment) {
        if let State::Leading(tenure) | State::Draining(tenure, _) = &mut self.state {
            tenure.alive_at = tenure.alive_at.max(at);
        }
    }

    /// Stops a term whose time is up, and says when work has not stopped in time.
    pub(super) fn keep_term_time(&mut self, effects: &mut Effects) {
        if let State::Leading(tenure) = &self.state {
            let dead =
                self.rules.liveness_gate.is_some_and(|gate| self.now >= tenure.alive_at + gate);
            if self.now >= tenure.stop_at {
                self.drain(Ended::Expired, effects);
            } else if dead {
                self.drain(Ended::Unresponsive, effects);
            }
        }
        if let State::Draining(tenure, drain) = &mut self.state {
            if !drain.forced && self.now >= drain.force_at {
                drain.forced = true;
                effects.push(Effect::Force);
            }
            if !drain.overrun && self.now >= drain.overrun_at(tenure) {
                drain.overrun = true;
                effects.push(Effect::Overrun);
            }
        }
    }

    /// Tells the work of a term to stop; nothing happens without a term, or when it was told before.
    pub(super) fn drain(&mut self, why: Ended, effects: &mut Effects) {
        match std::mem::replace(&mut self.state, State::Idle) {
            State::Leading(tenure) => {
                let drain = Drain::new(&self.rules.budget, &tenure, why.clone(), self.now);
                effects.push(Effect::Stop(why));
                if flaw::is_released_at_once(drain.lost()) {
                    self.abandon(effects);
                    return self.give_up(Some(tenure.lease));
                }
                if drain.lost() {
                    effects.push(Effect::End);
                }
                self.state = State::Draining(tenure, drain);
            }
            state => self.state = state,
        }
    }

    /// The store says, beyond doubt, that the term is over.
    fn lose(&mut self, observation: Observation, effects: &mut Effects) {
        let leader = observation.leader().cloned();
        self.sight.forget();
        self.observe_answer(self.now, observation);
        match std::mem::replace(&mut self.state, State::Idle) {
            State::Leading(tenure) => {
                self.state = State::Leading(tenure);
                self.drain(Ended::Lost(leader), effects);
            }
            State::Draining(tenure, before) => {
                effects.push(Effect::End);
                let mut drain =
                    Drain::new(&self.rules.budget, &tenure, Ended::Lost(leader), self.now);
                // It was told to stop before, and gets no more time for the loss.
                drain.force_at = drain.force_at.min(before.force_at);
                (drain.forced, drain.overrun) = (before.forced, before.overrun);
                self.state = State::Draining(tenure, drain);
            }
            state => self.state = state,
        }
    }

    pub(super) fn observed_leading(&mut self, observation: Observation, effects: &mut Effects) {
        let session = self.rules.candidate.session;
        let (State::Leading(tenure) | State::Draining(tenure, _)) = &mut self.state else { return };
        let token = tenure.lease.token;
        match &observation.standing {
            // Tokens rise, so this is later than our term, not older news: whosever it is.
            Standing::Led(led) if led.leader.token > Some(token) => {
                self.abandon(effects);
                self.heard = None;
                self.lose(observation, effects);
            }
            Standing::Led(led) if led.leader.session == Some(session) => {
                if led.leader.token == Some(token) {
                    self.heed(observation.request, effects);
                }
            }
            // News of a watch may be older than our term: a renewal reads the truth.
            _ => {
                tenure.renew_at = self.now;
                tenure.verify = self.in_flight.is_some();
                self.heard = self.in_flight.is_some().then_some(observation.standing);
            }
        }
    }

    /// Honours a request for this term.
    fn heed(&mut self, request: Option<Request>, effects: &mut Effects) {
        let Some(request) = request else { return };
        if self.token() != Some(request.token) {
            return;
        }
        match request.kind {
            RequestKind::Resign => self.drain(Ended::Resigned, effects),
        }
    }

    pub(super) fn renew_if_due(&mut self, effects: &mut Effects) {
        let tenure = match &self.state {
            State::Leading(tenure) => tenure,
            State::Draining(tenure, drain) if drain.renews() => tenure,
            _ => return,
        };
        if self.now < tenure.renew_at {
            return;
        }
        let lease = tenure.lease.clone();
        self.send(
            self.rules.budget.attempt_timeout(),
            |rules, number| Call::Renew(rules.bid(number), lease),
            effects,
        );
    }

    pub(super) fn renewed(
        &mut self,
        sent: Moment,
        answer: Result<Renew, ErrorKind>,
        chance: Chance,
        effects: &mut Effects,
    ) {
        let budget = self.rules.budget;
        let now = self.now;
        let (State::Leading(tenure) | State::Draining(tenure, _)) = &mut self.state else { return };
        match flaw::misread(answer, &tenure.lease) {
            Ok(Renew::Kept(lease, request)) => {
                let before = tenure.valid_until;
                let failed_before = tenure.failures > 0;
                tenure.renewed(&budget, lease, sent);
                if failed_before {
                    tenure.spread(&budget, chance);
                }
                if std::mem::take(&mut tenure.verify) {
                    tenure.renew_at = now;
                }
                // A term that has run out stays over, even if nobody took the election meanwhile.
                if now < before {
                    effects.push(Effect::Extend(tenure.valid_until));
                } else {
                    tenure.valid_until = before;
                }
                self.heed(request, effects);
            }
            Ok(Renew::Lost(observation)) => self.lose(observation, effects),
            Err(_) => {
                tenure.failures = tenure.failures.saturating_add(1);
                tenure.renew_at = now + chance.of(budget.backoff());
            }
        }
    }

    pub(super) fn work_ended(&mut self, effects: &mut Effects) {
        match std::mem::replace(&mut self.state, State::Idle) {
            State::Leading(tenure) => {
                self.abandon(effects);
                effects.push(Effect::End);
                self.give_up(Some(tenure.lease));
            }
            State::Draining(_, drain) if drain.lost() => self.settle(effects),
            State::Draining(tenure, drain) => {
                self.abandon(effects);
                effects.push(Effect::End);
                if matches!(drain.why, Ended::Resigned | Ended::Unresponsive) {
                    // Let somebody else have it.
                    self.rest_until = self.now + self.rules.budget.renew_interval();
                }
                self.give_up(Some(tenure.lease));
            }
            state => self.state = state,
        }
    }
}
