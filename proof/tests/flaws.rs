//! Every wrong rule that the model can tell from the right one is caught.
//!
//! `RUSTFLAGS="--cfg elector_flaws" cargo test -p elector-proof --release --test flaws`
#![cfg(elector_flaws)]

use elector::flaw::Flaw;
use elector_proof::model::{CATCHES, Limits, Parameters, check};

// One test: the switch is one for the whole process.
#[test]
fn every_wrong_rule_is_caught() {
    for (name, text) in CATCHES {
        let flaw = Flaw::named(name).expect("a wrong rule");
        let parameters = Parameters::parse(text).expect("parameters");
        let limits = Limits { threads: 2, states: Some(10_000_000) };
        Flaw::set(Some(flaw));
        let outcome = check(&parameters, limits);
        Flaw::set(None);
        let found = outcome.violation.map(|found| (found.rule, found.path.len()));
        assert!(found.is_some(), "{name} was not caught in {} states", outcome.distinct);
    }
}
