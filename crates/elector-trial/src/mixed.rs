//! Faults of every kind, drawn at random, one after the other, each judged by itself.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use elector::store::Backend;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde::Serialize;

use crate::error::{Result, TrialError};
use crate::faults::{self, Fault, Mended};
use crate::judge::Verdict;
use crate::ledger::Audit;
use crate::process::CandidateSpec;
use crate::register::Register;
use crate::stage::{Leader, Stage};
use crate::stamp::now;
use crate::times::{as_millis, text};

/// How often each fault is drawn, in hundredths.
const SHARES: [(Fault, u32); 7] = [
    (Fault::Kill, 32),
    (Fault::Resign, 26),
    (Fault::Freeze, 20),
    (Fault::Restart, 6),
    (Fault::Wipe, 4),
    (Fault::SlowClock, 6),
    (Fault::FastClock, 6),
];

/// What a mixed trial is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Options {
    /// How many candidates there are; 4 unless set, at least 2.
    pub candidates: u32,
    /// How many faults are made; 1,000 unless set.
    pub faults: u32,
    /// How long a lease lasts; 1 s unless set.
    pub lease_duration: Duration,
    /// What the faults are drawn from; 0 unless set. Processes are not repeated by it, only what is done to them.
    pub seed: u64,
    /// The only fault to make, if it shall be one alone.
    pub only: Option<Fault>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            candidates: 4,
            faults: 1000,
            lease_duration: Duration::from_secs(1),
            seed: 0,
            only: None,
        }
    }
}

/// What came of a mixed trial.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Outcome {
    /// The seed of its faults.
    pub seed: u64,
    /// How long it took; written in milliseconds.
    #[serde(serialize_with = "as_millis", rename = "took_ms")]
    pub took: Duration,
    /// What came of each kind of fault.
    pub faults: BTreeMap<Fault, Count>,
    /// Faults that were mended too late: what it was, the token of the term that it hit, and milliseconds until somebody
    /// led again.
    pub late: Vec<(Fault, u64, u128)>,
    /// Faults in which the store was blocked by a frozen process, so that nobody could lead until it woke.
    pub blocked: u32,
    /// What the judge says of the claims.
    pub verdict: Verdict,
    /// What the ledger says of the register.
    pub audit: Audit,
}

/// Faults of one kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Count {
    /// How many were made.
    pub made: u32,
    /// How many changes of the leader they made; a rolling restart may make several.
    pub changes: u32,
    /// After how many of these somebody led within the bound.
    pub in_time: u32,
    /// The bound; written in milliseconds.
    #[serde(serialize_with = "as_millis", rename = "bound_ms")]
    pub bound: Duration,
    /// The longest time without a leader that was told; written in milliseconds.
    #[serde(serialize_with = "as_millis", rename = "worst_ms")]
    pub worst: Duration,
    /// For how long there were two leaders, all together, where that is outside the assumptions; written in milliseconds.
    #[serde(serialize_with = "as_millis", rename = "two_leaders_ms")]
    pub two_leaders: Duration,
}

/// Lets candidates elect and count in `register` under so many faults.
///
/// `spawn` makes the command of a candidate, which must end in [`Candidacy::run`](crate::candidate::Candidacy::run) with
/// a backend for the election of `backend`, the file of `register`, and the clock that the spec says. `wipe` deletes all
/// that the store has, and `is_blocked` tells whether a frozen process holds a lock without which the store cannot go
/// on.
///
/// # Errors
///
/// When a candidate gives up, or nobody leads in time.
pub fn run(
    options: &Options,
    spawn: impl Fn(&CandidateSpec) -> Command + Send + 'static,
    backend: Arc<dyn Backend>,
    register: &Register,
    wipe: impl Fn() -> io::Result<()>,
    is_blocked: impl Fn() -> bool + Send + 'static,
) -> Result<Outcome> {
    let begin = now();
    let mut stage = Stage::new(spawn, backend, options.lease_duration)?;
    stage.blocked_when(is_blocked);
    for n in 1..=options.candidates.max(2) {
        stage.start(&format!("c{n}"))?;
    }
    let mut random = StdRng::seed_from_u64(options.seed);
    let mut outcome = Outcome { seed: options.seed, ..Outcome::default() };
    let mut tokens = BTreeMap::new();
    for n in 0..options.faults {
        stage.settled()?;
        stage.listen(options.lease_duration.mul_f64(0.5 * random.random::<f64>()))?;
        let leader = stage.settled()?;
        // One of each first: nothing is shown of a fault that did not happen.
        let first = SHARES.get(n as usize).map(|(fault, _)| *fault);
        let fault = options.only.or(first).unwrap_or_else(|| draw(&mut random));
        match make(fault, &mut stage, leader, &wipe) {
            Ok(mended) => {
                tokens.extend(mended.iter().map(|mended| (mended.from.token, fault)));
                outcome.count(fault, &mended);
            }
            Err(TrialError::Blocked { .. }) => {
                outcome.blocked += 1;
                // Whoever had a wrong clock gets a right one.
                faults::restart_all(&mut stage)?;
            }
            Err(error) => return Err(error),
        }
    }
    stage.settled()?;
    stage.clear()?;
    let history = register.history().map_err(TrialError::Register)?;
    outcome.took = Duration::from_nanos(now().saturating_sub(begin));
    outcome.verdict = stage.judge().verdict();
    outcome.audit = stage.ledger().audit(&history);
    for overlap in &outcome.verdict.outside {
        let count = tokens.get(&overlap.earlier).and_then(|fault| outcome.faults.get_mut(fault));
        if let Some(count) = count {
            count.two_leaders += Duration::from_nanos(overlap.nanos);
        }
    }
    Ok(outcome)
}

fn draw(random: &mut StdRng) -> Fault {
    let mut drawn = random.random_range(0..SHARES.iter().map(|(_, share)| share).sum());
    for (fault, share) in SHARES {
        if drawn < share {
            return fault;
        }
        drawn -= share;
    }
    Fault::Kill
}

fn make(
    fault: Fault,
    stage: &mut Stage,
    leader: Leader,
    wipe: impl Fn() -> io::Result<()>,
) -> Result<Vec<Mended>> {
    let mended = match fault {
        Fault::Kill => {
            let name = leader.name.clone();
            let mended = faults::kill(stage, leader)?;
            stage.start(&name)?;
            mended
        }
        Fault::Resign => faults::resign(stage, leader)?,
        Fault::Freeze => faults::freeze(stage, leader)?,
        Fault::Wipe => {
            let poll = stage.poll();
            let mended = faults::wipe(stage, leader, wipe)?;
            // Watches may have died with what they watched, and nothing but the poll finds that out.
            stage.listen(poll.map_or(Duration::ZERO, |poll| poll + poll / 5))?;
            mended
        }
        Fault::SlowClock => faults::slow_clock(stage, leader)?,
        Fault::FastClock => faults::fast_clock(stage, leader)?,
        Fault::Restart => return faults::restart_all(stage),
    };
    Ok(vec![mended])
}

impl Outcome {
    /// Whether nothing was found that must not be, and every fault was mended within its bound.
    pub fn is_good(&self) -> bool {
        let in_time = self.faults.values().all(|count| count.in_time == count.changes);
        in_time && self.verdict.is_clean() && self.audit.is_clean()
    }

    fn count(&mut self, fault: Fault, mended: &[Mended]) {
        let count = self.faults.entry(fault).or_default();
        count.made += 1;
        for mended in mended {
            count.changes += 1;
            count.in_time += u32::from(mended.in_time());
            count.bound = mended.bound;
            count.worst = count.worst.max(mended.took);
            if !mended.in_time() {
                self.late.push((fault, mended.from.token, mended.took.as_millis()));
            }
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let made: u32 = self.faults.values().map(|count| count.made).sum();
        writeln!(f, "{made} faults in {}, seed {}", text(self.took), self.seed)?;
        for (fault, count) in &self.faults {
            let Count { made, changes, in_time, bound, worst, two_leaders } = *count;
            let (name, bound, worst) = (fault.as_str(), text(bound), text(worst));
            write!(
                f,
                "{name}: {made}; one leader again within {bound}: {in_time} of {changes}, worst {worst}"
            )?;
            match fault.is_outside() {
                true => {
                    writeln!(f, "; outside the assumptions, two leaders for {}", text(two_leaders))?
                }
                false => writeln!(f)?,
            }
        }
        writeln!(f, "later than the bound: {} {:?}", self.late.len(), self.late)?;
        writeln!(f, "blocked by a process frozen in the store's lock: {}", self.blocked)?;
        write!(f, "{}\n{}", self.verdict, self.audit)
    }
}
