//! I12: the election is given up, and stood for again, only when the work is gone; work begins once a term, and one at
//! a time.

use std::collections::BTreeMap;

use super::Invariant;
use crate::simulation::fact::{Entry, Fact, Who};

#[derive(Debug, Default)]
pub(crate) struct Presence {
    nodes: BTreeMap<Who, Node>,
}

#[derive(Debug, Default)]
struct Node {
    at_work: Option<u64>,
    latest: u64,
}

impl Invariant for Presence {
    fn name(&self) -> &'static str {
        "I12 stop before release"
    }

    fn judge(&mut self, entry: &Entry) -> Result<(), String> {
        let Some(who) = entry.who else { return Ok(()) };
        let node = self.nodes.entry(who).or_default();
        match (&entry.fact, node.at_work) {
            (Fact::WorkBegan(token), at_work) => {
                if at_work.is_some() || *token <= node.latest {
                    return Err(format!("work began for {token} after {}", node.latest));
                }
                *node = Node { at_work: Some(*token), latest: *token };
            }
            (Fact::WorkGone(token), at_work) => {
                if at_work != Some(*token) {
                    return Err(format!("work that ended for {token} was not there"));
                }
                node.at_work = None;
            }
            (Fact::Release { token, .. }, Some(at_work)) => {
                return Err(format!("{token:?} is released while work for {at_work} runs"));
            }
            (Fact::Bid { .. }, Some(at_work)) => {
                return Err(format!("a bid while work for {at_work} runs"));
            }
            (Fact::Killed, _) => {
                self.nodes.remove(&who);
            }
            _ => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::trace::{accepts, bid, of, refuses};
    use super::*;

    fn release(token: Option<u64>) -> Fact {
        Fact::Release { attempt: 9, token }
    }

    #[test]
    fn released_when_the_work_is_gone() {
        accepts(
            Presence::default(),
            [
                of(1, 1.0, Fact::WorkBegan(7)),
                of(2, 1.0, bid(1)),
                of(1, 2.0, Fact::WorkGone(7)),
                of(1, 2.0, release(Some(7))),
                of(1, 3.0, bid(3)),
                of(1, 4.0, Fact::WorkBegan(8)),
                of(1, 5.0, Fact::Killed),
            ],
        );
    }

    #[test]
    fn released_before_begun_twice_or_bidding() {
        let began = of(1, 1.0, Fact::WorkBegan(7));
        for fact in [release(Some(7)), release(None), bid(2), Fact::WorkBegan(8)] {
            refuses(Presence::default(), [began.clone(), of(1, 2.0, fact)]);
        }
        let gone = of(1, 2.0, Fact::WorkGone(7));
        for fact in [Fact::WorkBegan(7), Fact::WorkGone(7)] {
            refuses(Presence::default(), [began.clone(), gone.clone(), of(1, 3.0, fact)]);
        }
    }
}
