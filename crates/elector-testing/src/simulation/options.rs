//! What to simulate.

use std::time::Duration;

/// What to simulate, and for how long.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// The first seed; the runs take this one and those that follow.
    pub seed: u64,
    /// How many runs there are, each with a seed of its own.
    pub runs: u64,
    /// How much time passes in one run.
    pub length: Duration,
    /// How many threads run at a time.
    pub threads: usize,
    /// Whether anything goes wrong at all.
    pub faults: bool,
    /// Whether coverage below its floor fails.
    pub floors: bool,
    /// Which runs are damaged in ways that no store promises to survive with one leader.
    pub damage: DamageShare,
    /// Only the rule with this short name, such as `I1`; all unless set.
    pub only: Option<String>,
    /// How many of the latest entries a failure prints.
    pub timeline: usize,
    /// Whether every run is made twice and must leave the same trace.
    pub twice: bool,
}

/// How many of the runs delete, wipe, restore and edit the record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum DamageShare {
    /// None.
    Never,
    /// One in four, by the seed.
    #[default]
    Sometimes,
    /// All.
    Always,
}

impl Options {
    /// Runs of an hour each, from `seed` on.
    pub fn new(seed: u64, runs: u64) -> Self {
        Self {
            seed,
            runs,
            length: Duration::from_secs(3600),
            threads: 1,
            faults: true,
            floors: true,
            damage: DamageShare::default(),
            only: None,
            timeline: 400,
            twice: false,
        }
    }
}
