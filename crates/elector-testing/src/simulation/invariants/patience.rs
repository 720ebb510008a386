//! I7: nobody takes the election from a leader before its sign of life has been known for the duration of its lease, by
//! the taker's own clock.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use elector::store::Beat;

use super::{Invariant, nanos};
use crate::simulation::fact::{Entry, Fact, Reply, Stood, Who};

/// How many signs of life a process is taken to remember.
const KEPT: usize = 64;

#[derive(Debug, Default)]
pub(crate) struct Patience {
    /// By process: each beat, when it was first known, and the lease that came with it.
    known: BTreeMap<Who, VecDeque<(Beat, u64, Duration)>>,
}

impl Invariant for Patience {
    fn name(&self) -> &'static str {
        "I7 patience"
    }

    fn judge(&mut self, entry: &Entry) -> Result<(), String> {
        let Some(who) = entry.who else { return Ok(()) };
        match &entry.fact {
            Fact::Heard(Stood::Led { beat, lease, .. })
            | Fact::Answered {
                reply:
                    Reply::Held(Stood::Led { beat, lease, .. })
                    | Reply::Lost(Stood::Led { beat, lease, .. }),
                ..
            } => {
                let known = self.known.entry(who).or_default();
                if known.iter().rev().all(|(other, ..)| other != beat) {
                    known.push_back((beat.clone(), entry.own, *lease));
                }
                if known.len() > KEPT {
                    known.pop_front();
                }
            }
            Fact::Bid { taking, .. } => {
                let Some(beat) = &taking.stale else { return Ok(()) };
                let known = self.known.get(&who);
                let first = known.and_then(|known| known.iter().find(|(other, ..)| other == beat));
                let Some((_, since, lease)) = first else {
                    return Err(format!("{who:?} takes {beat}, which it has never seen"));
                };
                let waited = entry.own.saturating_sub(*since);
                if waited < nanos(*lease) {
                    return Err(format!("{who:?} takes {beat} after {waited} ns"));
                }
            }
            Fact::Killed => {
                self.known.remove(&who);
            }
            _ => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::trace::{accepts, led, of, refuses, stale};
    use super::*;

    #[test]
    fn waits_for_the_lease_from_the_first_sight() {
        accepts(
            Patience::default(),
            [
                of(2, 1.0, Fact::Heard(led(1, 7, "a"))),
                of(2, 9.0, Fact::Heard(led(1, 7, "a"))),
                of(2, 16.0, stale(1, "a")),
            ],
        );
    }

    #[test]
    fn too_soon_or_for_something_never_seen() {
        let heard = of(2, 1.0, Fact::Heard(led(1, 7, "a")));
        refuses(Patience::default(), [heard.clone(), of(2, 15.99, stale(1, "a"))]);
        let renewed = of(2, 6.0, Fact::Heard(led(1, 7, "b")));
        refuses(Patience::default(), [heard.clone(), renewed, of(2, 20.0, stale(1, "b"))]);
        refuses(Patience::default(), [heard, of(3, 60.0, stale(1, "a"))]);
    }
}
