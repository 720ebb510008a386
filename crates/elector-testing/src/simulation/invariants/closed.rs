//! I15: an elector that has ended, whatever ended it, leaves no valid term behind.

use std::collections::BTreeMap;

use super::Invariant;
use crate::simulation::clock::STEP;
use crate::simulation::fact::{Entry, Fact, Kind, Who};

#[derive(Debug, Default)]
pub(crate) struct Closed {
    ended: BTreeMap<Who, u64>,
    terms: BTreeMap<Who, (u64, u64)>,
}

impl Invariant for Closed {
    fn name(&self) -> &'static str {
        "I15 fails closed"
    }

    fn judge(&mut self, entry: &Entry) -> Result<(), String> {
        for (who, at) in &self.ended {
            if entry.at > *at + STEP
                && let Some((token, ends)) = self.terms.get(who)
                && *ends > entry.at
            {
                return Err(format!("{who:?} holds {token} without an elector"));
            }
        }
        let Some(who) = entry.who else { return Ok(()) };
        match &entry.fact {
            Fact::DriverGone | Fact::Change { kind: Kind::Stopped, .. } => {
                self.ended.insert(who, entry.at);
            }
            Fact::Stands { token, ends, .. } => {
                self.terms.insert(who, (*token, *ends));
            }
            Fact::Killed => {
                self.ended.remove(&who);
                self.terms.remove(&who);
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

    #[test]
    fn over_with_its_elector() {
        let valid = of(1, 1.0, stands(7, 20.0));
        let gone = of(1, 5.0, Fact::DriverGone);
        let over = of(1, 5.0, stands(7, 0.0));
        let later = world(6.0, Fact::RequestLost);
        accepts(Closed::default(), [valid.clone(), gone.clone(), over, later.clone()]);
        refuses(Closed::default(), [valid, gone, later]);
    }
}
