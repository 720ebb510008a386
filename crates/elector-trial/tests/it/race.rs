//! The race at a small size; `benches/local` runs it at full size.

use std::time::Duration;

use elector_trial::Register;
use elector_trial::race::{self, Options};

use crate::candidate::{command, election, register};

#[test]
fn every_update_of_a_race_is_in_the_register() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    let register = Register::open(&register(&path)).unwrap();
    let mut options = Options::default();
    options.candidates = 6;
    options.terms = 25;
    let backend = election(&path);
    let spawn = move |spec: &_| command("honest", &path, spec);
    let outcome = race::run(&options, spawn, backend, &register).unwrap();
    assert!(outcome.is_good(), "{outcome}");
    assert!(outcome.verdict.terms >= 25, "{outcome}");
    for happened in [outcome.kills, outcome.freezes, outcome.resigns, outcome.verdict.frozen] {
        assert!(happened > 0, "{outcome}");
    }
    assert!(outcome.audit.acknowledged > 25, "{outcome}");
    assert!(outcome.took < Duration::from_secs(120), "{outcome}");
    eprintln!("{outcome}");
}
