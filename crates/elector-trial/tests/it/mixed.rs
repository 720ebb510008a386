//! One fault of every kind; `benches/faults` makes a thousand.

use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind};
use std::path::Path;

use elector_trial::Register;
use elector_trial::faults::Fault;
use elector_trial::mixed::{self, Options};

use crate::candidate::{command, election, register, store};

#[test]
fn one_of_every_fault_is_mended() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    let register = Register::open(&register(&path)).unwrap();
    let (backend, lock, wiped) = (election(&path), store(&path), store(&path));
    let mut options = Options::default();
    options.faults = 7;
    let spawn = move |spec: &_| command("honest", &path, spec);
    let wipe = || delete(&wiped);
    let is_blocked = move || {
        File::open(&lock).is_ok_and(|lock| matches!(lock.try_lock(), Err(TryLockError::WouldBlock)))
    };
    let outcome = mixed::run(&options, spawn, backend, &register, wipe, is_blocked).unwrap();
    assert!(outcome.verdict.is_clean() && outcome.audit.is_clean(), "{outcome}");
    let made: u32 = outcome.faults.values().map(|count| count.made).sum();
    assert_eq!(made + outcome.blocked, 7, "{outcome}");
    // Not all is in time on a machine that has other work; the benchmark demands it.
    assert_eq!(outcome.faults[&Fault::Kill].changes, 1, "{outcome}");
}

/// Deletes a folder in which others make files meanwhile.
fn delete(folder: &Path) -> io::Result<()> {
    for _ in 0..1000 {
        match fs::remove_dir_all(folder) {
            Err(error) if error.kind() == ErrorKind::DirectoryNotEmpty => {}
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            done => return done,
        }
    }
    Err(ErrorKind::DirectoryNotEmpty.into())
}
