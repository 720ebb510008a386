//! Everything that happened in a run, as it is written down: hashed, counted, judged.

use std::collections::VecDeque;
use std::hash::{Hash as _, Hasher};

use super::coverage::Coverage;
use super::delays::Delays;
use super::fact::Entry;
use super::invariants::{Excuse, Invariant};

/// A rule that was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Violation {
    /// The rule's short name, such as `I1 uniqueness`.
    pub invariant: &'static str,
    /// What was seen.
    pub message: String,
    /// When, in nanoseconds of the run's true time.
    pub at: u64,
}

#[derive(Debug)]
pub(crate) struct Journal {
    hash: Trace,
    invariants: Vec<Box<dyn Invariant>>,
    coverage: Coverage,
    pub(crate) delays: Delays,
    /// The rule that alone is judged by, by its short name; all unless set.
    pub(crate) only: Option<String>,
    excuse: Excuse,
    violation: Option<Violation>,
    recent: VecDeque<Entry>,
    keep: usize,
}

impl Journal {
    /// A journal that keeps the latest `keep` entries for a timeline.
    pub(crate) fn new(invariants: Vec<Box<dyn Invariant>>, keep: usize) -> Self {
        Self {
            hash: Trace::default(),
            invariants,
            coverage: Coverage::default(),
            delays: Delays::default(),
            only: None,
            excuse: Excuse::default(),
            violation: None,
            recent: VecDeque::new(),
            keep,
        }
    }

    pub(crate) fn write(&mut self, entry: Entry) {
        // What follows a violation may only be its consequence.
        if self.violation.is_some() {
            return;
        }
        entry.hash(&mut self.hash);
        self.coverage.count(&entry);
        self.delays.count(&entry);
        self.excuse.see(&entry.fact);
        for invariant in &mut self.invariants {
            if let Err(message) = invariant.judge(&entry) {
                if self.excuse.is_open() && invariant.is_excused_by_damage() {
                    self.coverage.excused += 1;
                    continue;
                }
                let short = invariant.name().split(' ').next();
                if self.only.is_some() && self.only.as_deref() != short {
                    continue;
                }
                let (invariant, at) = (invariant.name(), entry.at);
                self.violation = Some(Violation { invariant, message, at });
                break;
            }
        }
        if self.keep > 0 {
            if self.recent.len() == self.keep {
                self.recent.pop_front();
            }
            self.recent.push_back(entry);
        }
    }

    /// Nothing follows: the rules tell what they have judged.
    pub(crate) fn close(&mut self) {
        for invariant in &self.invariants {
            invariant.count(&mut self.coverage);
        }
    }

    pub(crate) fn fail(&mut self, invariant: &'static str, message: String, at: u64) {
        self.violation.get_or_insert(Violation { invariant, message, at });
    }

    pub(crate) fn violation(&self) -> Option<&Violation> {
        self.violation.as_ref()
    }

    pub(crate) fn coverage(&mut self) -> &mut Coverage {
        &mut self.coverage
    }

    pub(crate) fn hash(&self) -> u64 {
        self.hash.finish()
    }

    pub(crate) fn recent(&self) -> impl Iterator<Item = &Entry> {
        self.recent.iter()
    }
}

/// A hash that is the same for the same trace in every run of one build. FNV-1a over words, with a stronger mix.
#[derive(Debug)]
struct Trace(u64);

impl Default for Trace {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Trace {
    fn mix(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

impl Hasher for Trace {
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 29)
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.mix(u64::from_le_bytes(word));
        }
    }

    fn write_u8(&mut self, number: u8) {
        self.mix(u64::from(number));
    }

    fn write_u32(&mut self, number: u32) {
        self.mix(u64::from(number));
    }

    fn write_u64(&mut self, number: u64) {
        self.mix(number);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::simulation::fact::{Damage, Fact};

    /// Refuses everything.
    #[derive(Debug)]
    struct Never;

    impl Invariant for Never {
        fn name(&self) -> &'static str {
            "never"
        }

        fn is_excused_by_damage(&self) -> bool {
            true
        }

        fn judge(&mut self, _: &Entry) -> Result<(), String> {
            Err(String::new())
        }
    }

    #[test]
    fn damage_excuses_what_comes_between_it_and_the_calm() {
        let excused = |facts: &[Fact]| {
            let mut journal = Journal::new(vec![Box::new(Never)], 0);
            journal.delays = Delays::new(Duration::from_secs(15));
            for fact in facts {
                journal.write(Entry { at: 1, own: 0, who: None, fact: fact.clone() });
            }
            (journal.coverage.excused, journal.violation().is_some())
        };
        let damaged = Fact::Damaged(Damage::Wiped);
        assert_eq!(excused(&[Fact::Stormy, damaged.clone()]), (0, true));
        assert_eq!(excused(&[damaged.clone(), Fact::Healed]), (2, false));
        assert_eq!(excused(&[damaged, Fact::Healed, Fact::Calm]), (2, true));
    }
}
