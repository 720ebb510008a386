//! What must hold in every run, one rule a file.
//!
//! A rule reads the journal entry by entry and says no at the first entry that breaks it. Each is tried on traces made
//! by hand: some that it must accept, and at least one that it must refuse.

mod anchor;
mod candidacy;
mod closed;
mod excuse;
mod fencing;
mod hand_over;
mod holder;
mod inheritance;
mod leader;
mod loss;
mod memory;
mod order;
mod patience;
mod presence;
mod requests;
mod steadiness;
mod stopping;
mod tokens;
mod uniqueness;
mod vacancy;

#[cfg(test)]
mod trace;

use std::fmt;
use std::time::Duration;

use elector::Budget;
use elector::store::Expiry;

use super::coverage::Coverage;
use super::fact::{Entry, Who};
use super::sim::SLOTS;
pub(crate) use excuse::Excuse;

/// A rule over the entries of a journal.
pub(crate) trait Invariant: fmt::Debug + Send {
    fn name(&self) -> &'static str;

    /// Whether nothing is promised about this while the damage to the store or a clock lasts.
    fn is_excused_by_damage(&self) -> bool {
        false
    }

    /// Takes note of the next entry.
    fn judge(&mut self, entry: &Entry) -> Result<(), String>;

    /// Adds the cases that were judged, where a rule may meet too few of them.
    fn count(&self, coverage: &mut Coverage) {
        let _ = coverage;
    }
}

/// What the rules are held against.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms {
    /// By slot.
    pub(crate) budgets: [Budget; SLOTS],
    pub(crate) expiry: Expiry,
    pub(crate) distrust_missing: bool,
    pub(crate) tokens_are_versions: bool,
}

impl Terms {
    pub(crate) fn budget_of(&self, who: Who) -> &Budget {
        &self.budgets[usize::from(who.slot) % SLOTS]
    }
}

pub(crate) fn all(terms: &Terms) -> Vec<Box<dyn Invariant>> {
    let mut rules: Vec<Box<dyn Invariant>> = vec![
        Box::new(uniqueness::Uniqueness::default()),
        Box::new(holder::Holder::default()),
        Box::new(tokens::Tokens::new(terms)),
        Box::new(fencing::Fencing::new(terms)),
        Box::new(anchor::Anchor::new(terms)),
        Box::new(inheritance::Inheritance::default()),
        Box::new(order::Order::default()),
        Box::new(presence::Presence::default()),
        Box::new(loss::Loss::default()),
        Box::new(closed::Closed::default()),
        Box::new(leader::Leader::default()),
        Box::new(steadiness::Steadiness::default()),
        Box::new(hand_over::HandOver::default()),
        Box::new(stopping::Stopping::new(terms)),
        Box::new(candidacy::Candidacy::default()),
        Box::new(requests::Requests::new(terms)),
    ];
    if terms.expiry == Expiry::Observed {
        rules.push(Box::new(patience::Patience::default()));
        rules.push(Box::new(vacancy::Vacancy::new(terms)));
    }
    rules
}

pub(crate) fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
