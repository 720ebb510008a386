//! I9: a process renews, releases and leads only terms that it won itself, in this life.

use std::collections::{BTreeMap, BTreeSet};

use super::Invariant;
use crate::simulation::fact::{Entry, Fact, Reply, Who};

#[derive(Debug, Default)]
pub(crate) struct Inheritance {
    won: BTreeMap<Who, BTreeSet<u64>>,
}

impl Invariant for Inheritance {
    fn name(&self) -> &'static str {
        "I9 no inheritance"
    }

    fn judge(&mut self, entry: &Entry) -> Result<(), String> {
        let Some(who) = entry.who else { return Ok(()) };
        let token = match &entry.fact {
            Fact::Answered { reply: Reply::Won { token, .. }, .. } => {
                self.won.entry(who).or_default().insert(*token);
                return Ok(());
            }
            Fact::Killed => {
                self.won.remove(&who);
                return Ok(());
            }
            Fact::Renew { token, .. }
            | Fact::Release { token: Some(token), .. }
            | Fact::Stands { token, .. } => token,
            _ => return Ok(()),
        };
        match self.won.get(&who).is_some_and(|won| won.contains(token)) {
            true => Ok(()),
            false => Err(format!("{who:?} uses term {token}, which it has not won")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::trace::{accepts, of, refuses, stands, won};
    use super::*;

    #[test]
    fn its_own_term() {
        accepts(
            Inheritance::default(),
            [
                of(1, 1.0, won(1, 7)),
                of(1, 1.0, stands(7, 9.0)),
                of(1, 5.0, Fact::Renew { attempt: 2, token: 7 }),
                of(1, 8.0, Fact::Release { attempt: 3, token: Some(7) }),
                of(1, 9.0, Fact::Release { attempt: 4, token: None }),
            ],
        );
    }

    #[test]
    fn a_term_of_an_earlier_life_or_of_another() {
        let before = [of(1, 1.0, won(1, 7)), of(1, 2.0, Fact::Killed)];
        let mut renew = of(1, 3.0, Fact::Renew { attempt: 1, token: 7 });
        renew.who = Some(Who { slot: 1, life: 99 });
        refuses(Inheritance::default(), before.iter().cloned().chain([renew]));
        let release = of(2, 3.0, Fact::Release { attempt: 1, token: Some(7) });
        refuses(Inheritance::default(), [of(1, 1.0, won(1, 7)), release]);
        refuses(Inheritance::default(), [of(1, 1.0, won(1, 7)), of(2, 2.0, stands(7, 9.0))]);
    }
}
