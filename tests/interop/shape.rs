//! A Lease that was led and released says the same in the same fields, whoever wrote it.

use elector_tests::go::Programs;
use elector_tests::{Cluster, Fleet, LeaseSeen, Side, Timing};

/// A Lease that one candidate leads, and the same when that one has been shut down.
fn led_and_released(side: Side) -> (LeaseSeen, LeaseSeen) {
    let cluster = Cluster::new();
    let mut fleet = Fleet::new(&cluster, "shape", Timing::SHORT, super::interop());
    let candidate = match side {
        Side::Rust => fleet.start_rust(),
        Side::Go => fleet.start_go(Programs::get().newest()),
    };
    let (_, led) = fleet.calm();
    fleet.stage.end(candidate);
    fleet.stage.bury(candidate).unwrap();
    (led, fleet.lease())
}

#[test]
fn led_and_released_by_either() {
    for side in [Side::Rust, Side::Go] {
        let (led, released) = led_and_released(side);
        assert_eq!(led.shape(), Vec::<String>::new(), "{side:?}: {led:?}");
        assert_eq!(released.shape(), Vec::<String>::new(), "{side:?}: {released:?}");
        assert_eq!(led.seconds(), 3, "{side:?}");
        let free = (released.holder(), released.seconds(), released.transitions());
        assert_eq!(free, ("", 1, led.transitions()), "{side:?}: {released:?}");
        assert_eq!(released.acquired(), released.renewed(), "{side:?}");
        assert!(released.renewed() > led.acquired(), "{side:?}: {led:?} {released:?}");
    }
}
