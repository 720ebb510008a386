//! V3: an election that was given up in a calm is taken within one event of the watch and one acquire.

use super::Invariant;
use crate::simulation::fact::{Drill, Entry, Fact};
use crate::simulation::network::{LATENCY, NEWS};

/// The news of the release, then a read and a write, each there and back; the answer to the write is not waited for.
pub(crate) const BOUND: u64 = NEWS + 3 * LATENCY;

#[derive(Debug, Default)]
pub(crate) struct HandOver {
    is_drilled: bool,
    released_at: Option<u64>,
}

impl Invariant for HandOver {
    fn name(&self) -> &'static str {
        "V3 hand-over"
    }

    fn is_excused_by_damage(&self) -> bool {
        // A candidate that was refused a term rests.
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
            Fact::Drill(drill) => {
                self.is_drilled = *drill == Drill::HandOver;
            }
            Fact::Stormy => (self.is_drilled, self.released_at) = (false, None),
            Fact::Applied { before: Some(_), after: None } if self.is_drilled => {
                self.released_at = Some(entry.at);
            }
            Fact::Applied { after: Some(_), .. } => self.released_at = None,
            _ => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::trace::{accepts, of, refuses, session, world};
    use super::*;

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
}
