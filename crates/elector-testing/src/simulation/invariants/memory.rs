//! What a store can still tell its earlier tokens by, after damage.

use super::Terms;
use crate::simulation::fact::Damage;

#[derive(Debug)]
pub(crate) struct StoreMemory {
    tokens_are_versions: bool,
    /// The store has forgotten tokens at least once; only the record and the candidates may remember.
    pub(crate) has_forgotten: bool,
}

impl StoreMemory {
    pub(crate) fn new(terms: &Terms) -> Self {
        Self { tokens_are_versions: terms.tokens_are_versions, has_forgotten: false }
    }

    /// Whether the store has nothing left after this to tell its earlier tokens by.
    ///
    /// Where tokens are versions, and the versions began anew, a greater token lives on in the record alone.
    pub(crate) fn loses_all_by(&mut self, damage: Damage) -> bool {
        self.has_forgotten |= damage.forgets_tokens();
        let with_the_record = self.has_forgotten && self.tokens_are_versions;
        damage.forgets_tokens() || (damage == Damage::Deleted && with_the_record)
    }
}
