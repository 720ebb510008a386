//! The candidate processes of the tests.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use elector::clock::BootClock;
use elector::store::Store as _;
use elector::{Backend, Result, Runtime};
use elector_local::Local;
use elector_testing::DriftingClock;
use elector_trial::CandidateSpec;
use elector_trial::candidate::Candidacy;

use crate::broken;

const ROLE: &str = "ELECTOR_TRIAL_ROLE";
const FOLDER: &str = "ELECTOR_TRIAL_FOLDER";
const NAME: &str = "ELECTOR_TRIAL_NAME";
const CLOCK: &str = "ELECTOR_TRIAL_CLOCK_PERCENT";
const LEASE: &str = "ELECTOR_TRIAL_LEASE_MS";

/// The command of a candidate that plays `role` in the election of `folder`.
pub(crate) fn command(role: &str, folder: &Path, spec: &CandidateSpec) -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    command
        .args(["candidate::role", "--exact", "--nocapture"])
        .env(ROLE, role)
        .env(FOLDER, folder)
        .env(NAME, &spec.name)
        .env(LEASE, spec.lease_duration.as_millis().to_string());
    command.env(CLOCK, spec.clock_percent.to_string());
    command
}

pub(crate) fn election(folder: &Path) -> Arc<dyn Backend> {
    Local::new(store(folder)).election("trial").unwrap()
}

/// The store's folder in that of a trial.
pub(crate) fn store(folder: &Path) -> PathBuf {
    folder.join("store")
}

/// The register of a trial in `folder`.
pub(crate) fn register(folder: &Path) -> PathBuf {
    folder.join("register")
}

/// Not a test: what a candidate process does.
#[test]
#[allow(clippy::print_stdout)]
fn role() {
    let Ok(role) = env::var(ROLE) else { return };
    let folder = PathBuf::from(env::var_os(FOLDER).unwrap());
    let name = env::var(NAME).unwrap();
    let lease = Duration::from_millis(env::var(LEASE).unwrap().parse().unwrap());
    // The test harness has begun a line of its own.
    println!();
    let outcome = match role.as_str() {
        "honest" => honest(&folder, &name, lease),
        "private" => broken::private(&folder, &name, lease),
        "deaf" => broken::deaf(&folder, &name, lease),
        "hasty" => broken::hasty(&folder, &name, lease),
        "sleepwalker" => broken::sleepwalker(&folder, &name, lease),
        other => panic!("no role {other}"),
    };
    outcome.unwrap();
}

fn honest(folder: &Path, name: &str, lease: Duration) -> Result<()> {
    let candidacy = Candidacy::new(election(folder), name, lease).register(&register(folder));
    let percent: u32 = env::var(CLOCK).unwrap().parse().unwrap();
    if percent == 100 {
        return candidacy.run();
    }
    with_clock(candidacy, f64::from(percent) / 100.0)
}

/// Runs a candidate whose clock is so many times as fast as the host's.
pub(crate) fn with_clock(candidacy: Candidacy, rate: f64) -> Result<()> {
    let mut io = tokio::runtime::Builder::new_multi_thread();
    let io = io.worker_threads(1).enable_all().build().unwrap();
    let clock = DriftingClock::new(Arc::new(BootClock::new()), rate, Duration::ZERO);
    candidacy.runtime(Runtime::new(io.handle().clone(), Arc::new(clock))).run()
}
