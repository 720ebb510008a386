//! A race: many candidates in one election, with faults at random that do not wait for each other.

use std::collections::VecDeque;
use std::fmt;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use elector::store::Backend;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde::Serialize;

use crate::error::{Result, TrialError};
use crate::judge::Verdict;
use crate::ledger::Audit;
use crate::line::ProcessId;
use crate::process::CandidateSpec;
use crate::register::Register;
use crate::stage::Stage;
use crate::stamp::{nanos, now};
use crate::times::{as_millis, text};

/// What a race is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Options {
    /// How many candidates there are; 16 unless set, at least 2.
    pub candidates: u32,
    /// How many terms are led before it ends; 1,000 unless set.
    pub terms: usize,
    /// How long a lease lasts; 500 ms unless set.
    pub lease_duration: Duration,
    /// What the faults are drawn from; 0 unless set. Processes are not repeated by it, only what is done to them.
    pub seed: u64,
}

impl Default for Options {
    fn default() -> Self {
        let lease_duration = Duration::from_millis(500);
        Self { candidates: 16, terms: 1000, lease_duration, seed: 0 }
    }
}

/// What came of a race.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Outcome {
    /// The seed of its faults.
    pub seed: u64,
    /// How long it took; written in milliseconds.
    #[serde(serialize_with = "as_millis", rename = "took_ms")]
    pub took: Duration,
    /// Processes that were killed before the end.
    pub kills: usize,
    /// Processes that were stopped for a while.
    pub freezes: usize,
    /// Requests to resign that the store took.
    pub resigns: usize,
    /// What the judge says of the claims.
    pub verdict: Verdict,
    /// What the ledger says of the register.
    pub audit: Audit,
}

/// Lets candidates race until so many terms were led and every fault has happened, kills, freezes and resigns them
/// meanwhile, and compares what they claimed and wrote.
///
/// Two of three kills and freezes hit the leader, the others anybody; a freeze lasts half a lease to three. `spawn` makes
/// the command of a candidate, which must end in [`Candidacy::run`](crate::candidate::Candidacy::run) with a backend for
/// the election of `backend` and the file of `register`.
///
/// # Errors
///
/// When a candidate gives up, or no further term begins in time.
pub fn run(
    options: &Options,
    spawn: impl Fn(&CandidateSpec) -> Command + Send + 'static,
    backend: Arc<dyn Backend>,
    register: &Register,
) -> Result<Outcome> {
    let stage = Stage::new(spawn, backend, options.lease_duration)?;
    let begin = now();
    let mut race = Race {
        lease: options.lease_duration,
        stage,
        random: StdRng::seed_from_u64(options.seed),
        frozen: VecDeque::new(),
        kills: 0,
        freezes: 0,
        resigns: 0,
    };
    for n in 1..=options.candidates.max(2) {
        // Two have one name: who they are is their session, not their name.
        race.stage.start(&format!("c{}", n.div_ceil(2)))?;
    }
    race.run(options.terms)?;
    let history = register.history().map_err(TrialError::Register)?;
    Ok(Outcome {
        seed: options.seed,
        took: Duration::from_nanos(now().saturating_sub(begin)),
        kills: race.kills,
        freezes: race.freezes,
        resigns: race.resigns,
        verdict: race.stage.judge().verdict(),
        audit: race.stage.ledger().audit(&history),
    })
}

impl Outcome {
    /// Whether nothing was found that must not be.
    pub fn is_good(&self) -> bool {
        self.verdict.is_clean() && self.audit.is_clean()
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seed, took, kills, freezes, resigns, verdict, audit } = self;
        let terms = verdict.terms;
        writeln!(f, "{terms} terms in {}, seed {seed}", text(*took))?;
        writeln!(f, "faults: {kills} kills, {freezes} freezes, {resigns} resignations")?;
        write!(f, "{verdict}\n{audit}")
    }
}

struct Race {
    lease: Duration,
    stage: Stage,
    random: StdRng,
    frozen: VecDeque<Frozen>,
    kills: usize,
    freezes: usize,
    resigns: usize,
}

struct Frozen {
    process: ProcessId,
    /// The term that it led when it was frozen.
    term: Option<u64>,
    since: u64,
    until: u64,
}

impl Race {
    fn run(&mut self, terms: usize) -> Result<()> {
        // A freeze in the store's lock stops everybody until it ends; the rest is for a busy machine.
        let patience = 10 * self.lease + Duration::from_secs(20);
        let (mut led, mut since) = (0, now());
        while led < terms || self.is_tame() {
            self.fault()?;
            let pause = self.lease.mul_f64(0.25 * self.random.random::<f64>());
            self.stage.listen(pause)?;
            self.thaw(now())?;
            if self.stage.judge().terms() > led {
                (led, since) = (self.stage.judge().terms(), now());
            }
            if now().saturating_sub(since) > nanos(patience) {
                let seconds = patience.as_secs_f64();
                return Err(TrialError::TooLate { seconds, until: "a term begins".to_owned() });
            }
        }
        // Whoever was frozen gets the time to wake, and to do what it must not.
        while !self.frozen.is_empty() {
            self.stage.listen(self.lease / 10)?;
            self.thaw(now())?;
        }
        self.stage.listen(self.lease / 2)?;
        self.stage.clear()
    }

    /// Whether some fault has not happened yet: nothing is shown by a race in which nothing happened.
    fn is_tame(&self) -> bool {
        [self.kills, self.freezes, self.resigns, self.stage.judge().frozen()].contains(&0)
    }

    fn fault(&mut self) -> Result<()> {
        let Some(leader) = self.stage.leader().map(|leader| (leader.process, leader.token)) else {
            return Ok(());
        };
        let awake = self.stage.awake();
        let anybody = awake[self.random.random_range(0..awake.len())];
        let target = if self.random.random_bool(2.0 / 3.0) { leader.0 } else { anybody };
        match self.random.random_range(0..3) {
            0 => self.kill(target),
            // Half of them stay awake, so that there is somebody to take over.
            1 if self.frozen.len() < awake.len() => self.freeze(target),
            _ => {
                // While a frozen process holds the store's lock, nobody can be asked.
                if self.stage.ask_to_resign(leader.1).is_ok() {
                    self.resigns += 1;
                }
                Ok(())
            }
        }
    }

    fn kill(&mut self, process: ProcessId) -> Result<()> {
        let Some(name) = self.stage.name(process).map(str::to_owned) else { return Ok(()) };
        self.stage.kill(process)?;
        self.kills += 1;
        self.stage.start(&name)?;
        Ok(())
    }

    fn freeze(&mut self, process: ProcessId) -> Result<()> {
        let term = self.stage.leads(process);
        self.stage.freeze(process)?;
        self.freezes += 1;
        let since = now();
        let until = since + nanos(self.lease.mul_f64(self.random.random_range(0.5..3.0)));
        self.frozen.push_back(Frozen { process, term, since, until });
        Ok(())
    }

    /// Wakes whoever was frozen until `at`.
    fn thaw(&mut self, at: u64) -> Result<()> {
        for _ in 0..self.frozen.len() {
            let Some(frozen) = self.frozen.pop_front() else { break };
            if frozen.until > at {
                self.frozen.push_back(frozen);
                continue;
            }
            let over = frozen.since + nanos(self.stage.judge().hold());
            if let Some(token) = frozen.term.filter(|_| over <= at) {
                self.stage.must_be_over(frozen.process, token, over);
            }
            self.stage.thaw(frozen.process)?;
        }
        Ok(())
    }
}
