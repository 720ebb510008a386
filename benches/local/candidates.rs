//! Stages with candidates.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::time::Duration;

use elector::store::Store as _;
use elector_local::Local;
use elector_trial::Stage;
use elector_trial::candidate::Candidacy;
use tempfile::TempDir;

use crate::candidate;

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
    let mut stage =
        Stage::new(move |spec| candidate::command(&path, spec), backend, lease_duration).unwrap();
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

/// What the candidates of a trial are.
pub(crate) fn candidacy(folder: &Path, name: &str, lease: Duration) -> Candidacy {
    Candidacy::new(Local::new(folder).election(ELECTION).unwrap(), name, lease)
}
