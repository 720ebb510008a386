//! I5: writes that pass the fence come in the order of their terms, a token is one process's, and a leader that writes
//! without delay after a check is never refused.

use std::collections::BTreeMap;

use super::{Excuse, Invariant};
use crate::simulation::fact::{Entry, Fact, Who};

#[derive(Debug, Default)]
pub(crate) struct Fencing {
    excuse: Excuse,
    /// The store has forgotten tokens: a leader of before may meet its own token again.
    forgotten: bool,
    latest: Option<(u64, Who)>,
    valid: BTreeMap<Who, (u64, u64)>,
}

impl Invariant for Fencing {
    fn name(&self) -> &'static str {
        "I5 fenced writes"
    }

    fn judge(&mut self, entry: &Entry) -> Result<(), String> {
        self.excuse.see(&entry.fact);
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
            (Fact::Wrote { token, accepted: false, late: false }, Some(who))
                if !self.excuse.is_open() =>
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
    use super::super::trace::{accepts, of, refuses, stands, world};
    use super::*;
    use crate::simulation::fact::Damage;

    fn wrote(token: u64, accepted: bool, late: bool) -> Fact {
        Fact::Wrote { token, accepted, late }
    }

    #[test]
    fn a_late_write_that_is_refused() {
        accepts(
            Fencing::default(),
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
        refuses(Fencing::default(), [new.clone(), of(1, 13.0, wrote(7, true, true))]);
        refuses(Fencing::default(), [new, of(1, 13.0, wrote(8, true, true))]);
        let leads = of(1, 1.0, stands(7, 10.0));
        refuses(Fencing::default(), [leads, of(1, 2.0, wrote(7, false, false))]);
    }

    #[test]
    fn a_leader_refused_before_and_after_damage() {
        let damaged = world(2.0, Fact::Damaged(Damage::Forged));
        let leads = of(1, 3.0, stands(7, 10.0));
        let refused = of(1, 4.0, wrote(7, false, false));
        accepts(Fencing::default(), [damaged.clone(), leads.clone(), refused.clone()]);
        refuses(Fencing::default(), [damaged, world(2.5, Fact::Calm), leads, refused]);
    }
}
