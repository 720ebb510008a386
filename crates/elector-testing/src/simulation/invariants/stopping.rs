//! V4: work is told to stop when `renew_deadline` has passed since the last good renewal was sent, and is gone when it
//! had its `stop_budget`; a process that does not run, or whose timers do not, gets there when it can.

use std::collections::BTreeMap;

use super::{Invariant, Terms, nanos};
use crate::simulation::clock::STEP;
use crate::simulation::coverage::Coverage;
use crate::simulation::fact::{Entry, Fact, Kind, Reply, Who};

/// What reading two clocks costs in rounding.
const ROUNDING: u64 = 1000;

#[derive(Debug)]
pub(crate) struct Stopping {
    terms: Terms,
    nodes: BTreeMap<Who, Node>,
    judged: u64,
}

#[derive(Debug, Default)]
struct Node {
    sent: Option<u64>,
    /// When the work is to be told to stop, by the own clock.
    stop_at: Option<u64>,
    /// When work that was told to stop is to be gone.
    gone_by: Option<u64>,
    at_work: bool,
    forces: bool,
    frozen: bool,
    /// The true moment until which the process could do nothing.
    held_until: u64,
}

impl Stopping {
    pub(crate) fn new(terms: &Terms) -> Self {
        Self { terms: *terms, nodes: BTreeMap::new(), judged: 0 }
    }
}

impl Node {
    fn is_in_time(&self, who: Who, entry: &Entry) -> Result<(), String> {
        if self.frozen || entry.at <= self.held_until + STEP {
            return Ok(());
        }
        if let Some(stop_at) = self.stop_at
            && entry.own > stop_at + ROUNDING
        {
            let late = entry.own - stop_at;
            return Err(format!("{who:?} was not told to stop, {late} ns after the deadline"));
        }
        if let Some(gone_by) = self.gone_by
            && self.forces
            && self.at_work
            && entry.own > gone_by + ROUNDING
        {
            let late = entry.own - gone_by;
            return Err(format!("the work of {who:?} is there {late} ns after its time to stop"));
        }
        Ok(())
    }
}

impl Invariant for Stopping {
    fn name(&self) -> &'static str {
        "V4 stop in time"
    }

    fn judge(&mut self, entry: &Entry) -> Result<(), String> {
        let Some(who) = entry.who else { return Ok(()) };
        // What the store notes has no time of the process.
        if entry.own == 0 {
            return Ok(());
        }
        let budget = self.terms.budget_of(who);
        let node = self.nodes.entry(who).or_default();
        // Before the entry is taken note of: a late stop is judged by its own entry.
        node.is_in_time(who, entry)?;
        match &entry.fact {
            Fact::Began { forces, .. } => node.forces = *forces,
            Fact::Bid { .. } | Fact::Renew { .. } => node.sent = Some(entry.own),
            Fact::Answered { reply: Reply::Won { .. } | Reply::Kept { .. }, .. } => {
                let at = node.sent.map(|sent| sent + nanos(budget.renew_deadline()));
                if node.gone_by.is_none() {
                    node.stop_at = at;
                }
            }
            Fact::Change { kind: Kind::Started(_), .. } => node.gone_by = None,
            Fact::Change { kind: Kind::Stopping(..), .. } => {
                self.judged += u64::from(node.stop_at.is_some_and(|at| at <= entry.own));
                node.stop_at = None;
                node.gone_by = Some(entry.own + nanos(budget.stop_budget()));
            }
            Fact::Change { kind: Kind::Ended(_), .. } | Fact::Release { .. } => node.stop_at = None,
            Fact::DriverGone => (node.stop_at, node.gone_by) = (None, None),
            Fact::WorkBegan(_) => node.at_work = true,
            Fact::WorkGone(_) => node.at_work = false,
            Fact::Frozen => node.frozen = true,
            Fact::Thawed => {
                node.frozen = false;
                node.held_until = node.held_until.max(entry.at);
            }
            Fact::TimersHeld(until) => node.held_until = node.held_until.max(*until),
            Fact::Killed => {
                self.nodes.remove(&who);
            }
            _ => {}
        }
        Ok(())
    }

    fn count(&self, coverage: &mut Coverage) {
        coverage.stop_deadlines += self.judged;
    }
}

#[cfg(test)]
mod tests {
    use super::super::trace::{accepts, began, bid, change, of, refuses, terms, won};
    use super::*;

    fn leading() -> Vec<Entry> {
        vec![
            of(1, 0.5, began(1)),
            of(1, 1.0, bid(1)),
            of(1, 2.0, won(1, 7)),
            of(1, 2.0, change(1, Kind::Started(7))),
            of(1, 2.0, Fact::WorkBegan(7)),
        ]
    }

    fn wrote(at: f64) -> Entry {
        of(1, at, Fact::Wrote { token: 7, accepted: true, late: false })
    }

    fn stopping(at: f64) -> Entry {
        of(1, at, change(2, Kind::Stopping(7, "expired")))
    }

    fn and(rest: &[Entry]) -> Vec<Entry> {
        leading().into_iter().chain(rest.iter().cloned()).collect()
    }

    #[test]
    fn told_and_gone_in_time() {
        let gone = of(1, 13.0, Fact::WorkGone(7));
        accepts(Stopping::new(&terms()), and(&[wrote(10.9), stopping(11.0), gone, wrote(20.0)]));
        let frozen = [
            of(1, 5.0, Fact::Frozen),
            of(1, 30.0, Fact::Thawed),
            wrote(30.0),
            stopping(30.0),
            wrote(31.9),
        ];
        accepts(Stopping::new(&terms()), and(&frozen));
    }

    #[test]
    fn told_or_gone_too_late() {
        refuses(Stopping::new(&terms()), and(&[wrote(11.1)]));
        refuses(Stopping::new(&terms()), and(&[stopping(11.0), wrote(13.1)]));
        let thawed = [of(1, 5.0, Fact::Frozen), of(1, 30.0, Fact::Thawed), wrote(30.1)];
        refuses(Stopping::new(&terms()), and(&thawed));
    }

    #[test]
    fn judged_by_the_late_entry_itself() {
        refuses(Stopping::new(&terms()), and(&[stopping(11.1)]));
        let gone = of(1, 13.1, Fact::WorkGone(7));
        refuses(Stopping::new(&terms()), and(&[stopping(11.0), gone]));
    }
}
