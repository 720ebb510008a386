//! The simulator on a small number of hours, and that it cannot pass without having met anything.

use std::time::Duration;

use elector_testing::simulation::{DamageShare, Options, run, run_seed};

/// Short runs, so that each test meets several settings.
fn options(seed: u64, runs: u64) -> Options {
    let mut options = Options::new(seed, runs);
    options.length = Duration::from_secs(1800);
    options.threads = 2;
    options
}

#[test]
fn breaks_no_rule_and_meets_enough() {
    let report = run(&options(1, 40));
    assert!(report.is_good(), "{report}");
}

#[test]
fn leaves_the_same_trace_for_the_same_seed() {
    let mut options = options(7_000, 6);
    (options.twice, options.floors) = (true, false);
    let report = run(&options);
    assert!(report.is_good(), "{report}");
    let traces = [7_000, 7_001].map(|seed| run_seed(&options, seed).hash);
    assert_ne!(traces[0], traces[1]);
}

#[test]
fn a_run_in_which_nothing_happens_is_not_good() {
    let mut options = options(1, 10);
    options.faults = false;
    let report = run(&options);
    assert!(report.failures.is_empty(), "{report}");
    assert!(!report.is_good() && report.below_floor.len() >= 8, "{report}");
    assert_eq!(report.coverage.faults, 0);
}

#[test]
fn damage_is_counted_apart() {
    let mut options = options(1, 10);
    options.damage = DamageShare::Always;
    let report = run(&options);
    assert!(report.failures.is_empty(), "{report}");
    let met = &report.coverage;
    assert!(met.deletions > 0 && met.wipes > 0 && met.damages > 0 && met.excused > 0, "{report}");
    options.damage = DamageShare::Never;
    let met = run(&options).coverage;
    assert_eq!((met.deletions, met.wipes, met.damages, met.excused), (0, 0, 0, 0));
}
