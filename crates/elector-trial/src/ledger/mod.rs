//! The ledger: whether a register holds what its writers were told.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;

use crate::line::{Event, Line, ProcessId};
use crate::register::Entry;

/// What the writers of a [`Register`](crate::Register) said of it, to be compared with its history.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// How often a write was acknowledged, by token and count. More than once is one too many.
    acknowledged: BTreeMap<(u64, u64), u32>,
    /// Who led the term of a token, as it said itself.
    leaders: BTreeMap<u64, ProcessId>,
    killed: BTreeSet<ProcessId>,
    refused: usize,
}

/// What a comparison of a register with its writers' words found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Audit {
    /// The register's count at the end.
    pub count: u64,
    /// Writes that their writers know of.
    pub acknowledged: usize,
    /// Writes whose writer was killed before it could say that it knows of them; one for each killed process at most.
    pub unknown: usize,
    /// Accesses that were refused because of a smaller token.
    pub refused: usize,
    /// Acknowledged writes that are not in the register: token and count.
    pub lost: Vec<(u64, u64)>,
    /// Writes that did not count up by one from the one before: an update was lost, or made up.
    pub miscounted: Vec<(Entry, Entry)>,
    /// Entries with a smaller token than the one before.
    pub fallen: Vec<(Entry, Entry)>,
    /// Writes that nobody was told of, and for which no process was killed.
    pub unexplained: Vec<Entry>,
}

impl Ledger {
    /// A ledger that has heard nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Hears what a candidate says. Only what a candidate says first of a term must be heard first.
    pub fn hear(&mut self, event: &Event) {
        match event.line {
            Some(Line::Leading { token, .. }) => {
                self.leaders.insert(token, event.process);
            }
            Some(Line::Wrote { token, count, .. }) => {
                *self.acknowledged.entry((token, count)).or_default() += 1;
            }
            Some(Line::Refused { .. }) => self.refused += 1,
            _ => {}
        }
    }

    /// Takes note that a process was killed: it may have made one write more than it said.
    pub fn killed(&mut self, process: ProcessId) {
        self.killed.insert(process);
    }

    /// Compares all that was heard with a register's history.
    pub fn audit(&self, history: &[Entry]) -> Audit {
        let mut audit = Audit {
            count: history.last().map_or(0, |entry| entry.count),
            acknowledged: self.acknowledged.values().map(|times| *times as usize).sum(),
            refused: self.refused,
            ..Audit::default()
        };
        let mut told = self.acknowledged.clone();
        let mut excused = BTreeSet::new();
        let mut before = Entry::default();
        for (index, entry) in history.iter().copied().enumerate() {
            if entry.token < before.token {
                audit.fallen.push((before, entry));
            }
            // An entry that brings a greater token and no other count is a read.
            let is_read = entry.token > before.token && entry.count == before.count;
            if !is_read {
                if entry.count != before.count + 1 {
                    audit.miscounted.push((before, entry));
                }
                match told.get_mut(&(entry.token, entry.count)).filter(|times| **times > 0) {
                    Some(times) => *times -= 1,
                    None if self.may_be_untold(entry, &history[index + 1..], &mut excused) => {
                        audit.unknown += 1;
                    }
                    None => audit.unexplained.push(entry),
                }
            }
            before = entry;
        }
        let lost = told.into_iter().flat_map(|(write, times)| (0..times).map(move |_| write));
        audit.lost = lost.collect();
        audit
    }

    /// Whether a write without a word of its writer is the last one of a process that was killed.
    fn may_be_untold(
        &self,
        entry: Entry,
        later: &[Entry],
        excused: &mut BTreeSet<ProcessId>,
    ) -> bool {
        let leader = self.leaders.get(&entry.token);
        let Some(process) = leader.filter(|process| self.killed.contains(process)) else {
            return false;
        };
        later.iter().all(|other| other.token != entry.token) && excused.insert(*process)
    }
}

impl Audit {
    /// Whether every update is there, once, in the order of the tokens.
    pub fn is_clean(&self) -> bool {
        let faults =
            self.lost.len() + self.miscounted.len() + self.fallen.len() + self.unexplained.len();
        faults == 0 && self.count == (self.acknowledged + self.unknown) as u64
    }
}

impl fmt::Display for Audit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { count, acknowledged, unknown, refused, .. } = self;
        writeln!(
            f,
            "register: {count} = {acknowledged} acknowledged + {unknown} last writes of killed processes; \
             {refused} refused"
        )?;
        let Self { lost, miscounted, fallen, unexplained, .. } = self;
        writeln!(f, "lost updates: {} {lost:?}", lost.len())?;
        writeln!(f, "miscounted updates: {} {miscounted:?}", miscounted.len())?;
        writeln!(f, "accepted writes whose token fell: {} {fallen:?}", fallen.len())?;
        write!(f, "updates that nobody made: {} {unexplained:?}", unexplained.len())
    }
}

#[cfg(test)]
mod tests;
