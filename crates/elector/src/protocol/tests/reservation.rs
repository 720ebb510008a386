//! A release that leaves the election to one candidate for a short time.

use super::*;
use crate::store::Reservation;

fn reserved_for(name: &str, number: u64) -> Observation {
    let reserved = Some(Reservation::new(name, ms(2_000)));
    Observation::new(Standing::Released { token: token(number), reserved })
}

#[test]
fn the_others_wait_from_their_first_sight_of_it() {
    let mut bench = Bench::following(7);
    bench.until(1_000);
    assert_eq!(bench.see(reserved_for("chosen", 7)), []);
    bench.until(2_500);
    assert_eq!(bench.see(reserved_for("chosen", 7)), [], "a repetition");
    let effects = bench.until(3_000);
    assert_eq!(bid(&effects).unwrap().may_take.reservation_over, Some(token(7)));
}

#[test]
fn the_chosen_one_does_not_wait() {
    let mut bench = Bench::following(7);
    assert!(bid(&bench.see(reserved_for("me", 7))).is_some());
}

#[test]
fn a_newcomer_waits_too() {
    let mut bench = Bench::new();
    let effects = bench.feed(Event::Contend);
    assert_eq!(bid(&effects).unwrap().may_take.reservation_over, None);
    bench.until(100);
    assert_eq!(bench.answer_held(reserved_for("chosen", 7)), []);
    assert_eq!(bench.bids_at(5_000), 2_100);
}

#[test]
fn a_bid_permits_the_reservation_only_of_the_release_that_was_waited_out() {
    let candidate = Candidate::new("me").with_session(ME);
    let mut may_take = crate::store::MayTake::vacant();
    for (over, permitted) in [(None, false), (Some(token(6)), false), (Some(token(7)), true)] {
        may_take.reservation_over = over;
        let standing = reserved_for("chosen", 7).standing;
        assert_eq!(may_take.permits(&candidate, &standing), permitted, "{over:?}");
    }
}
