//! V3: a leader that is asked in a calm to give its election up does so, and the election is taken within one event of
//! the watch and one acquire.

use super::Invariant;
use crate::simulation::fact::{Drill, Entry, Fact, Holder};
use crate::simulation::network::{LATENCY, NEWS};

/// The news of the release, then a read and a write, each there and back; the answer to the write is not waited for.
pub(crate) const BOUND: u64 = NEWS + 3 * LATENCY;

#[derive(Debug, Default)]
pub(crate) struct HandOver {
    is_drilled: bool,
    /// Nothing was heard of the drill: no release, and no grant to another.
    is_awaited: bool,
    released_at: Option<u64>,
    /// The greatest token ever granted, and what of it the store has forgotten.
    granted: u64,
    forgotten: u64,
}

impl Invariant for HandOver {
    fn name(&self) -> &'static str {
        "V3 hand-over"
    }

    fn is_excused_by_damage(&self) -> bool {
        // A candidate that was refused a term rests for a lease.
        true
    }

    fn judge(&mut self, entry: &Entry) -> Result<(), String> {
        if let Some(released_at) = self.released_at
            && entry.at > released_at + BOUND
        {
            self.released_at = None;
            return Err(format!("nobody took the election within {BOUND} ns"));
        }
        match &entry.fact {
            Fact::Drill(_) | Fact::Healed | Fact::Stormy => {
                let is_drilled = matches!(entry.fact, Fact::Drill(Drill::HandOver));
                let was_awaited = self.is_awaited;
                (self.is_drilled, self.is_awaited, self.released_at) =
                    (is_drilled, is_drilled, None);
                if was_awaited {
                    return Err("a leader that was asked to did not give up its term".to_owned());
                }
            }
            Fact::Applied { before, after } if before != after => {
                self.is_awaited = false;
                let token = |holder: &Holder| holder.map_or(0, |(_, token)| token);
                self.granted = self.granted.max(token(after));
                // Whoever saw a later leader alive than the released one waits out its lease, however long ago that was.
                let explains = token(before) >= self.forgotten;
                let is_release = self.is_drilled && after.is_none() && explains;
                self.released_at = is_release.then_some(entry.at);
            }
            Fact::Damaged(damage) if damage.forgets_tokens() => self.forgotten = self.granted,
            _ => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::trace::{accepts, of, refuses, session, world};
    use super::*;
    use crate::simulation::fact::Damage;

    #[test]
    fn at_once_or_not() {
        let drill = world(1.0, Fact::Drill(Drill::HandOver));
        let holder = |slot: u8| Some((Some(session(slot)), u64::from(slot)));
        let released = of(1, 2.0, Fact::Applied { before: holder(1), after: None });
        let taken = |at| of(2, at, Fact::Applied { before: None, after: holder(2) });
        accepts(
            HandOver::default(),
            [drill.clone(), released.clone(), taken(2.1), world(9.0, Fact::Stormy)],
        );
        refuses(HandOver::default(), [drill.clone(), released.clone(), taken(2.2)]);
        refuses(HandOver::default(), [drill, released, world(9.0, Fact::RequestLost)]);
    }

    #[test]
    fn never_given_up() {
        let drill = world(1.0, Fact::Drill(Drill::HandOver));
        let own = Some((Some(session(1)), 7));
        let renewed = of(1, 2.0, Fact::Applied { before: own, after: own });
        let ends = [Fact::Stormy, Fact::Healed, Fact::Drill(Drill::Kill)];
        for end in ends.map(|fact| world(50.0, fact)) {
            refuses(HandOver::default(), [drill.clone(), end.clone()]);
            refuses(HandOver::default(), [drill.clone(), renewed.clone(), end]);
        }
        // In a store that lets the next one take it at once, nothing but the grant is seen.
        let taken = Fact::Applied { before: own, after: Some((Some(session(2)), 8)) };
        accepts(HandOver::default(), [drill, of(2, 2.0, taken), world(50.0, Fact::Stormy)]);
    }

    #[test]
    fn the_release_of_a_term_that_the_store_has_granted_again() {
        let grant = |token| Fact::Applied { before: None, after: Some((Some(session(1)), token)) };
        let released =
            |token| Fact::Applied { before: Some((Some(session(1)), token)), after: None };
        let entries = |token| {
            let restored = world(2.0, Fact::Damaged(Damage::Restored));
            let drill = world(9.0, Fact::Drill(Drill::HandOver));
            let again = [of(1, 3.0, grant(token)), drill, of(1, 10.0, released(token))];
            let later = world(30.0, Fact::RequestLost);
            [of(1, 1.0, grant(7)), restored].into_iter().chain(again).chain([later])
        };
        accepts(HandOver::default(), entries(6));
        refuses(HandOver::default(), entries(7));
    }
}
