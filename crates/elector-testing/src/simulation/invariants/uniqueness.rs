//! I1: no two processes have a valid term at one time.

use std::collections::BTreeMap;

use super::Invariant;
use crate::simulation::fact::{Entry, Fact};

/// A validity begins only in a step of its own process, so it is enough to look at all others then.
#[derive(Debug, Default)]
pub(crate) struct Uniqueness {
    /// By slot: the token and the true moment at which its validity ends.
    terms: BTreeMap<u8, (u64, u64)>,
}

impl Invariant for Uniqueness {
    fn name(&self) -> &'static str {
        "I1 uniqueness"
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
                    if *slot != who.slot && *other_ends > entry.at {
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
