//! I1: no two processes have a valid term at one time.

use std::collections::{BTreeMap, BTreeSet};

use super::Invariant;
use crate::simulation::fact::{Entry, Fact};

/// A validity begins only in a step of its own process, so it is enough to look at all others then.
#[derive(Debug, Default)]
pub(crate) struct Uniqueness {
    /// By slot: the token and the true moment at which its validity ends.
    terms: BTreeMap<u8, (u64, u64)>,
    /// Pairs of terms that were told of.
    told: BTreeSet<(u64, u64)>,
}

impl Invariant for Uniqueness {
    fn name(&self) -> &'static str {
        "I1 uniqueness"
    }

    fn is_excused_by_damage(&self) -> bool {
        true
    }

    fn judge(&mut self, entry: &Entry) -> Result<(), String> {
        let Some(who) = entry.who else { return Ok(()) };
        match &entry.fact {
            Fact::Stands { token, ends, .. } => {
                self.terms.insert(who.slot, (*token, *ends));
                if *ends <= entry.at {
                    return Ok(());
                }
                for (slot, (other, other_ends)) in &self.terms {
                    if *slot == who.slot || *other_ends <= entry.at {
                        continue;
                    }
                    if self.told.insert(((*token).min(*other), (*token).max(*other))) {
                        let both = (*other_ends).min(*ends) - entry.at;
                        return Err(format!(
                            "node {} leads with token {token} while node {slot} leads with {other}, for up to {both} ns",
                            who.slot,
                        ));
                    }
                }
            }
            Fact::Began { .. } | Fact::Killed => {
                self.terms.remove(&who.slot);
            }
            _ => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::trace::{accepts, of, refuses, stands};
    use super::*;

    #[test]
    fn one_after_the_other() {
        let killed = of(2, 30.0, Fact::Killed);
        accepts(
            Uniqueness::default(),
            [
                of(1, 1.0, stands(1, 13.0)),
                of(1, 5.0, stands(1, 17.0)),
                of(2, 17.0, stands(2, 40.0)),
                killed,
                of(1, 30.0, stands(3, 50.0)),
            ],
        );
    }

    #[test]
    fn two_at_one_time() {
        let first = of(1, 1.0, stands(1, 13.0));
        refuses(Uniqueness::default(), [first.clone(), of(2, 12.999, stands(2, 20.0))]);
        // Revived while another leads.
        let second = of(2, 13.0, stands(2, 20.0));
        refuses(Uniqueness::default(), [first, second, of(1, 14.0, stands(1, 15.0))]);
    }
}
