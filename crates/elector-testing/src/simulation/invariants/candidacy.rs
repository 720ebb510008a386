//! V6: no outage, damage or denial ends a candidacy: only the process itself does.

use std::collections::BTreeSet;

use super::Invariant;
use crate::simulation::fact::{Entry, Fact, Kind, Who};

#[derive(Debug, Default)]
pub(crate) struct Candidacy {
    /// Whose elector has stopped, by a shutdown or because its task was taken away.
    stopped: BTreeSet<Who>,
}

impl Invariant for Candidacy {
    fn name(&self) -> &'static str {
        "V6 candidacy survives"
    }

    fn judge(&mut self, entry: &Entry) -> Result<(), String> {
        let Some(who) = entry.who else { return Ok(()) };
        match &entry.fact {
            Fact::DriverGone | Fact::Change { kind: Kind::Stopped, .. } => {
                self.stopped.insert(who);
            }
            Fact::Killed => {
                self.stopped.remove(&who);
            }
            Fact::Returned("finished" | "withdrew" | "dropped" | "panicked") => {}
            Fact::Returned("shut down") if self.stopped.contains(&who) => {}
            Fact::Returned(why) => return Err(format!("{who:?} gave up: {why}")),
            _ => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::trace::{accepts, change, of, refuses};
    use super::*;

    #[test]
    fn ends_by_itself_only() {
        let stopped = of(1, 1.0, change(1, Kind::Stopped));
        let returned = |why| of(1, 2.0, Fact::Returned(why));
        accepts(Candidacy::default(), [stopped, returned("shut down")]);
        accepts(Candidacy::default(), [returned("finished")]);
        refuses(Candidacy::default(), [returned("shut down")]);
        refuses(Candidacy::default(), [returned("unavailable")]);
    }
}
