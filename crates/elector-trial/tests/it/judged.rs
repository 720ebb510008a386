//! What the judge finds when real processes run a broken elector.

use std::path::Path;
use std::time::Duration;

use elector_trial::{Register, Stage, Verdict, faults};

use crate::candidate::{command, election, register};

const LEASE: Duration = Duration::from_secs(1);
/// Far beyond what anything here takes, so that a slow machine fails no test.
const STEPS: u32 = 600;
const STEP: Duration = Duration::from_millis(50);

/// A stage on which the candidates called `broken` play that role, and the others are honest.
fn stage(folder: &Path, broken: &'static str) -> Stage {
    let path = folder.to_owned();
    let spawn = move |spec: &elector_trial::CandidateSpec| {
        let role = if spec.name.starts_with("broken") { broken } else { "honest" };
        command(role, &path, spec)
    };
    Stage::new(spawn, election(folder), LEASE).unwrap()
}

/// Listens until `found` says so of the verdict.
fn until(stage: &mut Stage, found: impl Fn(&Stage) -> bool) {
    for _ in 0..STEPS {
        if found(stage) {
            return;
        }
        stage.listen(STEP).unwrap();
    }
    panic!("not found: {:?}", stage.judge().verdict());
}

#[test]
fn a_store_that_says_yes_to_everybody_makes_overlaps() {
    let folder = tempfile::tempdir().unwrap();
    let mut stage = stage(folder.path(), "private");
    stage.start("broken-1").unwrap();
    stage.start("broken-2").unwrap();
    until(&mut stage, |stage| !stage.judge().verdict().overlaps.is_empty());
    assert!(!stage.judge().verdict().is_clean());
}

#[test]
fn two_leaders_with_one_token_lose_updates() {
    let folder = tempfile::tempdir().unwrap();
    let register = Register::open(&register(folder.path())).unwrap();
    let mut stage = stage(folder.path(), "private");
    stage.start("broken-1").unwrap();
    stage.start("broken-2").unwrap();
    until(&mut stage, |stage| {
        let audit = stage.ledger().audit(&register.history().unwrap());
        !audit.miscounted.is_empty() && !audit.is_clean()
    });
}

#[test]
fn a_token_that_does_not_rise_is_found_without_an_overlap() {
    let folder = tempfile::tempdir().unwrap();
    let mut stage = stage(folder.path(), "private");
    for terms in 1..=2 {
        stage.start("broken").unwrap();
        until(&mut stage, |stage| stage.judge().terms() == terms);
        stage.clear().unwrap();
    }
    let Verdict { overlaps, not_risen, .. } = stage.judge().verdict();
    assert_eq!(overlaps, []);
    assert_eq!(not_risen.len(), 1);
    assert_eq!(not_risen[0].0, not_risen[0].1);
}

#[test]
fn a_leader_that_claims_after_its_term_is_lost_overlaps_with_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let mut stage = stage(folder.path(), "deaf");
    stage.start("broken").unwrap();
    until(&mut stage, |stage| stage.judge().terms() == 1);
    stage.start("honest").unwrap();
    until(&mut stage, |stage| !stage.judge().verdict().overlaps.is_empty());
    let Verdict { not_risen, .. } = stage.judge().verdict();
    assert_eq!(not_risen, []);
}

#[test]
fn a_frozen_leader_that_wakes_and_still_claims_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let mut stage = stage(folder.path(), "sleepwalker");
    stage.start("broken").unwrap();
    until(&mut stage, |stage| stage.judge().terms() == 1);
    stage.start("honest").unwrap();
    let leader = stage.settled().unwrap();
    assert_eq!(leader.name, "broken");
    let token = leader.token;
    faults::freeze(&mut stage, leader).unwrap();
    let Verdict { frozen, woke_valid, overlaps, .. } = stage.judge().verdict();
    assert_eq!((frozen, woke_valid), (1, vec![token]));
    // Its claims before and after the freeze enclose the other's.
    assert!(!overlaps.is_empty());
}

#[test]
fn a_follower_that_takes_over_from_a_frozen_leader_too_early_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let mut stage = stage(folder.path(), "hasty");
    stage.start("honest").unwrap();
    until(&mut stage, |stage| stage.judge().terms() == 1);
    stage.start("broken").unwrap();
    let leader = stage.settled().unwrap();
    assert_eq!(leader.name, "honest");
    let token = leader.token;
    let mended = faults::freeze(&mut stage, leader).unwrap();
    assert_eq!(mended.overshoot, None);
    let Verdict { too_early, overlaps, woke_valid, .. } = stage.judge().verdict();
    assert!(too_early.iter().any(|early| early.frozen == token), "{too_early:?}");
    // The frozen leader said nothing meanwhile, and still believed.
    assert!(overlaps.iter().any(|overlap| overlap.earlier == token), "{overlaps:?}");
    assert!(woke_valid.is_empty(), "{woke_valid:?}");
}

#[test]
fn honest_candidates_under_the_same_faults_are_not_blamed() {
    let folder = tempfile::tempdir().unwrap();
    let mut stage = stage(folder.path(), "none");
    stage.start("honest-1").unwrap();
    stage.start("honest-2").unwrap();
    let leader = stage.settled().unwrap();
    faults::freeze(&mut stage, leader).unwrap();
    let leader = stage.settled().unwrap();
    faults::kill(&mut stage, leader).unwrap();
    let verdict = stage.judge().verdict();
    assert!(verdict.is_clean() && verdict.frozen == 1, "{verdict:?}");
}
