//! The race at a small size; `benches/race` runs it at full size.

use std::time::Duration;

use elector_trial::Register;
use elector_trial::race::{self, Options, Outcome};

use crate::candidate::{command, election, register};

fn race(role: &'static str, candidates: u32, terms: usize) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    let register = Register::open(&register(&path)).unwrap();
    let mut options = Options::default();
    options.candidates = candidates;
    options.terms = terms;
    let backend = election(&path);
    let spawn = move |spec: &_| command(role, &path, spec);
    race::run(&options, spawn, backend, &register).unwrap()
}

#[test]
fn every_update_of_a_race_is_in_the_register() {
    let outcome = race("honest", 6, 25);
    assert!(outcome.is_good(), "{outcome}");
    assert!(outcome.verdict.terms >= 25, "{outcome}");
    assert!(outcome.audit.acknowledged > 25, "{outcome}");
    assert!(outcome.took < Duration::from_secs(120), "{outcome}");
}

#[test]
fn a_race_with_a_store_that_says_yes_to_everybody_is_lost() {
    let outcome = race("private", 3, 6);
    assert!(!outcome.verdict.overlaps.is_empty(), "{outcome}");
    assert!(!outcome.verdict.not_risen.is_empty(), "{outcome}");
    assert!(!outcome.audit.miscounted.is_empty(), "{outcome}");
    assert!(!outcome.is_good());
}
