//! The judge: whether what candidates claimed can have been true.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::line::{Event, Line, ProcessId};
use crate::times::nanos_as_millis;

/// Judges the claims of all candidates of a trial.
///
/// A claim is the time from the first to the last successful `is_current()` of one process in one term. A term's
/// validity never comes back once it has ended, so a check that succeeded at both ends succeeded in between as well.
#[derive(Clone, Debug, Default)]
pub struct Judge {
    claims: BTreeMap<Claimant, Claim>,
    /// Terms that must be over by a moment, because their process was frozen.
    over_by: BTreeMap<Claimant, u64>,
    /// Times in which the assumptions did not hold: from, to.
    outside: Vec<(u64, u64)>,
}

type Claimant = (ProcessId, u64);

#[derive(Clone, Copy, Debug)]
struct Claim {
    first: u64,
    last: u64,
}

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
    /// Tokens that did not rise, each with the token before it, in the order in which the claims began.
    pub not_risen: Vec<(u64, u64)>,
    /// How many frozen terms the judge was told of.
    pub frozen: usize,
    /// Tokens of terms that passed a check after they had been frozen past their lease.
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

impl Judge {
    /// A judge that has heard nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Hears what a candidate says, in any order.
    pub fn hear(&mut self, event: &Event) {
        if let Some(Line::Current { token, at, .. }) = event.line {
            let new = Claim { first: at, last: at };
            let claim = self.claims.entry((event.process, token)).or_insert(new);
            claim.first = claim.first.min(at);
            claim.last = claim.last.max(at);
        }
    }

    /// Takes note that the term with `token` of `process` must be over at `by`, in nanoseconds of the host's clock:
    /// its process was frozen a lease or more before.
    pub fn must_be_over(&mut self, process: ProcessId, token: u64, by: u64) {
        let limit = self.over_by.entry((process, token)).or_insert(by);
        *limit = by.min(*limit);
    }

    /// Takes note that the assumptions did not hold from one moment to another, in nanoseconds of the host's clock:
    /// overlaps that lie in between are counted apart.
    pub fn outside(&mut self, from: u64, to: u64) {
        self.outside.push((from, to));
    }

    fn is_outside(&self, from: u64, to: u64) -> bool {
        self.outside.iter().any(|outside| outside.0 <= from && to <= outside.1)
    }

    /// How many terms were claimed so far.
    pub fn terms(&self) -> usize {
        self.claims.len()
    }

    /// How many terms it was told of so far that must be over because of a freeze.
    pub(crate) fn frozen(&self) -> usize {
        self.over_by.len()
    }

    /// What can be said of all that was heard.
    pub fn verdict(&self) -> Verdict {
        let mut claims: Vec<_> = self.claims.iter().collect();
        claims.sort_by_key(|(_, claim)| (claim.first, claim.last));
        let mut verdict =
            Verdict { terms: claims.len(), frozen: self.over_by.len(), ..Verdict::default() };
        for (index, ((process, token), claim)) in claims.iter().enumerate() {
            let rest = &claims[index + 1..];
            let during = rest.iter().take_while(|(_, other)| other.first <= claim.last);
            for ((rival, later), other) in during {
                if rival != process {
                    let (from, to) = (other.first, claim.last.min(other.last));
                    let overlap = Overlap { earlier: *token, later: *later, nanos: to - from + 1 };
                    if self.is_outside(from, to) {
                        verdict.outside.push(overlap);
                    } else {
                        verdict.overlaps.push(overlap);
                    }
                }
            }
            if let Some(((_, next), _)) = rest.first().filter(|((_, next), _)| next <= token) {
                verdict.not_risen.push((*token, *next));
            }
        }
        let woke_valid = self.over_by.iter().filter(|(claimant, by)| {
            self.claims.get(claimant).is_some_and(|claim| claim.last >= **by)
        });
        verdict.woke_valid = woke_valid.map(|((_, token), _)| *token).collect();
        verdict
    }
}

impl Verdict {
    /// Whether nothing was found that must not be.
    pub fn is_clean(&self) -> bool {
        self.overlaps.is_empty() && self.not_risen.is_empty() && self.woke_valid.is_empty()
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
        self.not_risen.extend(other.not_risen);
        self.frozen += other.frozen;
        self.woke_valid.extend(other.woke_valid);
        self
    }
}

#[cfg(test)]
mod tests;
