//! Where an election stands, for the process that takes part in it.

use crate::protocol::Ended;
use crate::store::Leader;
use crate::term::Term;

/// The latest state of an elector.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Status {
    /// This process does not lead. The leader is known if somebody leads as far as this process can tell.
    Following(Option<Leader>),
    /// This process leads.
    Leading(Term),
    /// This process has to stop leading; its work may still run.
    Stopping(Term, Ended),
    /// The elector was shut down.
    Stopped,
}

impl Status {
    /// The term, while this process leads or stops leading.
    pub fn term(&self) -> Option<&Term> {
        match self {
            Self::Leading(term) | Self::Stopping(term, _) => Some(term),
            Self::Following(_) | Self::Stopped => None,
        }
    }
}
