//! I7: nobody takes the election from a leader before its sign of life has been known for the duration of its lease, by
//! the taker's own clock.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use elector::store::{Beat, SessionId};

use super::{Excuse, Invariant, nanos};
use crate::simulation::coverage::Coverage;
use crate::simulation::fact::{Entry, Fact, Reply, Stood, Who};

/// How many signs of life a process is taken to remember.
const KEPT: usize = 64;

#[derive(Debug, Default)]
pub(crate) struct Patience {
    excuse: Excuse,
    sessions: BTreeMap<SessionId, Who>,
    /// By process: the terms whose leases it has waited out since it led last.
    waited_out: BTreeMap<Who, BTreeSet<Term>>,
    known: BTreeMap<Who, VecDeque<Sign>>,
    judged: u64,
}

/// Whose term it is; a leader of another kind may have neither session nor token.
type Term = (Option<SessionId>, Option<u64>);

/// A sign of life of a leader.
#[derive(Debug)]
struct Sign {
    beat: Beat,
    /// When it was first known.
    since: u64,
    lease: Duration,
    term: Term,
}

impl Patience {
    /// Whether the process has waited for the end of the term that it takes the place of.
    fn has_waited(&self, taker: &Who, (session, token): (Option<SessionId>, u64)) -> bool {
        let is_it = |(of, known): &Term| *of == session && known.is_none_or(|known| known == token);
        self.waited_out.get(taker).is_some_and(|terms| terms.iter().any(is_it))
    }
}

impl Invariant for Patience {
    fn name(&self) -> &'static str {
        "I7 patience"
    }

    fn judge(&mut self, entry: &Entry) -> Result<(), String> {
        self.excuse.see(&entry.fact);
        let Some(who) = entry.who else { return Ok(()) };
        match &entry.fact {
            Fact::Heard(Stood::Led { session, token, beat, lease })
            | Fact::Answered {
                reply:
                    Reply::Held(Stood::Led { session, token, beat, lease })
                    | Reply::Lost(Stood::Led { session, token, beat, lease }),
                ..
            } => {
                let known = self.known.entry(who).or_default();
                let term = (*session, *token);
                // A bid that the network repeats begins a second term with the beat of the first.
                if known.iter().rev().all(|sign| sign.beat != *beat || sign.term != term) {
                    let beat = beat.clone();
                    known.push_back(Sign { beat, since: entry.own, lease: *lease, term });
                }
                if known.len() > KEPT {
                    known.pop_front();
                }
            }
            Fact::Began { session, .. } => {
                self.sessions.insert(*session, who);
            }
            Fact::Answered { reply: Reply::Won { .. }, .. } => {
                self.waited_out.remove(&who);
            }
            // A late write of an earlier life is judged by the bids of that life.
            Fact::Applied { before: Some(before), after: Some((Some(after), token)) } => {
                let taker = self.sessions.get(after);
                let impatient = taker.is_some_and(|taker| !self.has_waited(taker, *before));
                if before.0 != Some(*after) && impatient && !self.excuse.is_open() {
                    return Err(format!(
                        "{taker:?} took {before:?}'s place with {token}, unwaited"
                    ));
                }
            }
            Fact::Bid { taking, .. } => {
                let Some(beat) = &taking.stale else { return Ok(()) };
                let known = self.known.get(&who);
                let Some(sign) =
                    known.and_then(|known| known.iter().rfind(|sign| sign.beat == *beat))
                else {
                    return Err(format!("{who:?} takes {beat}, which it has never seen"));
                };
                self.waited_out.entry(who).or_default().insert(sign.term);
                let waited = entry.own.saturating_sub(sign.since);
                self.judged += 1;
                if waited < nanos(sign.lease) {
                    return Err(format!("{who:?} takes {beat} after {waited} ns"));
                }
            }
            Fact::Killed => {
                self.known.remove(&who);
            }
            _ => {}
        }
        Ok(())
    }

    fn count(&self, coverage: &mut Coverage) {
        coverage.stale_bids += self.judged;
    }
}

#[cfg(test)]
mod tests {
    use super::super::trace::{accepts, began, bid, led, of, refuses, session, stale, world};
    use super::*;
    use crate::simulation::fact::Damage;

    #[test]
    fn waits_for_the_lease_from_the_first_sight() {
        accepts(
            Patience::default(),
            [
                of(2, 1.0, Fact::Heard(led(1, 7, "a"))),
                of(2, 9.0, Fact::Heard(led(1, 7, "a"))),
                of(2, 16.0, stale(1, "a")),
            ],
        );
    }

    #[test]
    fn too_soon_or_for_something_never_seen() {
        let heard = of(2, 1.0, Fact::Heard(led(1, 7, "a")));
        refuses(Patience::default(), [heard.clone(), of(2, 15.99, stale(1, "a"))]);
        let renewed = of(2, 6.0, Fact::Heard(led(1, 7, "b")));
        refuses(Patience::default(), [heard.clone(), renewed, of(2, 20.0, stale(1, "b"))]);
        refuses(Patience::default(), [heard, of(3, 60.0, stale(1, "a"))]);
    }

    #[test]
    fn a_place_taken_by_a_bid_for_what_is_free() {
        let taken = Fact::Applied {
            before: Some((Some(session(1)), 7)),
            after: Some((Some(session(2)), 8)),
        };
        let begin = [of(2, 0.0, began(2)), of(2, 1.0, Fact::Heard(led(1, 7, "a")))];
        let taken = of(2, 17.0, taken);
        let waited = [of(2, 16.0, stale(1, "a")), taken.clone()];
        accepts(Patience::default(), begin.iter().cloned().chain(waited));
        let unwaited = [of(2, 16.0, bid(1)), taken];
        refuses(Patience::default(), begin.iter().cloned().chain(unwaited));
    }

    #[test]
    fn a_place_taken_of_another_term_than_the_one_waited_out() {
        let taken = |leader, token| Fact::Applied {
            before: Some((Some(leader), token)),
            after: Some((Some(session(2)), 9)),
        };
        for other in [taken(session(1), 8), taken(session(3), 7)] {
            let begin = [of(2, 0.0, began(2)), of(2, 1.0, Fact::Heard(led(1, 7, "a")))];
            let waited = [of(2, 16.0, stale(1, "a")), of(2, 17.0, other)];
            refuses(Patience::default(), begin.into_iter().chain(waited));
        }
    }

    #[test]
    fn two_terms_with_one_beat() {
        let taken = Fact::Applied {
            before: Some((Some(session(1)), 8)),
            after: Some((Some(session(2)), 9)),
        };
        let history = |at: f64| {
            [
                of(2, 0.0, began(2)),
                of(2, 1.0, Fact::Heard(led(1, 7, "a"))),
                of(2, 2.0, Fact::Heard(led(1, 8, "a"))),
                of(2, at, stale(1, "a")),
                of(2, at + 0.1, taken.clone()),
            ]
        };
        accepts(Patience::default(), history(17.0));
        refuses(Patience::default(), history(16.9).into_iter().take(4));
    }

    #[test]
    fn taken_before_and_after_damage() {
        let begin = [of(2, 0.0, began(2)), world(1.0, Fact::Damaged(Damage::Restored))];
        let calm = world(2.0, Fact::Calm);
        let taken = Fact::Applied {
            before: Some((Some(session(1)), 7)),
            after: Some((Some(session(2)), 8)),
        };
        let taken = of(2, 3.0, taken);
        accepts(Patience::default(), begin.iter().cloned().chain([taken.clone()]));
        refuses(Patience::default(), begin.iter().cloned().chain([calm, taken]));
    }
}
