//! I5: writes that pass the fence come in the order of their terms, a token is one process's, and a leader that writes
//! without delay after a check is never refused.

use std::collections::BTreeMap;

use super::{Invariant, Terms};
use crate::simulation::fact::{Entry, Fact, Who};

#[derive(Debug)]
pub(crate) struct Fencing {
    damaged: bool,
    /// The store has forgotten tokens: a leader of before may meet its own token again.
    forgotten: bool,
    latest: Option<(u64, Who)>,
    valid: BTreeMap<Who, (u64, u64)>,
}

impl Fencing {
    pub(crate) fn new(terms: &Terms) -> Self {
        Self { damaged: terms.damaged, forgotten: false, latest: None, valid: BTreeMap::new() }
    }
}

impl Invariant for Fencing {
    fn name(&self) -> &'static str {
        "I5 fenced writes"
    }

    fn judge(&mut self, entry: &Entry) -> Result<(), String> {
        match (&entry.fact, entry.who) {
            (Fact::Damaged(damage), _) if damage.forgets_tokens() => {
                (self.forgotten, self.latest) = (true, None);
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
                        if *token == latest && who != writer && !self.forgotten =>
                    {
                        return Err(format!("both {writer:?} and {who:?} wrote with {token}"));
                    }
                    _ => {}
                }
                self.latest = Some((*token, who));
            }
            (Fact::Wrote { token, accepted: false, late: false }, Some(who)) if !self.damaged => {
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
    use super::super::trace::{accepts, of, refuses, stands, terms};
    use super::*;

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
}
