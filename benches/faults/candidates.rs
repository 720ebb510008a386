//! The store, the register and the candidates of the trial.

use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use elector::Backend;
use elector::store::Store as _;
use elector_local::Local;
use elector_trial::candidate::Candidacy;

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

/// What the candidates of a trial are.
pub(crate) fn candidacy(folder: &Path, name: &str, lease: Duration) -> Candidacy {
    Candidacy::new(election(folder), name, lease).register(&register(folder))
}
