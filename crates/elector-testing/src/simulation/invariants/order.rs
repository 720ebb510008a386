//! I10, I11: the changes of a process are numbered without a hole, and each term is started, stopped and ended once and
//! in this order.

use std::collections::BTreeMap;

use super::Invariant;
use crate::simulation::fact::{Entry, Fact, Kind, Who};

#[derive(Debug, Default)]
pub(crate) struct Order {
    nodes: BTreeMap<Who, Node>,
}

#[derive(Debug, Default)]
struct Node {
    number: u64,
    latest: u64,
    open: Option<Term>,
    stopped: bool,
}

#[derive(Debug)]
struct Term {
    token: u64,
    stopping: bool,
    overrun: bool,
    ended: bool,
}

impl Node {
    fn change(&mut self, number: u64, kind: Kind) -> Result<(), String> {
        if number != self.number + 1 {
            return Err(format!("change {number} follows {}", self.number));
        }
        self.number = number;
        if self.stopped {
            return Err(format!("{kind:?} after the end"));
        }
        let open = self.open.as_mut();
        match kind {
            Kind::Started(token) => {
                if open.is_some_and(|term| !term.ended) || token <= self.latest {
                    return Err(format!("{token} started, and {} has not ended", self.latest));
                }
                self.latest = token;
                self.open = Some(Term { token, stopping: false, overrun: false, ended: false });
            }
            Kind::Stopping(token, _) => {
                let once = |term: &mut Term| {
                    term.token == token
                        && !term.ended
                        && !std::mem::replace(&mut term.stopping, true)
                };
                if !open.is_some_and(once) {
                    return Err(format!("{token} was stopped twice or does not run"));
                }
            }
            Kind::Overrun(token) => {
                let once = |term: &mut Term| {
                    term.token == token
                        && term.stopping
                        && !std::mem::replace(&mut term.overrun, true)
                };
                if !open.is_some_and(once) {
                    return Err(format!("{token} overran twice or was not stopped"));
                }
            }
            Kind::Ended(token) => {
                let once = |term: &mut Term| {
                    term.token == token && !std::mem::replace(&mut term.ended, true)
                };
                if !open.is_some_and(once) {
                    return Err(format!("{token} ended twice or did not run"));
                }
            }
            Kind::Stopped => {
                self.stopped = true;
                if open.is_some_and(|term| !term.ended) {
                    return Err(format!("stopped with term {} open", self.latest));
                }
            }
            Kind::Leader(_) | Kind::Other => {}
            Kind::Missed(count) => return Err(format!("{count} changes were missed")),
        }
        Ok(())
    }
}

impl Invariant for Order {
    fn name(&self) -> &'static str {
        "I10 order of changes"
    }

    fn judge(&mut self, entry: &Entry) -> Result<(), String> {
        let Some(who) = entry.who else { return Ok(()) };
        match &entry.fact {
            Fact::Change { number, kind } => {
                self.nodes.entry(who).or_default().change(*number, *kind)
            }
            Fact::Killed => {
                self.nodes.remove(&who);
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::trace::{accepts, change, of, refuses};
    use super::*;

    fn entries(kinds: &[Kind]) -> Vec<Entry> {
        let numbered = kinds.iter().zip(1..);
        numbered.map(|(kind, number)| of(1, number as f64, change(number, *kind))).collect()
    }

    #[test]
    fn in_order() {
        let kinds = [
            Kind::Started(3),
            Kind::Leader(Some(3)),
            Kind::Ended(3),
            Kind::Started(5),
            Kind::Stopping(5, "lost"),
            Kind::Ended(5),
            Kind::Overrun(5),
            Kind::Stopped,
        ];
        accepts(Order::default(), entries(&kinds));
    }

    #[test]
    fn out_of_order() {
        for kinds in [
            &[Kind::Started(3), Kind::Started(4)][..],
            &[Kind::Started(3), Kind::Ended(3), Kind::Started(3)],
            &[Kind::Started(3), Kind::Stopping(3, "lost"), Kind::Stopping(3, "lost")],
            &[Kind::Started(3), Kind::Ended(3), Kind::Ended(3)],
            &[Kind::Started(3), Kind::Ended(3), Kind::Stopping(3, "lost")],
            &[Kind::Started(3), Kind::Overrun(3)],
            &[Kind::Ended(3)],
            &[Kind::Started(3), Kind::Stopped],
            &[Kind::Stopped, Kind::Leader(None)],
            &[Kind::Missed(2)],
        ] {
            refuses(Order::default(), entries(kinds));
        }
        refuses(Order::default(), [of(1, 1.0, change(2, Kind::Leader(None)))]);
    }
}
