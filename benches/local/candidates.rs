//! Candidate processes: this program, started anew.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use elector::store::Store as _;
use elector_local::Local;
use elector_trial::{CandidateSpec, Stage};
use tempfile::TempDir;
use tracing_subscriber::EnvFilter;

const ELECTION: &str = "bench";

/// Where the election's files are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// In the folder for temporary files, on a disk on most machines.
    Disk,
    /// In a file system in memory.
    Memory,
}

impl Place {
    pub(crate) const BOTH: [Self; 2] = [Self::Disk, Self::Memory];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Disk => "disk",
            Self::Memory => "memory",
        }
    }

    fn folder(self) -> TempDir {
        match self {
            Self::Disk => tempfile::tempdir().unwrap(),
            Self::Memory => tempfile::tempdir_in("/dev/shm").unwrap(),
        }
    }
}

/// A stage with candidates called c1, c2 and so on, in a folder of its own.
pub(crate) fn stage(place: Place, candidates: u32, lease_duration: Duration) -> (TempDir, Stage) {
    let folder = place.folder();
    let path = folder.path().to_owned();
    let backend = Local::new(&path).election(ELECTION).unwrap();
    let mut stage = Stage::new(move |spec| command(&path, spec), backend, lease_duration).unwrap();
    let lock = folder.path().to_owned();
    // A frozen writer that holds the folder's lock keeps everybody from writing: docs/guarantees.md.
    stage.blocked_when(move || {
        let locked = File::open(&lock).unwrap().try_lock();
        matches!(locked, Err(TryLockError::WouldBlock))
    });
    for n in 1..=candidates {
        stage.start(&format!("c{n}")).unwrap();
    }
    (folder, stage)
}

fn command(folder: &Path, spec: &CandidateSpec) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    let lease = spec.lease_duration.as_millis().to_string();
    command.arg("candidate").arg(folder).args([&spec.name, &lease]);
    command
}

/// What the process started by `command` does.
pub(crate) fn candidate(mut arguments: impl Iterator<Item = String>) {
    let (folder, name, lease) =
        (arguments.next().unwrap(), arguments.next().unwrap(), arguments.next().unwrap());
    // Nothing is logged unless ELECTOR_LOG asks for it.
    let filter = EnvFilter::try_from_env("ELECTOR_LOG").unwrap_or_else(|_| EnvFilter::new("off"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let backend = Local::new(folder).election(ELECTION).unwrap();
    let lease = Duration::from_millis(lease.parse().unwrap());
    elector_trial::candidate::run(backend, &name, lease).unwrap();
}
