//! What each effect of the protocol does.

use std::sync::Arc;
use std::time::Duration;

use tracing::{error, info, warn};

use super::{Driver, OnOverrun};
use crate::budget::Budget;
use crate::changes::ChangeKind;
use crate::clock::Moment;
use crate::flaw::{self, Flaw};
use crate::leadership::Leadership;
use crate::protocol::{Effect, Ended, Event};
use crate::term::{Term, TermState};
use crate::token::FencingToken;

impl Driver {
    pub(super) fn carry_out(&mut self, effect: Effect, overdue: bool) {
        match effect {
            Effect::Call(number, call) => self.calls.start(number, call),
            Effect::Abandon => self.calls.abandon(overdue),
            Effect::Begin { token, valid_until } => self.begin(token, valid_until),
            Effect::Extend(valid_until) => {
                if let Some(term) = &self.term {
                    term.extend(valid_until);
                    self.meters.renewed();
                }
            }
            Effect::Stop(why) => self.stop(why),
            Effect::Force => {
                if let Some(term) = &self.term {
                    term.force();
                }
            }
            Effect::Overrun => self.overrun(),
            Effect::End => self.end(),
            Effect::Settled(done) => self.settled(done),
            Effect::Refused { token, floor } => {
                error!(
                    election = %self.parts.election, %token, %floor,
                    "refused to lead: the store granted a token that is not above one seen before, as after a restore \
                     of an old backup; set token_floor, or wait until the store has passed it"
                );
            }
            Effect::Fail => self.calls.take_failure(&self.parts.failure),
            Effect::Stopped => {}
        }
    }

    fn begin(&mut self, token: FencingToken, valid_until: Moment) {
        let state = Arc::new(TermState::new(token, Arc::clone(&self.parts.clock), valid_until));
        let term = Term::new(Arc::clone(&state));
        self.term = Some(state);
        self.ended = None;
        info!(election = %self.parts.election, %token, "leading");
        self.meters.began();
        self.meters.renewed();
        self.parts.changes.record(ChangeKind::Started(token));
        if !self.hand_out(term) {
            self.following.push_back(Event::WorkEnded);
        }
        if self.waiters.is_empty() {
            self.following.push_back(Event::Withdraw);
        }
    }

    /// Gives the term to the first who still waits for it.
    fn hand_out(&mut self, term: Term) -> bool {
        let Some(sender) = self.parts.sender.upgrade() else { return false };
        while let Some(waiter) = self.waiters.pop_front() {
            if waiter.is_closed() {
                continue;
            }
            // A waiter that goes away now drops the guard, which reports the end of the work.
            drop(waiter.send(Leadership::new(term, sender)));
            return true;
        }
        false
    }

    fn stop(&mut self, why: Ended) {
        let Some(term) = &self.term else { return };
        let token = term.token();
        // First the work, then the log, which may be slow.
        term.stop(why.clone());
        match &why {
            Ended::Resigned | Ended::Shutdown | Ended::Finished => {
                info!(election = %self.parts.election, %token, reason = why.as_str(), "stopping");
            }
            Ended::Lost(leader) => match leader {
                Some(leader) => {
                    warn!(election = %self.parts.election, %token, leader = &*leader.name, "lost the election to another");
                }
                None => {
                    warn!(election = %self.parts.election, %token, "lost the election: its record was emptied or deleted");
                }
            },
            Ended::Expired => {
                warn!(election = %self.parts.election, %token, "stopping: the lease could not be renewed in time");
            }
            Ended::Unresponsive => {
                warn!(election = %self.parts.election, %token, "stopping: the work gave no sign of life");
            }
        }
        self.meters.stopped(&why);
        self.parts.changes.record(ChangeKind::Stopping(token, why.clone()));
        self.ended = Some(why);
    }

    fn overrun(&mut self) {
        let Some(term) = &self.term else { return };
        let token = term.token();
        let abort = self.parts.on_overrun == OnOverrun::Abort;
        if abort {
            abort_soon(log_allowance(self.parts.protocol.budget()));
        }
        error!(
            election = %self.parts.election, %token, abort,
            "the work has not stopped although its lease is about to run out"
        );
        if abort {
            std::process::abort();
        }
        self.meters.overran();
        self.parts.changes.record(ChangeKind::Overrun(token));
    }

    fn end(&mut self) {
        let Some(term) = &self.term else { return };
        let token = term.token();
        term.end(self.ended.clone().unwrap_or(Ended::Finished));
        self.meters.ended();
        self.parts.changes.record(ChangeKind::Ended(token));
        if flaw::is_on(Flaw::EndedTwice) {
            self.parts.changes.record(ChangeKind::Ended(token));
        }
    }

    fn settled(&mut self, done: bool) {
        self.settled = Some(done);
        if !done {
            warn!(election = %self.parts.election, "the store did not confirm that nothing is held any more; a lease runs out by itself");
        }
    }
}

/// How long the line that says why the process is aborted may take. An overrun is told half of the pause allowance
/// before the lease runs out.
fn log_allowance(budget: &Budget) -> Duration {
    budget.pause_allowance() / 8
}

/// Aborts the process after `longest`, whatever holds up the log line that says why.
fn abort_soon(longest: Duration) {
    let watchdog = std::thread::Builder::new().name("elector-abort".to_owned()).spawn(move || {
        std::thread::sleep(longest);
        std::process::abort();
    });
    if watchdog.is_err() {
        std::process::abort();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_abort_comes_before_the_lease_has_run_out_whatever_holds_up_its_log_line() {
        let budget = Budget::default();
        let allowance = log_allowance(&budget);
        assert!(allowance > Duration::ZERO && allowance < budget.pause_allowance() / 2);
    }
}
