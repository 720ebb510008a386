//! I2: while a term is valid, no candidate takes its place in the store's record.

use std::collections::BTreeMap;

use elector::store::SessionId;

use super::Invariant;
use crate::simulation::fact::{Entry, Fact};

#[derive(Debug, Default)]
pub(crate) struct Holder {
    sessions: BTreeMap<u8, SessionId>,
    /// By session: the token and the true moment at which its validity ends.
    terms: BTreeMap<SessionId, (u64, u64)>,
}

impl Invariant for Holder {
    fn name(&self) -> &'static str {
        "I2 holder agreement"
    }

    fn is_excused_by_damage(&self) -> bool {
        true
    }

    fn judge(&mut self, entry: &Entry) -> Result<(), String> {
        match (&entry.fact, entry.who) {
            (Fact::Began { session, .. }, Some(who)) => {
                self.sessions.insert(who.slot, *session);
            }
            (Fact::Killed, Some(who)) => {
                if let Some(session) = self.sessions.remove(&who.slot) {
                    self.terms.remove(&session);
                }
            }
            (Fact::Stands { token, ends, .. }, Some(who)) => {
                if let Some(session) = self.sessions.get(&who.slot) {
                    self.terms.insert(*session, (*token, *ends));
                }
            }
            (Fact::Applied { before: Some((Some(session), token)), after }, _) => {
                let term = self.terms.get(session);
                let valid = term.is_some_and(|(of, ends)| of == token && *ends > entry.at);
                if valid && *after != Some((Some(*session), *token)) {
                    return Err(format!("the record of valid term {token} became {after:?}"));
                }
            }
            _ => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::trace::{accepts, began, of, refuses, session, stands};
    use super::*;

    fn applied(after: Option<(u8, u64)>) -> Fact {
        let after = after.map(|(slot, token)| (Some(session(slot)), token));
        Fact::Applied { before: Some((Some(session(1)), 7)), after }
    }

    #[test]
    fn a_renewal_and_a_takeover_after_the_end() {
        accepts(
            Holder::default(),
            [
                of(1, 0.0, began(1)),
                of(1, 1.0, stands(7, 10.0)),
                of(1, 5.0, applied(Some((1, 7)))),
                of(2, 10.0, applied(Some((2, 8)))),
            ],
        );
    }

    #[test]
    fn a_takeover_or_a_release_of_a_valid_term() {
        let valid = [of(1, 0.0, began(1)), of(1, 1.0, stands(7, 10.0))];
        for after in [Some((2, 8)), None] {
            let entries = valid.iter().cloned().chain([of(2, 9.9, applied(after))]);
            refuses(Holder::default(), entries);
        }
    }
}
