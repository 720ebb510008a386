//! V1: once everything works again, there is a leader within the bound, and one only; so it is after each drill.

use std::collections::{BTreeMap, BTreeSet};

use super::Invariant;
use crate::simulation::fact::{Entry, Fact, Kind, Who};

/// The director lets the time of the bound pass before it declares a calm, and after each drill.
#[derive(Debug, Default)]
pub(crate) struct Leader {
    /// Each process's term, the end of its validity, and whether it is being stopped.
    terms: BTreeMap<Who, (u64, u64, bool)>,
    dead: BTreeSet<Who>,
    /// A renewal of a process that has died since has arrived, which the network sent twice: its lease counts anew.
    revived: bool,
    calm: bool,
}

impl Leader {
    fn leaders(&self, at: u64) -> usize {
        self.terms.values().filter(|(_, ends, stopping)| *ends > at && !stopping).count()
    }
}

impl Invariant for Leader {
    fn name(&self) -> &'static str {
        "V1 a leader in time"
    }

    fn judge(&mut self, entry: &Entry) -> Result<(), String> {
        match (&entry.fact, entry.who) {
            (Fact::Stands { token, ends, .. }, Some(who)) => {
                let stopping = self.terms.get(&who).is_some_and(|(of, _, s)| of == token && *s);
                self.terms.insert(who, (*token, *ends, stopping));
            }
            (Fact::Change { kind: Kind::Stopping(token, _), .. }, Some(who)) => {
                let ends = self.terms.get(&who).map_or(0, |(_, ends, _)| *ends);
                self.terms.insert(who, (*token, ends, true));
            }
            (Fact::Killed, Some(who)) => {
                self.terms.remove(&who);
                self.dead.insert(who);
            }
            (Fact::Applied { before: Some(before), after: Some(after) }, Some(who)) => {
                self.revived |= before == after && self.dead.contains(&who);
            }
            (Fact::Calm | Fact::Drill(_) | Fact::Stormy, _) => {
                let judged = self.calm || entry.fact.is_calm();
                self.calm = !matches!(entry.fact, Fact::Stormy);
                let leaders = self.leaders(entry.at);
                if judged && leaders != 1 && !std::mem::take(&mut self.revived) {
                    return Err(format!("{leaders} leaders, although nothing is wrong any more"));
                }
            }
            _ => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::trace::{accepts, change, of, refuses, stands, world};
    use super::*;
    use crate::simulation::fact::Drill;

    #[test]
    fn one_in_every_calm() {
        accepts(
            Leader::default(),
            [
                world(1.0, Fact::Stormy),
                world(40.0, Fact::Healed),
                of(1, 60.0, stands(7, 90.0)),
                world(70.0, Fact::Calm),
                of(1, 71.0, Fact::Killed),
                of(2, 80.0, stands(8, 120.0)),
                world(100.0, Fact::Drill(Drill::Kill)),
                world(110.0, Fact::Stormy),
            ],
        );
    }

    #[test]
    fn none_or_only_one_that_stops() {
        refuses(Leader::default(), [of(1, 60.0, stands(7, 69.0)), world(70.0, Fact::Calm)]);
        let leads = of(1, 60.0, stands(7, 90.0));
        let stopping = of(1, 61.0, change(1, Kind::Stopping(7, "expired")));
        refuses(Leader::default(), [leads.clone(), stopping, world(70.0, Fact::Calm)]);
        let calm = world(70.0, Fact::Calm);
        refuses(Leader::default(), [leads, calm, world(95.0, Fact::Stormy)]);
    }

    #[test]
    fn a_dead_leaders_renewal_that_arrives_late() {
        let begin = [of(1, 60.0, stands(7, 90.0)), world(70.0, Fact::Calm)];
        let dies = [world(71.0, Fact::Drill(Drill::Kill)), of(1, 71.0, Fact::Killed)];
        let entries = || begin.iter().chain(&dies).cloned();
        let term = |token| Some((None, token));
        let renewed = of(1, 75.0, Fact::Applied { before: term(7), after: term(7) });
        let end = || world(95.0, Fact::Stormy);
        accepts(Leader::default(), entries().chain([renewed.clone(), end()]));
        refuses(Leader::default(), entries().chain([end()]));
        let again = [world(96.0, Fact::Calm)];
        refuses(Leader::default(), entries().chain([renewed, end()]).chain(again));
    }

    #[test]
    fn one_that_is_left_alone_and_does_not_lead() {
        let begin = [of(1, 60.0, stands(7, 90.0)), world(70.0, Fact::Calm)];
        let alone = [world(80.0, Fact::Drill(Drill::Alone)), of(1, 80.0, Fact::Killed)];
        let company = world(120.0, Fact::Drill(Drill::Company));
        let leads = of(2, 100.0, stands(8, 130.0));
        let entries = || begin.iter().chain(&alone).cloned();
        accepts(Leader::default(), entries().chain([leads, company.clone()]));
        refuses(Leader::default(), entries().chain([company]));
    }
}
