//! What a candidate process says on its standard output: one JSON object a line.

use serde::{Deserialize, Serialize};

use crate::counted::Requests;

/// One line of a candidate. Every `at` is in nanoseconds of the host's boot-time clock ([`now`](crate::now)).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Line {
    /// It sees that somebody else leads.
    Following {
        /// The leader's token.
        token: u64,
        /// When it saw it.
        at: u64,
    },
    /// It was told that it leads.
    Leading {
        /// The token of its term.
        token: u64,
        /// When it was told.
        at: u64,
    },
    /// `Term::is_current()` was true. Said about once a millisecond, so that a `kill -9` loses little of the claim.
    Current {
        /// The token of its term.
        token: u64,
        /// Read just before the check.
        at: u64,
        /// Until when the term was valid if it was not renewed any more.
        until: u64,
    },
    /// `Term::is_current()` was false after it had been true.
    Lapsed {
        /// The token of its term.
        token: u64,
        /// Read just before the check.
        at: u64,
    },
    /// The register took a write of its.
    Wrote {
        /// The token of its term.
        token: u64,
        /// The count that it wrote.
        count: u64,
        /// When it was told.
        at: u64,
    },
    /// The register refused it: there is a greater token.
    Refused {
        /// The token of its term.
        token: u64,
        /// When it was told.
        at: u64,
    },
    /// Its work was told to stop.
    Stopping {
        /// The token of its term.
        token: u64,
        /// When it was told.
        at: u64,
        /// Why, in one word.
        why: String,
    },
    /// Its work has stopped, and the election is released or lost.
    Ended {
        /// The token of its term.
        token: u64,
        /// When that was done.
        at: u64,
    },
    /// What it has asked of the store so far; said when it is asked for.
    Requests {
        /// When it was counted.
        at: u64,
        /// The numbers.
        requests: Requests,
    },
    /// It cannot go on.
    Failed {
        /// Why.
        message: String,
    },
}

/// One process of a trial. A candidate that is started anew is another process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct ProcessId(pub u32);

/// What a process said, or that it fell silent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Which process.
    pub process: ProcessId,
    /// What it said; `None` when its output ended.
    pub line: Option<Line>,
}
