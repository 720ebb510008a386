//! One fault of every kind on candidate processes and an API server of their own; `benches/faults` makes a thousand.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test")]

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use elector::Runtime;
use elector::clock::BootClock;
use elector_testing::DriftingClock;
use elector_trial::candidate::Candidacy;
use elector_trial::faults::Fault;
use elector_trial::mixed::{self, Options};
use elector_trial::site::Site as _;
use elector_trial::site::kubernetes::{self, Kubernetes};
use elector_trial::{CandidateSpec, Register};

const FOLDER: &str = "ELECTOR_TEST_FOLDER";
const NAME: &str = "ELECTOR_TEST_NAME";
const LEASE: &str = "ELECTOR_TEST_LEASE_MS";
const CLOCK: &str = "ELECTOR_TEST_CLOCK_PERCENT";

#[test]
fn one_of_every_fault_is_mended() {
    let folder = tempfile::tempdir().unwrap();
    let register = Register::open(&register(folder.path())).unwrap();
    let mut options = Options::default();
    options.candidates = 3;
    options.lease_duration = Duration::from_secs(2);
    let site = Kubernetes::start(folder.path(), mixed::names(options.candidates), command).unwrap();
    let kinds = site.shares().len();
    options.faults = u32::try_from(kinds).unwrap();
    let outcome = mixed::run(&options, &Arc::new(site), &register).unwrap();
    assert!(outcome.verdict.is_clean() && outcome.audit.is_clean(), "{outcome}");
    // Who saw the leader alive waits its lease out, although the Lease is gone.
    assert_eq!(outcome.faults[&Fault::DeletedUnseen].two_leaders, Duration::ZERO, "{outcome}");
    // Not all is in time on a machine that has other work; the benchmark demands it.
    assert_eq!(outcome.faults.len(), kinds, "{outcome}");
}

/// Not a test: what a candidate process does.
#[test]
#[allow(clippy::print_stdout)]
fn candidate() {
    let Some(folder) = env::var_os(FOLDER).map(PathBuf::from) else { return };
    let name = env::var(NAME).unwrap();
    let lease = Duration::from_millis(env::var(LEASE).unwrap().parse().unwrap());
    let percent: u32 = env::var(CLOCK).unwrap().parse().unwrap();
    // The test harness has begun a line of its own.
    println!();
    let election = kubernetes::election(&folder, &name).unwrap();
    let candidacy = Candidacy::new(election, &name, lease).register(&register(&folder));
    if percent == 100 {
        return candidacy.run().unwrap();
    }
    let io = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let io = io.unwrap();
    let rate = f64::from(percent) / 100.0;
    let clock = DriftingClock::new(Arc::new(BootClock::new()), rate, Duration::ZERO);
    let runtime = Runtime::new(io.handle().clone(), Arc::new(clock));
    candidacy.runtime(runtime).run().unwrap();
}

fn command(folder: &Path, spec: &CandidateSpec) -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    command
        .args(["candidate", "--exact", "--nocapture"])
        .env(FOLDER, folder)
        .env(NAME, &spec.name)
        .env(LEASE, spec.lease_duration.as_millis().to_string())
        .env(CLOCK, spec.clock_percent.to_string());
    command
}

fn register(folder: &Path) -> PathBuf {
    folder.join("register")
}
