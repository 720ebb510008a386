//! The judge: whether what candidates claimed can have been true.

mod verdict;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::line::{Event, Line, ProcessId};
use crate::stamp::nanos;

pub use verdict::{Overlap, TooEarly, TooLong, Verdict};

/// Judges the claims of all candidates of a trial.
///
/// A claim is the time from the first to the last successful `is_current()` of one process in one term. A term's
/// validity never comes back once it has ended, so a check that succeeded at both ends succeeded in between as well.
///
/// A frozen leader cannot check, but believes: nothing ends its term while it is stopped but its clock, which is that of
/// the host. Its claim lasts until the end that it told of, or until it goes on.
#[derive(Clone, Debug)]
pub struct Judge {
    lease: u64,
    /// For how long a term may be valid after a renewal was sent.
    hold: u64,
    claims: BTreeMap<Claimant, Claim>,
    /// When a term was first said to be over, or its work told to stop: it may be released from then on.
    stopped: BTreeMap<Claimant, u64>,
    /// When processes were frozen: from, to.
    freezes: BTreeMap<ProcessId, Vec<(u64, u64)>>,
    /// Terms that must be over by a moment, because their process was frozen.
    over_by: BTreeMap<Claimant, u64>,
    /// Processes whose ends of terms say nothing, because their clock is another.
    wrong_clocks: BTreeSet<ProcessId>,
    /// Times in which the assumptions did not hold: from, to.
    outside: Vec<(u64, u64)>,
}

type Claimant = (ProcessId, u64);

#[derive(Clone, Copy, Debug)]
struct Claim {
    first: u64,
    last: u64,
    /// Until when the term was valid, as far as was said.
    until: u64,
    /// By how much that was too long.
    excess: u64,
}

impl Judge {
    /// A judge of leases of this duration, under clocks whose rates are within so many millionths.
    ///
    /// It works out by itself how long a leader may hold a lease (docs/guarantees.md), so that it does not share a wrong
    /// rule with those whom it judges.
    pub fn new(lease: Duration, clock_rate_ppm: u32) -> Self {
        let (lease, rho) = (nanos(lease), u128::from(clock_rate_ppm));
        let hold = u128::from(lease) * 1_000_000_u128.saturating_sub(rho) / (1_000_000 + rho);
        Self {
            lease,
            hold: u64::try_from(hold).unwrap_or(lease),
            claims: BTreeMap::new(),
            stopped: BTreeMap::new(),
            freezes: BTreeMap::new(),
            over_by: BTreeMap::new(),
            wrong_clocks: BTreeSet::new(),
            outside: Vec::new(),
        }
    }

    /// Hears what a candidate says, in any order.
    pub fn hear(&mut self, event: &Event) {
        let process = event.process;
        match event.line {
            Some(Line::Current { token, at, until }) => {
                let new = Claim { first: at, last: at, until, excess: 0 };
                let claim = self.claims.entry((process, token)).or_insert(new);
                claim.first = claim.first.min(at);
                claim.last = claim.last.max(at);
                claim.until = claim.until.max(until);
                claim.excess = claim.excess.max(until.saturating_sub(at.saturating_add(self.hold)));
            }
            Some(Line::Lapsed { token, at } | Line::Stopping { token, at, .. }) => {
                let stopped = self.stopped.entry((process, token)).or_insert(at);
                *stopped = at.min(*stopped);
            }
            _ => {}
        }
    }

    /// Takes note that the clock of `process` is not that of the host: when its terms end is not judged.
    pub fn wrong_clock(&mut self, process: ProcessId) {
        self.wrong_clocks.insert(process);
    }

    /// Takes note that `process` does nothing from `at` on, in nanoseconds of the host's clock, but is not dead.
    pub fn froze(&mut self, process: ProcessId, at: u64) {
        self.freezes.entry(process).or_default().push((at, u64::MAX));
    }

    /// Takes note that `process` was let go on at `at`, or killed, frozen or not.
    pub fn thawed(&mut self, process: ProcessId, at: u64) {
        let freeze = self.freezes.get_mut(&process).and_then(|freezes| freezes.last_mut());
        if let Some((_, to)) = freeze.filter(|(_, to)| *to == u64::MAX) {
            *to = at;
        }
    }

    /// Takes note that the term with `token` of `process` must be over at `by`, in nanoseconds of the host's clock:
    /// its process was frozen a [`hold`](elector::Budget::hold) or more before.
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

    /// For how long a term may be valid after a renewal was sent.
    pub(crate) fn hold(&self) -> Duration {
        Duration::from_nanos(self.hold)
    }

    /// When a rival may lead at the earliest, if the latest renewal made a term valid until `until`.
    pub(crate) fn earliest(&self, until: u64) -> u64 {
        until.saturating_add(self.lease - self.hold)
    }

    /// What can be said of all that was heard.
    pub fn verdict(&self) -> Verdict {
        let mut claims: Vec<_> = self
            .claims
            .iter()
            .map(|(claimant, claim)| (claimant, self.believed(claimant, *claim)))
            .collect();
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
            if claim.excess > 0 && !self.wrong_clocks.contains(process) {
                verdict.too_long.push(TooLong { token: *token, nanos: claim.excess });
            }
            let earliest = self.earliest(claim.until);
            for (from, to) in self.freezes_in(&(*process, *token), claim) {
                let during = rest.iter().filter(|((rival, _), other)| {
                    rival != process && (from..to.min(earliest)).contains(&other.first)
                });
                for ((_, later), other) in during {
                    if !self.is_outside(other.first, other.first) {
                        let nanos = earliest - other.first;
                        verdict.too_early.push(TooEarly { frozen: *token, later: *later, nanos });
                    }
                }
            }
        }
        let woke_valid = self.over_by.iter().filter(|(claimant, by)| {
            self.claims.get(claimant).is_some_and(|claim| claim.last >= **by)
        });
        verdict.woke_valid = woke_valid.map(|((_, token), _)| *token).collect();
        verdict
    }

    /// When a process was frozen in a term that it had not begun to end, if its clock tells when that ends.
    fn freezes_in(&self, claimant: &Claimant, claim: &Claim) -> impl Iterator<Item = (u64, u64)> {
        let freezes =
            self.freezes.get(&claimant.0).filter(|_| !self.wrong_clocks.contains(&claimant.0));
        let stopped = self.stopped.get(claimant).copied().unwrap_or(u64::MAX);
        let led = claim.first..stopped.min(claim.until);
        freezes.into_iter().flatten().copied().filter(move |(from, _)| led.contains(from))
    }

    /// A claim with the time in which its process was frozen and would have claimed.
    fn believed(&self, claimant: &Claimant, claim: Claim) -> Claim {
        let ends = self.freezes_in(claimant, &claim).map(|(_, to)| to.min(claim.until - 1));
        Claim { last: ends.fold(claim.last, u64::max), ..claim }
    }
}

#[cfg(test)]
mod tests;
