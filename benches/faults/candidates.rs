//! Candidate processes: this program, started anew.

use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use elector::clock::BootClock;
use elector::store::Store as _;
use elector::{Backend, Runtime};
use elector_local::Local;
use elector_testing::DriftingClock;
use elector_trial::CandidateSpec;
use elector_trial::candidate::Candidacy;
use tracing_subscriber::EnvFilter;

/// The store's folder in that of a trial.
pub(crate) fn store(folder: &Path) -> PathBuf {
    folder.join("store")
}

/// The register of a trial, out of reach of a wipe.
pub(crate) fn register(folder: &Path) -> PathBuf {
    folder.join("register")
}

pub(crate) fn election(folder: &Path) -> Arc<dyn Backend> {
    Local::new(store(folder)).election("faults").unwrap()
}

/// Deletes the store's folder, in which candidates make files meanwhile.
pub(crate) fn wipe(folder: &Path) -> io::Result<()> {
    for _ in 0..1000 {
        match fs::remove_dir_all(store(folder)) {
            Err(error) if error.kind() == ErrorKind::DirectoryNotEmpty => {}
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            done => return done,
        }
    }
    Err(ErrorKind::DirectoryNotEmpty.into())
}

/// Whether somebody holds the write lock of the store's folder.
pub(crate) fn is_locked(store: &Path) -> bool {
    File::open(store).is_ok_and(|lock| matches!(lock.try_lock(), Err(TryLockError::WouldBlock)))
}

pub(crate) fn command(folder: &Path, spec: &CandidateSpec) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    let lease = spec.lease_duration.as_millis().to_string();
    command.arg("candidate").arg(folder).args([
        &spec.name,
        &lease,
        &spec.clock_percent.to_string(),
    ]);
    command
}

/// What the process started by `command` does.
pub(crate) fn run(mut arguments: impl Iterator<Item = String>) {
    let mut next = || arguments.next().unwrap();
    let (folder, name, lease, percent) = (PathBuf::from(next()), next(), next(), next());
    // Nothing is logged unless ELECTOR_LOG asks for it.
    let filter = EnvFilter::try_from_env("ELECTOR_LOG").unwrap_or_else(|_| EnvFilter::new("off"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).init();
    let lease = Duration::from_millis(lease.parse().unwrap());
    let candidacy = Candidacy::new(election(&folder), &name, lease).register(&register(&folder));
    let percent: u32 = percent.parse().unwrap();
    if percent == 100 {
        return candidacy.run().unwrap();
    }
    let mut io = tokio::runtime::Builder::new_multi_thread();
    let io = io.worker_threads(1).enable_all().build().unwrap();
    let rate = f64::from(percent) / 100.0;
    let clock = DriftingClock::new(Arc::new(BootClock::new()), rate, Duration::ZERO);
    candidacy.runtime(Runtime::new(io.handle().clone(), Arc::new(clock))).run().unwrap();
}
