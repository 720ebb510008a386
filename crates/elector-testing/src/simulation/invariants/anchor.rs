//! I6, I14: a term is valid until the hold after its last good renewal was *sent*, by its own clock, and no later; this
//! moment moves only by a renewal, and never back but to the end.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Invariant, Terms, nanos};
use crate::simulation::fact::{Entry, Fact, Reply, Who};

#[derive(Debug)]
pub(crate) struct Anchor {
    ppm: u32,
    nodes: BTreeMap<Who, Node>,
}

#[derive(Debug, Default)]
struct Node {
    /// The calls that were not answered: attempt and own time of sending.
    sent: BTreeMap<u64, u64>,
    /// The term, and until when it may be valid by the renewals that were answered.
    allowed: Option<(u64, u64)>,
    until: u64,
    is_renewed: bool,
}

impl Anchor {
    pub(crate) fn new(terms: &Terms) -> Self {
        Self { ppm: terms.budgets[0].clock_rate_ppm(), nodes: BTreeMap::new() }
    }

    /// Gray's and Cheriton's rule, worked out here once more.
    fn hold(&self, lease: Duration) -> u64 {
        let (slow, fast) = (1_000_000 - self.ppm, 1_000_000 + self.ppm);
        (u128::from(nanos(lease)) * u128::from(slow) / u128::from(fast)) as u64
    }
}

impl Invariant for Anchor {
    fn name(&self) -> &'static str {
        "I6 anchor"
    }

    fn judge(&mut self, entry: &Entry) -> Result<(), String> {
        let Some(who) = entry.who else { return Ok(()) };
        let reply = match &entry.fact {
            Fact::Answered { reply: Reply::Won { lease, token }, attempt }
            | Fact::Answered { reply: Reply::Kept { lease, token }, attempt } => {
                Some((*attempt, *token, self.hold(*lease)))
            }
            _ => None,
        };
        let node = self.nodes.entry(who).or_default();
        if let Some((attempt, token, hold)) = reply {
            let Some(sent) = node.sent.remove(&attempt) else {
                return Err(format!("attempt {attempt} was answered and not made"));
            };
            match &mut node.allowed {
                Some((of, until)) if *of == token => *until = (*until).max(sent + hold),
                allowed => {
                    *allowed = Some((token, sent + hold));
                    node.until = 0;
                }
            }
            node.is_renewed = true;
        }
        match &entry.fact {
            Fact::Bid { attempt, .. } | Fact::Renew { attempt, .. } => {
                // There is one call at a time.
                node.sent.clear();
                node.sent.insert(*attempt, entry.own);
            }
            Fact::Stands { token, until, .. } if *until > 0 => {
                let allowed = node.allowed.filter(|(of, _)| of == token).map_or(0, |(_, a)| a);
                if *until > allowed {
                    return Err(format!(
                        "term {token} is valid until {until}, {} ns longer than its renewals allow",
                        until - allowed
                    ));
                }
                if *until < node.until {
                    return Err(format!("the validity of {token} went back to {until}"));
                }
                if *until > node.until && !node.is_renewed {
                    return Err(format!("the validity of {token} grew without a renewal"));
                }
                node.until = *until;
                node.is_renewed = false;
            }
            Fact::Checked(token) => {
                let valid = node.allowed.filter(|(of, _)| of == token && node.until > entry.own);
                if valid.is_none() {
                    return Err(format!("a check of {token} succeeded, and it is not valid"));
                }
            }
            // Over: any later validity is one without a renewal.
            Fact::Stands { .. } => {
                node.is_renewed = false;
                (node.allowed, node.until) = (None, 0);
            }
            Fact::Killed => {
                self.nodes.remove(&who);
            }
            _ => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::trace::{accepts, bid, kept, of, refuses, stands, terms, won};
    use super::*;

    /// 15 s by 0.95 / 1.05.
    const HOLD: f64 = 13.571_428_571;

    fn renew(attempt: u64) -> Fact {
        Fact::Renew { attempt, token: 7 }
    }

    fn term() -> Vec<Entry> {
        vec![
            of(1, 1.0, bid(1)),
            of(1, 2.0, won(1, 7)),
            of(1, 2.0, stands(7, 1.0 + HOLD)),
            of(1, 6.0, renew(2)),
        ]
    }

    #[test]
    fn counts_from_the_sending() {
        let mut entries = term();
        entries.extend([of(1, 7.0, kept(2, 7)), of(1, 7.0, stands(7, 6.0 + HOLD))]);
        entries.push(of(1, 8.0, stands(7, 0.0)));
        accepts(Anchor::new(&terms()), entries);
    }

    #[test]
    fn counted_from_the_answer_or_longer_than_the_hold() {
        let bids = [of(1, 1.0, bid(1)), of(1, 2.0, won(1, 7))];
        for until in [2.0 + HOLD, 1.0 + 15.0, 1.0 + HOLD + 1e-6] {
            let stands = of(1, 2.0, stands(7, until));
            refuses(Anchor::new(&terms()), bids.iter().cloned().chain([stands]));
        }
    }

    #[test]
    fn extended_by_doubt_moved_back_or_revived() {
        let doubt = Fact::Answered { attempt: 2, reply: Reply::Doubt("unavailable") };
        let mut extended = term();
        extended.extend([of(1, 7.0, doubt), of(1, 7.0, stands(7, 6.0 + HOLD))]);
        refuses(Anchor::new(&terms()), extended);
        let mut back = term();
        back.push(of(1, 7.0, stands(7, HOLD)));
        refuses(Anchor::new(&terms()), back);
        let mut revived = term();
        revived.extend([of(1, 7.0, stands(7, 0.0)), of(1, 8.0, stands(7, 1.0 + HOLD))]);
        refuses(Anchor::new(&terms()), revived);
    }

    #[test]
    fn a_check_that_succeeds_too_late() {
        let mut entries = term();
        entries.push(of(1, 1.0 + HOLD - 1e-6, Fact::Checked(7)));
        accepts(Anchor::new(&terms()), entries.clone());
        entries.push(of(1, 1.0 + HOLD, Fact::Checked(7)));
        refuses(Anchor::new(&terms()), entries);
    }

    #[test]
    fn a_term_that_nobody_granted() {
        refuses(Anchor::new(&terms()), [of(1, 1.0, stands(7, 2.0))]);
    }
}
