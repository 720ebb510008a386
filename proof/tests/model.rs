//! The model checker at a small size, and whether it notices what is wrong.

use elector_proof::model::{Limits, Outcome, Parameters, check};

/// Two candidates whose clocks run alike, and an answer that comes in the tick of its request or not at all.
const SMALL: &str = "candidates=2 lease=2 patience=0";

fn run(text: &str) -> Outcome {
    check(
        &Parameters::parse(text).expect("parameters"),
        Limits { threads: 2, states: Some(2_000_000) },
    )
}

fn small(more: &str) -> String {
    format!("{SMALL} {more}")
}

#[track_caller]
fn good(text: &str, at_least: usize) {
    let outcome = run(text);
    assert!(outcome.violation.is_none(), "{:?}", outcome.violation.map(|violation| violation.rule));
    assert_eq!(outcome.missing().collect::<Vec<_>>(), Vec::<&str>::new());
    assert!(outcome.is_good());
    assert!(outcome.distinct >= at_least, "{} distinct states", outcome.distinct);
}

#[track_caller]
fn caught(text: &str, rule: &str) {
    let outcome = run(text);
    let found = outcome.violation.expect("nothing was noticed");
    assert!(found.rule.starts_with(rule), "{}", found.rule);
    assert!(found.path.len() < 40, "{} steps", found.path.len());
}

#[test]
fn two_candidates_and_every_delay() {
    good(SMALL, 10_000);
}

#[test]
fn two_candidates_and_a_deleted_record() {
    good("candidates=2 lease=1 patience=0 deletions=1", 10_000);
}

#[test]
fn a_store_with_expiry_of_its_own() {
    good(&small("server late-calls=1"), 10_000);
}

/// The hold is `L / R` to the tick: with clocks at most twice as fast as each other, 8 ticks allow 4, not 5.
#[test]
fn a_hold_one_tick_too_long_is_noticed() {
    let text = "candidates=2 lease=8 patience=1 rates=2 bound=160";
    let hold = Parameters::parse(text).unwrap().budget.hold().as_secs_f64();
    assert!((4.99..=5.0).contains(&hold), "{hold}");
    caught(text, "uniqueness");
    let right = Parameters::parse("candidates=2 lease=8 patience=1 rates=2").unwrap();
    let hold = right.budget.hold().as_secs_f64();
    assert!((3.99..=4.0).contains(&hold), "{hold}");
}

#[test]
fn a_store_that_ignores_versions_is_noticed() {
    caught(&small("wrong=ignores-versions"), "");
}

#[test]
fn a_store_that_shortens_leases_is_noticed() {
    caught(&small("wrong=shortens-leases"), "uniqueness");
}

#[test]
fn a_store_that_forgets_tokens_is_noticed() {
    caught(&small("deletions=1 wrong=forgets-tokens"), "token order");
}

#[test]
fn a_store_that_expires_leases_early_is_noticed() {
    caught(&small("server wrong=expires-early"), "uniqueness");
}

#[test]
fn a_request_that_arrives_twice() {
    good(&small("server repeats=1"), 10_000);
}

#[test]
fn a_store_that_grants_a_repeated_bid_again_is_noticed() {
    caught(&small("server repeats=1 wrong=acts-twice"), "no rival of its own");
}

/// A model in which nothing happens is not green.
#[test]
fn an_empty_model_is_noticed() {
    let outcome = run("candidates=1 lease=2 patience=0");
    assert!(outcome.violation.is_none() && outcome.complete);
    assert!(!outcome.is_good(), "nobody was overtaken");
}
