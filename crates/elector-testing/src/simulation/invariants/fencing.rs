//! I5: writes that pass the fence come in the order of their terms, a token is one process's, and a leader that writes
//! without delay after a check is never refused.

use std::collections::BTreeMap;

use super::memory::StoreMemory;
use super::{Excuse, Invariant, Terms};
use crate::simulation::fact::{Entry, Fact, Who};

#[derive(Debug)]
pub(crate) struct Fencing {
    excuse: Excuse,
    memory: StoreMemory,
    latest: Option<(u64, Who)>,
    /// The greatest token that passed in a history which the store has forgotten, and the fence has not.
    past: u64,
    valid: BTreeMap<Who, (u64, u64)>,
}

impl Fencing {
    pub(crate) fn new(terms: &Terms) -> Self {
        Self {
            excuse: Excuse::default(),
            memory: StoreMemory::new(terms),
            latest: None,
            past: 0,
            valid: BTreeMap::new(),
        }
    }
}

impl Invariant for Fencing {
    fn name(&self) -> &'static str {
        "I5 fenced writes"
    }

    fn judge(&mut self, entry: &Entry) -> Result<(), String> {
        self.excuse.see(&entry.fact);
        match (&entry.fact, entry.who) {
            (Fact::Damaged(damage), _) if self.memory.loses_all_by(*damage) => {
                let passed = self.latest.take().map_or(0, |(token, _)| token);
                self.past = self.past.max(passed);
            }
            (Fact::Stands { token, ends, .. }, Some(who)) => {
                self.valid.insert(who, (*token, *ends));
            }
            (Fact::Killed, Some(who)) => {
                self.valid.remove(&who);
            }
            (Fact::Wrote { token, accepted: true, .. }, Some(who)) => {
                match self.latest {
                    Some((latest, _)) if *token < latest => {
                        return Err(format!("a write of {token} passed after one of {latest}"));
                    }
                    Some((latest, writer))
                        // A leader of before the damage may meet its own token again.
                        if *token == latest && who != writer && !self.memory.has_forgotten =>
                    {
                        return Err(format!("both {writer:?} and {who:?} wrote with {token}"));
                    }
                    _ => {}
                }
                self.latest = Some((*token, who));
            }
            (Fact::Wrote { token, accepted: false, late: false }, Some(who))
                if !self.excuse.is_open() && *token > self.past =>
            {
                let valid = self.valid.get(&who);
                if valid.is_some_and(|(of, ends)| of == token && *ends > entry.at) {
                    return Err(format!("a write of valid term {token} was refused"));
                }
            }
            _ => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::trace::{accepts, of, refuses, stands, terms, world};
    use super::*;
    use crate::simulation::fact::Damage;

    fn wrote(token: u64, accepted: bool, late: bool) -> Fact {
        Fact::Wrote { token, accepted, late }
    }

    #[test]
    fn a_late_write_that_is_refused() {
        accepts(
            Fencing::new(&terms()),
            [
                of(1, 1.0, stands(7, 10.0)),
                of(1, 2.0, wrote(7, true, false)),
                of(2, 11.0, stands(8, 20.0)),
                of(2, 12.0, wrote(8, true, false)),
                of(1, 13.0, wrote(7, false, true)),
            ],
        );
    }

    #[test]
    fn an_old_write_that_passes_a_shared_token_and_a_refused_leader() {
        let new = of(2, 12.0, wrote(8, true, false));
        refuses(Fencing::new(&terms()), [new.clone(), of(1, 13.0, wrote(7, true, true))]);
        refuses(Fencing::new(&terms()), [new, of(1, 13.0, wrote(8, true, true))]);
        let leads = of(1, 1.0, stands(7, 10.0));
        refuses(Fencing::new(&terms()), [leads, of(1, 2.0, wrote(7, false, false))]);
    }

    #[test]
    fn a_leader_refused_before_and_after_damage() {
        let damaged = world(2.0, Fact::Damaged(Damage::Forged));
        let leads = of(1, 3.0, stands(7, 10.0));
        let refused = of(1, 4.0, wrote(7, false, false));
        accepts(Fencing::new(&terms()), [damaged.clone(), leads.clone(), refused.clone()]);
        refuses(Fencing::new(&terms()), [damaged, world(2.5, Fact::Calm), leads, refused]);
    }

    #[test]
    fn a_leader_refused_by_a_fence_that_remembers_what_the_store_has_forgotten() {
        let mut versions = terms();
        versions.tokens_are_versions = true;
        let before = [of(1, 1.0, stands(9, 10.0)), of(1, 2.0, wrote(9, true, false))];
        let wiped = world(3.0, Fact::Damaged(Damage::Wiped));
        let deleted = world(20.0, Fact::Damaged(Damage::Deleted));
        let after = |token| {
            let again = of(2, 22.0, wrote(token, false, false));
            [world(21.0, Fact::Calm), of(2, 21.5, stands(token, 30.0)), again]
        };
        let history = |token, wiped: Option<&Entry>| {
            let deleted = [deleted.clone()];
            before
                .iter()
                .cloned()
                .chain(wiped.cloned())
                .chain(deleted)
                .chain(after(token))
                .collect::<Vec<_>>()
        };
        accepts(Fencing::new(&versions), history(7, Some(&wiped)));
        refuses(Fencing::new(&versions), history(10, Some(&wiped)));
        refuses(Fencing::new(&versions), history(7, None));
        accepts(Fencing::new(&terms()), history(7, Some(&wiped)));
    }
}
