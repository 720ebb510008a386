//! I8: whoever saw a leader alive, and then finds the record missing or empty for no reason, waits for the leader's
//! lease from the first sight of that.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Invariant, Terms, nanos};
use crate::simulation::clock::STEP;
use crate::simulation::coverage::Coverage;
use crate::simulation::fact::{Entry, Fact, Reply, Stood, Who};

#[derive(Debug)]
pub(crate) struct Vacancy {
    terms: Terms,
    nodes: BTreeMap<Who, Node>,
    judged: u64,
}

#[derive(Debug, Default)]
struct Node {
    session: Option<elector::store::SessionId>,
    /// The latest leader seen whose end nothing explains: its token and lease.
    live: Option<(Option<u64>, Duration)>,
    /// A leader seen alive before the record went back to an earlier term, and the end of its lease by this clock.
    later: Option<(u64, u64)>,
    /// When it was first seen: what is heard and done in one step is in no order.
    live_since: u64,
    /// Since when the record does not show a leader, and whether a release was seen there.
    free_since: Option<(u64, Option<u64>)>,
    /// The term of this process, during which it does not follow.
    term: Option<u64>,
    /// When the bid ran out that is on its way: nobody takes note of a later answer.
    bid_until: u64,
}

impl Vacancy {
    pub(crate) fn new(terms: &Terms) -> Self {
        Self { terms: *terms, nodes: BTreeMap::new(), judged: 0 }
    }
}

impl Node {
    fn see(&mut self, own: u64, stood: &Stood) {
        match stood {
            Stood::Led { session, token, lease, .. } => {
                self.free_since = None;
                if let Some(token) = token {
                    self.later = self.later.filter(|(later, _)| token < later);
                    // A record of the past says nothing of a later leader's end.
                    if let Some((Some(latest), lease)) =
                        self.live.filter(|live| live.0 > Some(*token))
                    {
                        let running = self.later.filter(|(_, until)| own < *until);
                        let until = running.map_or(0, |(_, until)| until).max(own + nanos(lease));
                        self.later = Some((running.map_or(latest, |(later, _)| later), until));
                    }
                }
                let mine = session.is_some() && *session == self.session;
                let live = (!mine).then_some((*token, *lease));
                if self.live.is_none() {
                    self.live_since = own;
                }
                self.live = live;
            }
            Stood::Released(token) => {
                if self.live.is_some_and(|(live, _)| *token >= live.unwrap_or_default()) {
                    self.live = None;
                }
                self.later = self.later.filter(|(later, _)| token < later);
                if self.free_since.is_none_or(|(_, released)| released != Some(*token)) {
                    self.free_since = Some((own, Some(*token)));
                }
            }
            Stood::Vacant | Stood::Missing => {
                if *stood == Stood::Vacant && self.live.is_some_and(|(token, _)| token.is_none()) {
                    self.live = None;
                }
                if self.free_since.is_none_or(|(_, released)| released.is_some()) {
                    self.free_since = Some((own, None));
                }
            }
        }
    }

    fn forget(&mut self) {
        (self.live, self.later, self.free_since, self.term) = (None, None, None, None);
    }
}

impl Invariant for Vacancy {
    fn name(&self) -> &'static str {
        "I8 vacancy"
    }

    fn judge(&mut self, entry: &Entry) -> Result<(), String> {
        let Some(who) = entry.who else { return Ok(()) };
        let node = self.nodes.entry(who).or_default();
        match &entry.fact {
            Fact::Began { session, .. } => {
                node.session = Some(*session);
                let lease = self.terms.budget_of(who).lease_duration();
                node.live = self.terms.distrust_missing.then_some((Some(0), lease));
            }
            Fact::Heard(stood) => match (node.term, stood) {
                (Some(term), Stood::Led { token: Some(token), .. }) if *token > term => {
                    node.forget();
                    node.see(entry.own, stood);
                }
                (Some(_), _) => {}
                (None, stood) => node.see(entry.own, stood),
            },
            Fact::Answered { reply: Reply::Held(stood), .. } if entry.own < node.bid_until => {
                node.see(entry.own, stood);
            }
            Fact::Answered { reply: Reply::Won { token, .. }, .. } => {
                node.forget();
                node.term = Some(*token);
            }
            Fact::Answered { reply: Reply::Lost(stood), .. } => {
                node.forget();
                node.see(entry.own, stood);
            }
            Fact::Release { token: Some(_), .. } => node.forget(),
            Fact::Bid { taking, .. } => {
                node.bid_until = entry.own + nanos(self.terms.budget_of(who).attempt_timeout());
                if !taking.unexplained {
                    return Ok(());
                }
                if let Some((later, until)) = node.later.filter(|(_, until)| entry.own < *until) {
                    return Err(format!(
                        "{who:?} takes a record of the past at {}, and the lease of {later} runs until {until}",
                        entry.own
                    ));
                }
                let Some((token, lease)) = node.live else { return Ok(()) };
                if entry.own <= node.live_since + STEP {
                    return Ok(());
                }
                self.judged += 1;
                let waited = node.free_since.map(|(since, _)| entry.own.saturating_sub(since));
                if waited.is_none_or(|waited| waited < nanos(lease)) {
                    return Err(format!(
                        "{who:?} takes a missing record {waited:?} ns after its loss, and saw {token:?} alive"
                    ));
                }
            }
            Fact::Killed => {
                self.nodes.remove(&who);
            }
            _ => {}
        }
        Ok(())
    }

    fn count(&self, coverage: &mut Coverage) {
        coverage.vacancy_bids += self.judged;
    }
}

#[cfg(test)]
mod tests {
    use super::super::trace::{accepts, began, bid, led, of, refuses, terms, won};
    use super::*;

    fn seen(rest: Vec<Entry>) -> Vec<Entry> {
        let mut entries = vec![of(2, 0.0, began(2)), of(2, 1.0, Fact::Heard(led(1, 7, "a")))];
        entries.extend(rest);
        entries
    }

    #[test]
    fn waits_or_has_seen_nobody_or_a_release() {
        accepts(Vacancy::new(&terms()), [of(2, 1.0, bid(1))]);
        accepts(Vacancy::new(&terms()), seen(vec![of(2, 1.0, bid(1))]));
        let missing = |at| of(2, at, Fact::Heard(Stood::Missing));
        let waits = vec![missing(5.0), missing(9.0), of(2, 20.0, bid(1))];
        accepts(Vacancy::new(&terms()), seen(waits));
        let released = vec![of(2, 5.0, Fact::Heard(Stood::Released(7))), of(2, 5.0, bid(1))];
        accepts(Vacancy::new(&terms()), seen(released));
        let led_since = vec![of(2, 3.0, won(1, 8)), of(2, 4.0, bid(2))];
        accepts(Vacancy::new(&terms()), seen(led_since));
    }

    #[test]
    fn waits_once_for_a_later_leader_than_the_record_shows() {
        let past = || of(2, 5.0, Fact::Heard(led(1, 3, "p")));
        let released = |at| of(2, at, Fact::Heard(Stood::Released(3)));
        accepts(Vacancy::new(&terms()), seen(vec![past(), released(20.0), of(2, 20.0, bid(1))]));
        refuses(Vacancy::new(&terms()), seen(vec![past(), released(6.0), of(2, 19.99, bid(1))]));
        let back = of(2, 6.0, Fact::Heard(Stood::Released(7)));
        accepts(Vacancy::new(&terms()), seen(vec![past(), back, of(2, 6.0, bid(1))]));
    }

    #[test]
    fn takes_what_vanished_too_soon() {
        let missing = of(2, 5.0, Fact::Heard(Stood::Missing));
        refuses(Vacancy::new(&terms()), seen(vec![missing, of(2, 19.99, bid(1))]));
        refuses(Vacancy::new(&terms()), seen(vec![of(2, 60.0, bid(1))]));
        let vacant = of(2, 5.0, Fact::Heard(Stood::Vacant));
        refuses(Vacancy::new(&terms()), seen(vec![vacant, of(2, 6.0, bid(1))]));
        // A release of an older term explains nothing.
        let older = of(2, 5.0, Fact::Heard(Stood::Released(6)));
        refuses(Vacancy::new(&terms()), seen(vec![older, of(2, 6.0, bid(1))]));
    }

    #[test]
    fn an_answer_after_the_deadline_of_its_bid_is_nobodys() {
        let held = || Fact::Answered { attempt: 1, reply: Reply::Held(led(1, 7, "a")) };
        let begin = [of(2, 0.0, began(2)), of(2, 1.0, bid(1))];
        let answered = |at| [of(2, at, held()), of(2, 9.0, bid(2))];
        accepts(Vacancy::new(&terms()), begin.iter().cloned().chain(answered(8.0)));
        refuses(Vacancy::new(&terms()), begin.iter().cloned().chain(answered(1.1)));
    }

    #[test]
    fn a_leader_of_the_past_explains_nothing() {
        let past = of(2, 2.0, Fact::Heard(led(3, 5, "old")));
        let missing = of(2, 5.0, Fact::Heard(Stood::Missing));
        let released = of(2, 5.0, Fact::Heard(Stood::Released(5)));
        for shown in [missing, released] {
            let entries = vec![past.clone(), shown, of(2, 6.0, bid(1))];
            refuses(Vacancy::new(&terms()), seen(entries));
        }
    }

    #[test]
    fn a_distrustful_one_waits_from_the_first() {
        let distrustful = || Vacancy::new(&Terms { distrust_missing: true, ..terms() });
        let begin = [of(2, 0.0, began(2)), of(2, 1.0, Fact::Heard(Stood::Missing))];
        refuses(distrustful(), begin.iter().cloned().chain([of(2, 15.9, bid(1))]));
        accepts(distrustful(), begin.iter().cloned().chain([of(2, 16.0, bid(1))]));
    }
}
