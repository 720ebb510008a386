//! The simulator catches every wrong rule that its electors can follow. Built with `RUSTFLAGS="--cfg elector_flaws"`.
#![cfg(elector_flaws)]

use std::time::Duration;

use elector::flaw::Flaw;
use elector_testing::simulation::{Options, run};

/// The driver drops a call before it makes the next, so no answer of another call ever reaches `step` through it: that
/// is for the model checker, which calls `step` itself.
const OUT_OF_REACH: Flaw = Flaw::AnswerOfAnother;

/// One test: the switch is the whole process's.
#[test]
fn every_wrong_rule_is_caught() {
    let mut options = Options::new(1, 1000);
    options.length = Duration::from_secs(3600);
    options.timeline = 0;
    for flaw in Flaw::ALL.into_iter().filter(|flaw| *flaw != OUT_OF_REACH) {
        Flaw::set(Some(flaw));
        let report = run(&options);
        Flaw::set(None);
        assert!(!report.failures.is_empty(), "{} was not caught", flaw.name());
    }
    options.runs = 2;
    options.floors = false;
    let report = run(&options);
    assert!(report.is_good(), "{report}");
}
