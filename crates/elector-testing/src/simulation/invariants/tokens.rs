//! I3, I4: along one history of the store tokens rise from term to term, and none is given twice. A candidate never
//! leads with a token that is not above every one it has seen.

use std::collections::{BTreeMap, BTreeSet};

use elector::store::SessionId;

use super::memory::StoreMemory;
use super::{Invariant, Terms};
use crate::simulation::fact::{Entry, Fact, Kind, Reply, Stood, Who};

#[derive(Debug)]
pub(crate) struct Tokens {
    memory: StoreMemory,
    /// The greatest token granted in the present history, and to whom.
    granted: Option<(u64, SessionId)>,
    /// What was granted in the present history, and in those that the store has forgotten.
    grants: BTreeSet<(u64, SessionId)>,
    forgotten_grants: BTreeSet<(u64, SessionId)>,
    sessions: BTreeMap<Who, SessionId>,
    seen: BTreeMap<Who, u64>,
}

impl Tokens {
    pub(crate) fn new(terms: &Terms) -> Self {
        Self {
            memory: StoreMemory::new(terms),
            granted: None,
            grants: BTreeSet::new(),
            forgotten_grants: BTreeSet::new(),
            sessions: BTreeMap::new(),
            seen: BTreeMap::new(),
        }
    }

    fn see(&mut self, who: Who, stood: &Stood) {
        let token = match stood {
            Stood::Led { session, token: Some(token), .. }
                if *session != self.sessions.get(&who).copied() =>
            {
                *token
            }
            Stood::Released(token) => *token,
            _ => return,
        };
        let seen = self.seen.entry(who).or_default();
        *seen = token.max(*seen);
    }
}

impl Invariant for Tokens {
    fn name(&self) -> &'static str {
        "I3 tokens rise"
    }

    fn judge(&mut self, entry: &Entry) -> Result<(), String> {
        match (&entry.fact, entry.who) {
            (Fact::Began { session, .. }, Some(who)) => {
                self.sessions.insert(who, *session);
            }
            (Fact::Damaged(damage), _) if self.memory.loses_all_by(*damage) => {
                self.granted = None;
                self.forgotten_grants.append(&mut self.grants);
            }
            (Fact::Applied { before, after: Some((Some(session), token)) }, _) => {
                if *before == Some((Some(*session), *token)) {
                    return Ok(());
                }
                if self.forgotten_grants.contains(&(*token, *session)) {
                    // A late write of before, to a version that the store has given a second time. The record, all that
                    // remembers a greater token, is gone.
                    self.granted = Some((*token, *session));
                    self.forgotten_grants.append(&mut self.grants);
                    return Ok(());
                }
                self.grants.insert((*token, *session));
                if let Some((latest, of)) = self.granted
                    && *token <= latest
                {
                    return Err(format!("{session} was granted {token} after {of} {latest}"));
                }
                self.granted = Some((*token, *session));
            }
            (Fact::Heard(stood), Some(who)) => self.see(who, stood),
            (Fact::Answered { reply: Reply::Held(stood) | Reply::Lost(stood), .. }, Some(who)) => {
                self.see(who, stood);
            }
            (Fact::Change { kind: Kind::Started(token), .. }, Some(who)) => {
                let seen = self.seen.entry(who).or_default();
                if token <= seen {
                    return Err(format!("a term began with {token}, although {seen} was seen"));
                }
                *seen = *token;
            }
            (Fact::Killed, Some(who)) => {
                self.sessions.remove(&who);
                self.seen.remove(&who);
            }
            _ => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::trace::{accepts, began, change, led, of, refuses, session, terms, world};
    use super::*;
    use crate::simulation::fact::Damage;
    use crate::simulation::fact::Holder;

    fn granted(slot: u8, token: u64, before: Holder) -> Fact {
        Fact::Applied { before, after: Some((Some(session(slot)), token)) }
    }

    #[test]
    fn rising_renewed_and_after_a_wipe() {
        accepts(
            Tokens::new(&terms()),
            [
                of(1, 0.0, began(1)),
                of(1, 1.0, granted(1, 5, None)),
                of(1, 2.0, change(1, Kind::Started(5))),
                of(1, 3.0, granted(1, 5, Some((Some(session(1)), 5)))),
                of(2, 4.0, granted(2, 6, Some((Some(session(1)), 5)))),
                world(5.0, Fact::Damaged(Damage::Wiped)),
                of(2, 6.0, granted(2, 1, None)),
            ],
        );
    }

    #[test]
    fn one_that_does_not_rise() {
        let first = of(1, 1.0, granted(1, 5, None));
        refuses(Tokens::new(&terms()), [first.clone(), of(2, 2.0, granted(2, 5, None))]);
        refuses(Tokens::new(&terms()), [first.clone(), of(1, 2.0, granted(1, 4, None))]);
        let deleted = world(2.0, Fact::Damaged(Damage::Deleted));
        refuses(Tokens::new(&terms()), [first, deleted, of(2, 3.0, granted(2, 1, None))]);
    }

    #[test]
    fn a_late_write_of_a_forgotten_history_and_a_new_term_with_its_token() {
        let before = of(1, 1.0, granted(1, 5, None));
        let restored = world(2.0, Fact::Damaged(Damage::Restored));
        let since = of(2, 3.0, granted(2, 6, None));
        let late = |slot| of(slot, 4.0, granted(slot, 5, Some((Some(session(2)), 6))));
        let entries = [before, restored, since];
        accepts(Tokens::new(&terms()), entries.iter().cloned().chain([late(1)]));
        refuses(Tokens::new(&terms()), entries.iter().cloned().chain([late(2)]));
        let next = |token| of(3, 5.0, granted(3, token, Some((Some(session(1)), 5))));
        accepts(Tokens::new(&terms()), entries.iter().cloned().chain([late(1), next(6)]));
        refuses(Tokens::new(&terms()), entries.iter().cloned().chain([late(1), next(5)]));
    }

    #[test]
    fn one_below_what_was_seen() {
        let heard = of(1, 1.0, Fact::Heard(led(2, 9, "x")));
        let wiped = world(2.0, Fact::Damaged(Damage::Wiped));
        let began = of(1, 0.0, began(1));
        let start = |token| of(1, 3.0, change(1, Kind::Started(token)));
        accepts(Tokens::new(&terms()), [began.clone(), heard.clone(), wiped.clone(), start(10)]);
        refuses(Tokens::new(&terms()), [began, heard, wiped, start(9)]);
    }
}
