//! V7, I16: while nothing is wrong a leader renews once an interval, and nobody else calls the store at all but for the
//! first bid of a process.

use std::collections::{BTreeMap, BTreeSet};

use super::{Invariant, Terms, nanos};
use crate::simulation::fact::{Entry, Fact, Who};

#[derive(Debug)]
pub(crate) struct Requests {
    terms: Terms,
    quiet_since: Option<u64>,
    renewals: BTreeMap<Who, u64>,
    /// Who began in this calm, and has not bid yet.
    newcomers: BTreeSet<Who>,
}

impl Requests {
    pub(crate) fn new(terms: &Terms) -> Self {
        Self {
            terms: *terms,
            quiet_since: None,
            renewals: BTreeMap::new(),
            newcomers: BTreeSet::new(),
        }
    }
}

impl Invariant for Requests {
    fn name(&self) -> &'static str {
        "V7 request budget"
    }

    fn judge(&mut self, entry: &Entry) -> Result<(), String> {
        let Some(since) = self.quiet_since else {
            if entry.fact.is_calm() {
                self.quiet_since = Some(entry.at);
                self.renewals.clear();
                self.newcomers.clear();
            }
            return Ok(());
        };
        match (&entry.fact, entry.who) {
            (Fact::Drill(_) | Fact::Stormy, _) => self.quiet_since = None,
            (Fact::Began { .. }, Some(who)) => {
                self.newcomers.insert(who);
            }
            (Fact::Bid { .. }, Some(who)) if self.newcomers.remove(&who) => {}
            (Fact::Bid { .. } | Fact::Release { .. }, Some(who)) => {
                return Err(format!("{who:?} calls the store in a calm, and does not lead"));
            }
            (Fact::Renew { .. }, Some(who)) => {
                let budget = self.terms.budget_of(who);
                let made = self.renewals.entry(who).or_default();
                *made += 1;
                // By a clock that may be fast, and one more that was due.
                let passed =
                    (entry.at - since) as u128 * u128::from(1_000_000 + budget.clock_rate_ppm());
                let due = passed / 1_000_000 / u128::from(nanos(budget.renew_interval())) + 2;
                if u128::from(*made) > due {
                    return Err(format!("{made} renewals where {due} are due"));
                }
            }
            _ => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::trace::{accepts, began, bid, of, refuses, terms, world};
    use super::*;

    fn renewals(times: &[f64]) -> Vec<Entry> {
        let renew = |at: &f64| of(1, *at, Fact::Renew { attempt: 1, token: 7 });
        std::iter::once(world(0.0, Fact::Calm)).chain(times.iter().map(renew)).collect()
    }

    #[test]
    fn once_an_interval() {
        accepts(Requests::new(&terms()), renewals(&[0.1, 5.0, 9.7, 14.4, 19.2]));
        let storm = [world(0.0, Fact::Calm), world(1.0, Fact::Stormy), of(2, 2.0, bid(1))];
        accepts(Requests::new(&terms()), storm);
    }

    #[test]
    fn a_newcomer_bids_once() {
        let calm = world(0.0, Fact::Calm);
        let once = [calm, of(2, 1.0, began(2)), of(2, 1.1, bid(1))];
        accepts(Requests::new(&terms()), once.clone());
        refuses(Requests::new(&terms()), once.into_iter().chain([of(2, 2.0, bid(2))]));
    }

    #[test]
    fn too_often_or_by_a_follower() {
        refuses(Requests::new(&terms()), renewals(&[0.1, 2.0, 3.0]));
        refuses(Requests::new(&terms()), [world(0.0, Fact::Calm), of(2, 2.0, bid(1))]);
    }
}
