//! Faults of every kind, drawn at random, one after the other, each judged by itself.

mod outcome;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use crate::error::{Result, TrialError};
use crate::faults::{self, Fault, Mended, Reach};
use crate::process::CandidateSpec;
use crate::register::Register;
use crate::site::Site;
use crate::stage::{Leader, Stage};
use crate::stamp::now;

pub use outcome::{Count, Outcome};

/// For how many leases a fault of the leader lasts, where that is drawn.
const LASTS: (f64, f64) = (0.5, 3.0);
/// For how many leases a fault of the store lasts.
const OUTAGE: (f64, f64) = (0.2, 2.0);

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

/// Lets candidates elect and count in `register` under so many faults of those that `site` has a share for, one of each
/// first.
///
/// # Errors
///
/// When a candidate gives up, nobody leads in time, or the site cannot be broken or mended.
pub fn run<S: Site + 'static>(
    options: &Options,
    site: &Arc<S>,
    register: &Register,
) -> Result<Outcome> {
    let begin = now();
    let (spawns, locks) = (Arc::clone(site), Arc::clone(site));
    let spawn = move |spec: &CandidateSpec| spawns.candidate(spec);
    let mut stage = Stage::new(spawn, site.election(), options.lease_duration)?;
    stage.blocked_when(move || locks.is_blocked());
    for n in 1..=options.candidates.max(2) {
        stage.start(&name(n))?;
    }
    let mut random = StdRng::seed_from_u64(options.seed);
    let mut outcome = Outcome { seed: options.seed, ..Outcome::default() };
    let mut tokens = BTreeMap::new();
    for n in 0..options.faults {
        stage.settled()?;
        stage.listen(options.lease_duration.mul_f64(0.5 * random.random::<f64>()))?;
        let leader = stage.settled()?;
        // One of each first: nothing is shown of a fault that did not happen.
        let first = site.shares().get(n as usize).map(|(fault, _)| *fault);
        let drawn = draw(&mut random, site.shares());
        let fault = options.only.or(first).unwrap_or(drawn);
        let mended = match make(fault, &mut stage, leader, site.as_ref(), random.random()) {
            Ok(mended) => mended,
            Err(TrialError::Blocked { .. }) => {
                outcome.blocked += 1;
                // Whoever had a wrong clock gets a right one.
                faults::restart_all(&mut stage)?;
                continue;
            }
            Err(error) => return Err(error),
        };
        let mended_at = now();
        stage.settled()?;
        let settled = Duration::from_nanos(now().saturating_sub(mended_at));
        tokens.extend(mended.iter().map(|mended| (mended.from.token, fault)));
        outcome.count(fault, &mended, settled);
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

/// The names of the candidates of a mixed trial, so many of them: `c1`, `c2` and so on.
pub fn names(candidates: u32) -> impl Iterator<Item = String> {
    (1..=candidates.max(2)).map(name)
}

fn name(n: u32) -> String {
    format!("c{n}")
}

fn draw(random: &mut StdRng, shares: &[(Fault, u32)]) -> Fault {
    let mut drawn =
        random.random_range(0..shares.iter().map(|(_, share)| share).sum::<u32>().max(1));
    for (fault, share) in shares {
        if drawn < *share {
            return *fault;
        }
        drawn -= share;
    }
    Fault::Kill
}

/// Makes a fault; `chance` is how long it lasts, from the shortest 0 to the longest 1.
fn make(
    fault: Fault,
    stage: &mut Stage,
    leader: Leader,
    site: &dyn Site,
    chance: f64,
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
        Fault::SlowClock => faults::slow_clock(stage, leader)?,
        Fault::FastClock => faults::fast_clock(stage, leader)?,
        Fault::Restart => return faults::restart_all(stage),
        other => {
            let everybody = other.reach() == Reach::Everybody;
            let (least, most) = if everybody { OUTAGE } else { LASTS };
            let span = stage.lease_duration().mul_f64(least + chance * (most - least));
            if other == Fault::DeafFollower {
                return faults::deaf_follower(stage, site, leader, span).map(|it| vec![it]);
            }
            let mended = faults::trouble(stage, site, other, leader, span)?;
            if other == Fault::Wipe {
                // Watches may have died with what they watched, and nothing but the poll finds that out.
                let poll = stage.guarantees().poll;
                stage.listen(poll.map_or(Duration::ZERO, |poll| poll + poll / 5))?;
            }
            mended
        }
    };
    Ok(vec![mended])
}
