//! Trials on the embedded store.

use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use elector::Backend;
use elector::store::Store as _;
use elector_local::Local;
use elector_trial::CandidateSpec;
use elector_trial::faults::Fault;
use elector_trial::site::Site;

use crate::candidate;

/// How often each fault is made, in hundredths.
const SHARES: [(Fault, u32); 7] = [
    (Fault::Kill, 32),
    (Fault::Resign, 26),
    (Fault::Freeze, 20),
    (Fault::Restart, 6),
    (Fault::Wipe, 4),
    (Fault::SlowClock, 6),
    (Fault::FastClock, 6),
];

/// A store in the folder of a trial.
#[derive(Debug)]
pub(crate) struct LocalSite {
    pub(crate) folder: PathBuf,
}

pub(crate) fn election(folder: &Path) -> Arc<dyn Backend> {
    Local::new(store(folder)).election("faults").unwrap()
}

/// The store's folder in that of a trial.
fn store(folder: &Path) -> PathBuf {
    folder.join("store")
}

impl Site for LocalSite {
    fn election(&self) -> Arc<dyn Backend> {
        election(&self.folder)
    }

    fn candidate(&self, spec: &CandidateSpec) -> Command {
        candidate::command(&self.folder, spec)
    }

    fn shares(&self) -> &[(Fault, u32)] {
        &SHARES
    }

    /// Deletes the store's folder, in which candidates make files meanwhile.
    fn begin(&self, _: Fault) -> io::Result<()> {
        for _ in 0..1000 {
            match fs::remove_dir_all(store(&self.folder)) {
                Err(error) if error.kind() == ErrorKind::DirectoryNotEmpty => {}
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
                done => return done,
            }
        }
        Err(ErrorKind::DirectoryNotEmpty.into())
    }

    fn end(&self, _: Fault) -> io::Result<()> {
        Ok(())
    }

    /// Whether somebody holds the write lock of the store's folder.
    fn is_blocked(&self) -> bool {
        File::open(store(&self.folder))
            .is_ok_and(|lock| matches!(lock.try_lock(), Err(TryLockError::WouldBlock)))
    }
}
