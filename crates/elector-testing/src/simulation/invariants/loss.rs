//! I13: a term that the store holds for another is over in the same step in which this is heard.

use std::collections::BTreeMap;

use super::Invariant;
use crate::simulation::clock::STEP;
use crate::simulation::fact::{Entry, Fact, Reply, Stood, Who};

#[derive(Debug, Default)]
pub(crate) struct Loss {
    /// The term of each process, and the true moment at which its validity ends.
    terms: BTreeMap<Who, (u64, u64)>,
    /// Who has just heard of a loss, and when.
    heard: Option<(Who, u64)>,
}

impl Invariant for Loss {
    fn name(&self) -> &'static str {
        "I13 loss at once"
    }

    fn judge(&mut self, entry: &Entry) -> Result<(), String> {
        if let Some((who, at)) = self.heard
            // The step is over when time goes on, or somebody else has a step.
            && (entry.at > at + STEP || entry.who != Some(who))
        {
            self.heard = None;
            if let Some((token, ends)) = self.terms.get(&who)
                && *ends > at
            {
                return Err(format!("{who:?} still holds {token}, which it heard was lost"));
            }
        }
        let Some(who) = entry.who else { return Ok(()) };
        match &entry.fact {
            Fact::Stands { token, ends, .. } => {
                self.terms.insert(who, (*token, *ends));
            }
            Fact::Answered { reply: Reply::Lost(_), .. } => self.heard = Some((who, entry.at)),
            Fact::Heard(Stood::Led { token: Some(token), .. })
                if self
                    .terms
                    .get(&who)
                    .is_some_and(|(own, ends)| token > own && *ends > entry.at) =>
            {
                self.heard = Some((who, entry.at));
            }
            Fact::Killed => {
                self.terms.remove(&who);
                self.heard = None;
            }
            _ => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::trace::{accepts, led, of, refuses, stands, world};
    use super::*;

    fn lost() -> Fact {
        Fact::Answered { attempt: 2, reply: Reply::Lost(Stood::Missing) }
    }

    #[test]
    fn over_in_the_same_step() {
        accepts(
            Loss::default(),
            [
                of(1, 1.0, stands(7, 20.0)),
                of(1, 5.0, Fact::Heard(led(2, 6, "older"))),
                of(1, 6.0, lost()),
                of(1, 6.0, stands(7, 0.0)),
                world(6.1, Fact::RequestLost),
            ],
        );
    }

    #[test]
    fn still_valid_afterwards() {
        let valid = of(1, 1.0, stands(7, 20.0));
        let later = world(6.1, Fact::RequestLost);
        refuses(Loss::default(), [valid.clone(), of(1, 6.0, lost()), later.clone()]);
        let heard = of(1, 6.0, Fact::Heard(led(2, 8, "newer")));
        refuses(Loss::default(), [valid.clone(), heard, later]);
        // Another's step at the same moment.
        refuses(Loss::default(), [valid, of(1, 6.0, lost()), of(2, 6.0, stands(8, 20.0))]);
    }
}
