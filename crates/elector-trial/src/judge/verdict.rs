//! What a judge found.

use std::fmt;
use std::time::Duration;

use serde::Serialize;

use crate::candidate::SAMPLING;
use crate::times::{nanos_as_millis, text};

/// What the judge found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Verdict {
    /// Terms that somebody claimed.
    pub terms: usize,
    /// Pairs of claims of two processes at one time.
    pub overlaps: Vec<Overlap>,
    /// The same, where the assumptions did not hold: nothing is promised of these.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub outside: Vec<Overlap>,
    /// Terms that began while a leader was frozen, before its lease was over.
    pub too_early: Vec<TooEarly>,
    /// Terms that were said to be valid for longer than a leader may hold a lease.
    pub too_long: Vec<TooLong>,
    /// Tokens that did not rise, each with the token before it, in the order in which the claims began.
    pub not_risen: Vec<(u64, u64)>,
    /// How many frozen terms the judge was told of.
    pub frozen: usize,
    /// Tokens of terms that passed a check after they had been frozen past their end.
    pub woke_valid: Vec<u64>,
}

/// Two processes that led at one time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Overlap {
    /// The token of the claim that began first.
    pub earlier: u64,
    /// The token of the other.
    pub later: u64,
    /// Nanoseconds that both claims have in common, both ends counted: at least 1. Written in milliseconds.
    #[serde(serialize_with = "nanos_as_millis", rename = "ms")]
    pub nanos: u64,
}

/// A takeover from a frozen leader before its lease was over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct TooEarly {
    /// The token of the frozen leader's term.
    pub frozen: u64,
    /// The token of the other.
    pub later: u64,
    /// Nanoseconds by which it was too early: before the frozen leader's last renewal that it told of and one lease.
    /// Written in milliseconds.
    #[serde(serialize_with = "nanos_as_millis", rename = "ms")]
    pub nanos: u64,
}

/// A term that was said to be valid for longer than a leader may hold a lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct TooLong {
    /// The token of the term.
    pub token: u64,
    /// Nanoseconds by which it was too long. Written in milliseconds.
    #[serde(serialize_with = "nanos_as_millis", rename = "ms")]
    pub nanos: u64,
}

impl Verdict {
    /// Whether nothing was found that must not be.
    pub fn is_clean(&self) -> bool {
        let Self { overlaps, too_early, too_long, not_risen, woke_valid, .. } = self;
        let timely = too_early.is_empty() && too_long.is_empty() && woke_valid.is_empty();
        timely && overlaps.is_empty() && not_risen.is_empty()
    }

    /// For how long there were two leaders, in nanoseconds: all overlaps, and the worst of them.
    pub fn two_leaders(&self) -> (u64, u64) {
        let lengths = self.overlaps.iter().map(|overlap| overlap.nanos);
        (lengths.clone().sum(), lengths.max().unwrap_or(0))
    }

    /// This verdict and that of another election together.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.terms += other.terms;
        self.overlaps.extend(other.overlaps);
        self.outside.extend(other.outside);
        self.too_early.extend(other.too_early);
        self.too_long.extend(other.too_long);
        self.not_risen.extend(other.not_risen);
        self.frozen += other.frozen;
        self.woke_valid.extend(other.woke_valid);
        self
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { terms, overlaps, outside, too_early, too_long, .. } = self;
        let Self { not_risen, frozen, woke_valid, .. } = self;
        let sampling = SAMPLING.as_millis();
        writeln!(
            f,
            "overlapping claims, in {terms} terms checked about every {sampling} ms: {} {overlaps:?}",
            overlaps.len()
        )?;
        if !outside.is_empty() {
            let apart = outside.iter().map(|overlap| Duration::from_nanos(overlap.nanos));
            let (total, worst) = (apart.clone().sum(), apart.max().unwrap_or_default());
            writeln!(
                f,
                "overlapping claims outside the assumptions: {}, together {}, worst {}",
                outside.len(),
                text(total),
                text(worst)
            )?;
        }
        writeln!(f, "tokens that did not rise: {} {not_risen:?}", not_risen.len())?;
        writeln!(
            f,
            "current on waking: {} of {frozen} leaders frozen past their term {woke_valid:?}",
            woke_valid.len()
        )?;
        let early = too_early.len();
        writeln!(f, "takeovers before a frozen leader's lease was over: {early} {too_early:?}")?;
        write!(f, "terms said to be valid for too long: {} {too_long:?}", too_long.len())
    }
}
