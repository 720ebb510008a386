//! The model checker at a small size, and whether it notices what is wrong.

use elector_proof::model::{Faults, Limits, Outcome, Parameters, Ticks, Wrong, check, rate_ppm};

const THREADS: usize = 2;

/// Two candidates whose clocks run alike, and an answer that comes in the tick of its request or not at all.
fn small() -> Parameters {
    let budget = Ticks { lease: 2, patience: 0, rate_ppm: 0 }.budget().unwrap();
    let faults = Faults::default();
    Parameters { candidates: 2, server: false, rates: 1, budget, faults, wrong: None }
}

fn run(parameters: &Parameters) -> Outcome {
    check(parameters, Limits { threads: THREADS, states: Some(2_000_000) })
}

#[track_caller]
fn good(parameters: &Parameters, at_least: usize) {
    let outcome = run(parameters);
    assert!(outcome.violation.is_none(), "{:?}", outcome.violation.map(|(name, _)| name));
    assert_eq!(outcome.missing().collect::<Vec<_>>(), Vec::<&str>::new());
    assert!(outcome.is_good());
    assert!(outcome.distinct >= at_least, "{} distinct states", outcome.distinct);
}

#[track_caller]
fn caught(parameters: &Parameters, rule: &str) {
    let outcome = run(parameters);
    let (name, path) = outcome.violation.expect("nothing was noticed");
    assert!(name.starts_with(rule), "{name}");
    assert!(path.len() < 40, "{} steps", path.len());
}

#[test]
fn two_candidates_and_every_delay() {
    good(&small(), 1_000);
}

#[test]
fn two_candidates_and_a_deleted_record() {
    let faults = Faults { deletions: 1, ..Faults::default() };
    good(&Parameters { faults, ..small() }, 1_000);
}

#[test]
fn a_store_with_expiry_of_its_own() {
    good(&Parameters { server: true, ..small() }, 1_000);
}

/// The hold is `L / R` to the tick: with clocks at most twice as fast as each other, 8 ticks allow 4, not 5.
#[test]
fn a_hold_one_tick_too_long_is_noticed() {
    let with = |rate_ppm| {
        let budget = Ticks { lease: 8, patience: 1, rate_ppm }.budget().unwrap();
        Parameters { rates: 2, budget, ..small() }
    };
    let five = with(230_769);
    assert_eq!(five.budget.hold().as_secs_f64().round(), 5.0);
    caught(&five, "uniqueness");
    let four = with(rate_ppm(2));
    assert!(four.budget.hold().as_secs_f64() <= 4.0);
}

#[test]
fn a_store_that_ignores_versions_is_noticed() {
    let wrong = Some(Wrong::IgnoresVersions);
    caught(&Parameters { wrong, ..small() }, "");
}

#[test]
fn a_store_that_shortens_leases_is_noticed() {
    let wrong = Some(Wrong::ShortensLeases);
    caught(&Parameters { wrong, ..small() }, "uniqueness");
}

#[test]
fn a_store_that_forgets_tokens_is_noticed() {
    let faults = Faults { deletions: 1, ..Faults::default() };
    let wrong = Some(Wrong::ForgetsTokens);
    caught(&Parameters { faults, wrong, ..small() }, "token order");
}

#[test]
fn a_store_that_expires_leases_early_is_noticed() {
    let wrong = Some(Wrong::ExpiresEarly);
    caught(&Parameters { server: true, wrong, ..small() }, "uniqueness");
}

/// A model in which nothing happens is not green.
#[test]
fn an_empty_model_is_noticed() {
    let faults = Faults { withdraws: true, ..Faults::default() };
    let lonely = Parameters { candidates: 1, faults, ..small() };
    let outcome = run(&lonely);
    assert!(outcome.violation.is_none());
    assert!(!outcome.is_good(), "nobody was overtaken");
}
