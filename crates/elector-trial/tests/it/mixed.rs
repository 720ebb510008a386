//! One fault of every kind; `benches/faults` makes a thousand.

use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind};
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

use elector::Backend;
use elector_trial::faults::Fault;
use elector_trial::mixed::{self, Options};
use elector_trial::site::Site;
use elector_trial::{CandidateSpec, Register};

use crate::candidate::{command, election, register, store};

struct Embedded(PathBuf);

impl Site for Embedded {
    fn election(&self) -> Arc<dyn Backend> {
        election(&self.0)
    }

    fn candidate(&self, spec: &CandidateSpec) -> Command {
        command("honest", &self.0, spec)
    }

    fn shares(&self) -> &[(Fault, u32)] {
        &[
            (Fault::Kill, 1),
            (Fault::Resign, 1),
            (Fault::Freeze, 1),
            (Fault::Pause, 1),
            (Fault::Restart, 1),
            (Fault::Wipe, 1),
            (Fault::SlowClock, 1),
            (Fault::FastClock, 1),
        ]
    }

    /// Deletes the store's folder, in which candidates make files meanwhile.
    fn begin(&self, _: Fault) -> io::Result<()> {
        for _ in 0..1000 {
            match fs::remove_dir_all(store(&self.0)) {
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

    fn is_blocked(&self) -> bool {
        File::open(store(&self.0))
            .is_ok_and(|lock| matches!(lock.try_lock(), Err(TryLockError::WouldBlock)))
    }
}

#[test]
fn one_of_every_fault_is_mended() {
    let folder = tempfile::tempdir().unwrap();
    let register = Register::open(&register(folder.path())).unwrap();
    let site = Arc::new(Embedded(folder.path().to_owned()));
    let mut options = Options::default();
    options.faults = 8;
    let outcome = mixed::run(&options, &site, &register).unwrap();
    assert!(outcome.verdict.is_clean() && outcome.audit.is_clean(), "{outcome}");
    let made: u32 = outcome.faults.values().map(|count| count.made).sum();
    assert_eq!(made + outcome.blocked, 8, "{outcome}");
    // Not all is in time on a machine that has other work; the benchmark demands it.
    assert_eq!(outcome.faults[&Fault::Kill].changes, 1, "{outcome}");
}
