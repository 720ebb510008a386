//! What must hold in every run, one rule a file.
//!
//! A rule reads the journal entry by entry and says no at the first entry that breaks it. Each is tried on traces made
//! by hand: some that it must accept, and at least one that it must refuse.

mod uniqueness;

use std::fmt;
use std::time::Duration;

use elector::Budget;
use elector::store::Expiry;

use super::fact::Entry;

/// A rule over the entries of a journal.
pub(crate) trait Invariant: fmt::Debug + Send {
    fn name(&self) -> &'static str;

    /// Takes note of the next entry.
    fn judge(&mut self, entry: &Entry) -> Result<(), String>;
}

/// What the rules are held against.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms {
    pub(crate) budget: Budget,
    pub(crate) expiry: Expiry,
    pub(crate) lease: Duration,
    pub(crate) damaged: bool,
}

pub(crate) fn all(_terms: &Terms) -> Vec<Box<dyn Invariant>> {
    vec![Box::new(uniqueness::Uniqueness::default())]
}
