//! Runs seeds, and says what came of them.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use elector::Budget;
use elector::clock::{BootClock, Clock as _};
use elector::store::Expiry;

use super::coverage::Coverage;
use super::delays::Delays;
use super::dice::Dice;
use super::director::Director;
use super::invariants::{self, Terms};
use super::journal::{Journal, Violation};
use super::options::{DamageShare, Options};
use super::sim::{SLOTS, Setting, Sim};
use super::store::StoreKind;
use super::timeline;
use super::world::World;

/// What came of one seed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Outcome {
    /// The seed.
    pub seed: u64,
    /// A hash of everything that happened: the same for the same seed and build.
    pub hash: u64,
    /// What the run has met.
    pub coverage: Coverage,
    /// How long it took until somebody led.
    pub delays: Delays,
    /// The rule that was broken, if one was.
    pub violation: Option<Violation>,
    /// What happened last, one line an event.
    pub timeline: Vec<String>,
}

/// What came of all seeds.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Report {
    /// The runs that were made.
    pub runs: u64,
    /// The time that passed in them.
    pub simulated: Duration,
    /// The time that it took.
    pub took: Duration,
    /// What all runs together have met.
    pub coverage: Coverage,
    /// How long it took until somebody led, in all runs.
    pub delays: Delays,
    /// The first runs that failed, by seed.
    pub failures: Vec<Outcome>,
    /// The counters that stayed below their floor.
    pub below_floor: Vec<String>,
    /// A hash over the traces of all runs.
    pub hash: u64,
}

impl Report {
    /// Whether no rule was broken and enough was met for that to mean something.
    pub fn is_good(&self) -> bool {
        self.failures.is_empty() && self.below_floor.is_empty()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hours = self.simulated.as_secs_f64() / 3600.0;
        let rate = hours / self.took.as_secs_f64().max(1e-9);
        writeln!(
            f,
            "{} runs, {hours:.1} simulated hours in {:.1} s: {rate:.1} hours a second; trace {:016x}",
            self.runs,
            self.took.as_secs_f64(),
            self.hash,
        )?;
        write!(f, "{}{}", self.coverage, self.delays)?;
        for short in &self.below_floor {
            writeln!(f, "too little happened: {short}")?;
        }
        for failure in &self.failures {
            write!(f, "{failure}")?;
        }
        writeln!(f, "{}", if self.is_good() { "no rule was broken" } else { "FAILED" })
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in &self.timeline {
            writeln!(f, "{line}")?;
        }
        let Some(violation) = &self.violation else {
            return writeln!(f, "seed {}: no rule was broken, trace {:016x}", self.seed, self.hash);
        };
        writeln!(f, "seed {}: {}: {}", self.seed, violation.invariant, violation.message)
    }
}

/// Runs all seeds of `options`, on as many threads as they say, and stops at the first few failures.
pub fn run(options: &Options) -> Report {
    let clock = BootClock::new();
    let (began, next, stop) = (clock.now(), AtomicU64::new(0), AtomicBool::new(false));
    let total = Mutex::new(Report::default());
    let worker = || {
        while !stop.load(Ordering::Relaxed) {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= options.runs {
                return;
            }
            let outcome = run_seed(options, options.seed.wrapping_add(index));
            let mut total = total.lock().unwrap_or_else(PoisonError::into_inner);
            total.runs += 1;
            total.simulated += options.length;
            total.coverage += &outcome.coverage;
            total.delays += &outcome.delays;
            // The order in which threads finish does not matter to a sum.
            total.hash = total.hash.wrapping_add(outcome.hash);
            if outcome.violation.is_some() {
                total.failures.push(outcome);
                stop.store(true, Ordering::Relaxed);
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..options.threads.max(1) {
            scope.spawn(worker);
        }
        worker();
    });
    let mut report = total.into_inner().unwrap_or_else(PoisonError::into_inner);
    report.failures.sort_by_key(|outcome| outcome.seed);
    if options.floors && report.failures.is_empty() {
        report.below_floor =
            report.coverage.below_floor(report.simulated.as_secs(), options.damage);
    }
    report.took = clock.now().since(began);
    report
}

/// Runs one seed; with [`Options::twice`], twice.
pub fn run_seed(options: &Options, seed: u64) -> Outcome {
    let mut outcome = once(options, seed);
    if options.twice && outcome.violation.is_none() {
        let again = once(options, seed);
        if again.hash != outcome.hash {
            let message = format!("traces {:016x} and {:016x}", outcome.hash, again.hash);
            outcome.violation = Some(Violation { invariant: "determinism", message, at: 0 });
        }
    }
    outcome
}

fn once(options: &Options, seed: u64) -> Outcome {
    let setting = draw(options, seed);
    let rules = Terms {
        budgets: setting.budgets,
        expiry: setting.kind.expiry,
        distrust_missing: setting.distrust_missing,
        tokens_are_versions: setting.kind.tokens_are_versions,
    };
    let mut journal = Journal::new(invariants::all(&rules), options.timeline);
    journal.only.clone_from(&options.only);
    journal.delays = Delays::new(setting.budget.lease_duration());
    let world = World::new(seed, journal);
    let end = world.now() + u64::try_from(options.length.as_nanos()).unwrap_or(u64::MAX);
    let mut sim = Sim::new(world, setting);
    Director::new(options.faults, end).direct(&mut sim);
    sim.end();
    let mut journal = sim.world.journal();
    journal.close();
    let violation = journal.violation().cloned();
    let timeline = match &violation {
        Some(_) => timeline::lines(journal.recent(), &setting),
        None => Vec::new(),
    };
    Outcome {
        seed,
        hash: journal.hash(),
        coverage: journal.coverage().clone(),
        delays: journal.delays.clone(),
        violation,
        timeline,
    }
}

/// Draws what a run is like.
fn draw(options: &Options, seed: u64) -> Setting {
    let mut dice = Dice::new(!seed);
    let leases = [15_000, 15_000, 15_000, 5_000, 30_000];
    let ppm = [50_000, 50_000, 10_000, 600][dice.pick(4)];
    let budget = |millis| {
        let budget = Budget::builder(Duration::from_millis(millis)).clock_rate_ppm(ppm).build();
        // Every lease above is one that a budget can be made of.
        budget.unwrap_or_default()
    };
    let mut budgets = [budget(leases[dice.pick(leases.len())]); SLOTS];
    if dice.permille(150) {
        budgets = std::array::from_fn(|_| budget(leases[dice.pick(leases.len())]));
    }
    let expiry = if dice.permille(350) { Expiry::Server } else { Expiry::Observed };
    let lease_step = Duration::from_millis([1, 1000][dice.pick(2)]);
    let gate = dice.permille(300);
    let sometimes = dice.permille(250);
    Setting {
        slots: 3 + dice.pick(3),
        kind: StoreKind { expiry, lease_step, tokens_are_versions: dice.permille(400) },
        budget: budgets.into_iter().max_by_key(Budget::lease_duration).unwrap_or_default(),
        budgets,
        gate,
        distrust_missing: dice.permille(300),
        one_name: dice.permille(150),
        damaged: match options.damage {
            DamageShare::Never => false,
            DamageShare::Sometimes => sometimes,
            DamageShare::Always => true,
        },
    }
}
