//! A few hand-overs each way; `cargo run -p elector-tests -- hand-overs` makes a hundred.

use elector_tests::Side;
use elector_tests::go::Programs;
use elector_tests::hand_over::{self, How, Plan};

/// The oldest Go that builds two minor versions of client-go.
const TWO_VERSIONS: &str = "1.25";

#[test]
fn each_way_by_release_and_by_kill() {
    let programs = Programs::get();
    let two = programs.candidates.len() == 2;
    let is_old = programs.go.starts_with("1.24");
    assert!(two || is_old, "two versions of client-go are required from Go {TWO_VERSIONS} on");
    let plan = Plan { each: 5, free: 2, fleets: 2 };
    let outcome = hand_over::run(plan, super::interop());
    assert!(outcome.is_good(), "{outcome}");
    for how in [How::Release, How::Kill] {
        for (from, to) in [(Side::Rust, Side::Go), (Side::Go, Side::Rust)] {
            let made = outcome.count(how, from, to);
            assert!(made >= plan.each as usize, "{how:?}, {from:?} to {to:?}: {made}\n{outcome}");
        }
    }
}
