//! How long it took until somebody led.

use std::fmt;
use std::ops::AddAssign;
use std::time::Duration;

use super::fact::{Drill, Entry, Fact, Kind};

/// How long it took until somebody led, each time that was asked.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Delays {
    /// From a kill of the leader in a calm to the next term, in thousandths of the (longest) lease.
    pub failovers: Vec<u64>,
    /// From the release of a term in a calm to the next grant, in microseconds.
    pub hand_overs: Vec<u64>,
    /// From the end of all faults to the start of the term that then lasts, in thousandths of the (longest) lease.
    pub recoveries: Vec<u64>,
    lease: u64,
    killed_at: Option<u64>,
    released_at: Option<u64>,
    healed_at: Option<u64>,
    started_at: u64,
    hands_over: bool,
}

impl Delays {
    pub(crate) fn new(lease: Duration) -> Self {
        let lease = u64::try_from(lease.as_nanos()).unwrap_or(u64::MAX).max(1);
        Self { lease, ..Self::default() }
    }

    pub(crate) fn count(&mut self, entry: &Entry) {
        let at = entry.at;
        match &entry.fact {
            Fact::Healed => self.healed_at = Some(at),
            Fact::Calm => {
                if let Some(healed_at) = self.healed_at.take() {
                    let delay = self.started_at.saturating_sub(healed_at);
                    self.recoveries.push(delay * 1000 / self.lease);
                }
            }
            Fact::Stormy => {
                (self.killed_at, self.released_at, self.hands_over) = Default::default()
            }
            Fact::Drill(drill) => {
                self.hands_over = *drill == Drill::HandOver;
                self.killed_at = (*drill == Drill::Kill).then_some(at);
            }
            Fact::Change { kind: Kind::Started(_), .. } => {
                self.started_at = at;
                if let Some(killed_at) = self.killed_at.take() {
                    self.failovers.push((at - killed_at) * 1000 / self.lease);
                }
            }
            Fact::Applied { before: Some(_), after: None } if self.hands_over => {
                self.released_at = Some(at);
            }
            Fact::Applied { after: Some(_), .. } => {
                if let Some(released_at) = self.released_at.take() {
                    self.hand_overs.push((at - released_at) / 1000);
                }
            }
            _ => {}
        }
    }
}

impl AddAssign<&Self> for Delays {
    fn add_assign(&mut self, other: &Self) {
        self.failovers.extend(&other.failovers);
        self.hand_overs.extend(&other.hand_overs);
        self.recoveries.extend(&other.recoveries);
    }
}

impl fmt::Display for Delays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let leases = |thousandths: u64| format!("{}.{:03}", thousandths / 1000, thousandths % 1000);
        let millis = |micros: u64| format!("{}.{:03}", micros / 1000, micros % 1000);
        line(f, "failover after a kill, in leases", &self.failovers, leases)?;
        line(f, "hand-over after a release, in ms", &self.hand_overs, millis)?;
        line(f, "recovery after a storm, in leases", &self.recoveries, leases)
    }
}

fn line(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    delays: &[u64],
    text: impl Fn(u64) -> String,
) -> fmt::Result {
    let mut sorted = delays.to_vec();
    sorted.sort_unstable();
    let at = |percent: usize| {
        let index = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
        sorted.get(index).map_or_else(String::new, |delay| text(*delay))
    };
    let count = sorted.len();
    writeln!(f, "  {name}: p50 {}, p99 {}, longest {} of {count}", at(50), at(99), at(100))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulation::fact::Who;

    fn entry(seconds: u64, fact: Fact) -> Entry {
        let who = Some(Who { slot: 1, life: 1 });
        Entry { at: seconds * 1_000_000_000, own: 0, who, fact }
    }

    #[test]
    fn counts_from_the_kill_and_from_the_healing() {
        let started = |token| Fact::Change { number: token, kind: Kind::Started(token) };
        let mut delays = Delays::new(Duration::from_secs(10));
        delays.count(&entry(1, started(1)));
        delays.count(&entry(2, Fact::Healed));
        delays.count(&entry(30, Fact::Calm));
        delays.count(&entry(40, Fact::Drill(Drill::Kill)));
        delays.count(&entry(52, started(2)));
        delays.count(&entry(60, started(3)));
        assert_eq!((delays.failovers, delays.recoveries), (vec![1200], vec![0]));
    }
}
