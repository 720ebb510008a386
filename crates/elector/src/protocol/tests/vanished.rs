//! A missing record is not a free one while somebody may still lead.

use super::*;

#[test]
fn a_record_never_seen_is_free_at_once() {
    let mut bench = Bench::new();
    let effects = bench.feed(Event::Contend);
    assert!(bid(&effects).unwrap().may_take.unexplained);
}

#[test]
fn a_live_leader_that_vanishes_is_waited_out_from_the_first_sight_of_the_loss() {
    for vanished in [missing(), vacant()] {
        let mut bench = Bench::following(7);
        bench.until(10_000);
        assert_eq!(bench.see(vanished.clone()), []);
        bench.until(20_000);
        assert_eq!(bench.see(vanished), []);
        assert_eq!(bench.until(10_000 + LEASE - 1), []);
        let effects = bench.until(10_000 + LEASE);
        assert!(bid(&effects).unwrap().may_take.unexplained);
    }
}

#[test]
fn missing_and_empty_are_one_loss() {
    let mut bench = Bench::following(7);
    bench.until(1_000);
    bench.see(missing());
    bench.until(9_000);
    bench.see(vacant());
    assert_eq!(bench.bids_at(30_000), 1_000 + LEASE);
}

#[test]
fn the_wait_is_the_vanished_leaders_own_lease() {
    let mut bench = Bench::new();
    bench.see(led(Leader::new("rival").with_term(RIVAL, token(7)), "1", ms(60_000)));
    bench.feed(Event::Contend);
    bench.until(1_000);
    bench.see(missing());
    assert_eq!(bench.bids_at(90_000), 61_000);
}

#[test]
fn a_bid_within_the_wait_may_take_a_release_and_nothing_unexplained() {
    let mut bench = Bench::following(7);
    bench.until(14_000);
    bench.see(rival(7, "2"));
    let effects = bench.until(14_000 + LEASE);
    let may_take = &bid(&effects).unwrap().may_take;
    assert!(!may_take.unexplained, "it has seen that leader alive");
    bench.answer_held(missing());
    assert_eq!(bench.bids_at(60_000), 14_000 + 2 * LEASE);
}

/// What a store shows that was set back to an old backup: a leader of the past, proven dead or silent.
fn past(dead: bool) -> Observation {
    let past = led(Leader::new("past").with_term(RIVAL, token(5)), "old", ms(1_000));
    if dead { gone(past) } else { past }
}

#[test]
fn a_leader_of_the_past_says_nothing_of_the_end_of_a_later_one() {
    for gone in [false, true] {
        let mut bench = Bench::following(7);
        bench.until(10_000);
        assert_eq!(bench.see(past(gone)), []);
        bench.feed(Event::WatchFailed);
        assert_eq!(bench.until(10_000 + LEASE - 1), [], "dead: {gone}");
        let effects = bench.until(10_000 + LEASE);
        let bid = bid(&effects).unwrap();
        assert!(bid.may_take.permits(&bid.candidate, &past(gone).standing));
    }
}

#[test]
fn a_bid_may_not_take_the_past_while_a_later_leader_may_live() {
    let mut bench = Bench::following(7);
    let effects = bench.until(LEASE);
    let bid = bid(&effects).unwrap();
    assert!(!bid.may_take.permits(&bid.candidate, &past(true).standing));
    assert!(bid.may_take.permits(&bid.candidate, &gone(rival(7, "2")).standing));
    bench.answer_held(past(true));
    assert_eq!(bench.bids_at(60_000), 2 * LEASE);
}

/// A leader of an earlier term that lives, as after the restore of an old backup.
fn earlier(beat: &str, millis: u64) -> Observation {
    led(Leader::new("earlier").with_term(RIVAL, token(5)), beat, ms(millis))
}

#[test]
fn a_later_leader_is_waited_out_once() {
    let waited = || {
        let mut bench = Bench::following(7);
        bench.until(10_000);
        bench.see(earlier("1", LEASE));
        bench.until(20_000);
        bench.see(earlier("2", LEASE));
        bench.until(10_000 + LEASE);
        bench
    };
    assert!(bid(&waited().see(gone(earlier("2", LEASE)))).is_some(), "its death is proof again");
    assert!(bid(&waited().see(released(5))).is_some(), "its release explains again");
}

#[test]
fn nothing_that_the_past_does_shortens_the_wait_for_a_later_leader() {
    for sight in [gone(earlier("2", LEASE)), released(5), released(6), gone(rival(6, "1"))] {
        let mut bench = Bench::following(7);
        bench.until(10_000);
        bench.see(earlier("1", LEASE));
        bench.until(12_000);
        bench.see(earlier("2", LEASE));
        bench.until(13_000);
        assert_eq!(bench.see(sight.clone()), []);
        assert_eq!(bench.bids_at(60_000), 10_000 + LEASE, "{sight:?}");
    }
}

#[test]
fn the_end_of_the_later_leader_ends_the_wait_for_it() {
    for sight in [gone(rival(7, "2")), gone(rival(8, "1")), released(7), released(8)] {
        let mut bench = Bench::following(7);
        bench.until(10_000);
        bench.see(earlier("1", LEASE));
        bench.until(12_000);
        assert!(bid(&bench.see(sight.clone())).is_some(), "{sight:?}");
    }
}

#[test]
fn all_leaders_of_a_past_that_goes_further_back_are_waited_out() {
    // Back from 7 to 5, and from there to 3.
    let back = |again: u64| {
        let mut bench = Bench::following(7);
        bench.until(10_000);
        bench.see(earlier("1", LEASE));
        bench.freeze(again);
        assert_eq!(call(&bench.see(rival(3, "1"))), None);
        bench.until(again + 1_000);
        bench
    };
    for end in [gone(rival(3, "1")), gone(rival(6, "1"))] {
        let mut bench = back(20_000);
        assert_eq!(bench.see(end), []);
        assert_eq!(bench.bids_at(60_000), 20_000 + LEASE);
    }
    // By then the lease of 7 has run out, and only that of 5 has not.
    assert!(bid(&back(10_000 + LEASE).see(gone(rival(6, "1")))).is_some());
}

#[test]
fn the_leader_that_the_past_brought_back_is_waited_out_too() {
    let mut bench = Bench::following(7);
    bench.until(1_000);
    bench.see(earlier("1", 60_000));
    bench.until(2_000);
    bench.see(missing());
    assert_eq!(bench.bids_at(90_000), 62_000);
}

#[test]
fn ones_own_record_of_the_past_is_not_taken_while_a_later_leader_may_live() {
    let mut bench = Bench::following(7);
    let effects = bench.until(LEASE);
    let bid = bid(&effects).unwrap();
    assert!(!bid.may_take.permits(&bid.candidate, &mine(5, "old").standing));
    assert!(bid.may_take.permits(&bid.candidate, &mine(8, "new").standing));
    bench.answer_held(mine(5, "old"));
    assert_eq!(bench.bids_at(60_000), 2 * LEASE);
}

#[test]
fn a_store_with_expiry_of_its_own_says_itself_when_to_bid() {
    let mut bench = Bench::server();
    bench.feed(Event::Contend);
    bench.answer_held(rival(7, "1"));
    bench.until(1_000);
    bench.see(earlier("1", LEASE).with_again_in(ms(500)));
    assert_eq!(bench.bids_at(60_000), 1_500);
}

#[test]
fn the_release_of_the_term_explains() {
    for number in [7, 8] {
        let mut bench = Bench::following(7);
        bench.until(1_000);
        assert!(bid(&bench.see(released(number))).is_some(), "the release of {number}");
    }
}

#[test]
fn the_release_of_an_older_term_does_not() {
    let mut bench = Bench::following(7);
    bench.until(1_000);
    assert_eq!(bench.see(released(6)), []);
    assert_eq!(bench.bids_at(30_000), 1_000 + LEASE);
}

#[test]
fn a_foreign_leaders_empty_record_is_its_release() {
    let mut bench = Bench::new();
    bench.see(foreign("1"));
    bench.feed(Event::Contend);
    bench.until(1_000);
    assert!(bid(&bench.see(vacant())).is_some());
}

#[test]
fn a_foreign_leaders_deleted_record_is_not() {
    let mut bench = Bench::new();
    bench.see(foreign("1"));
    bench.feed(Event::Contend);
    bench.until(1_000);
    assert_eq!(bench.see(missing()), []);
    assert_eq!(bench.bids_at(30_000), 1_000 + LEASE);
}

#[test]
fn a_new_leader_ends_the_wait() {
    let mut bench = Bench::following(7);
    bench.until(1_000);
    bench.see(missing());
    bench.until(4_000);
    bench.see(rival(8, "1"));
    assert_eq!(bench.bids_at(30_000), 4_000 + LEASE);
}

#[test]
fn distrust_waits_out_a_record_that_was_missing_from_the_first() {
    let mut bench = Bench::with(|rules| rules.distrust_missing = true);
    let effects = bench.feed(Event::Contend);
    assert!(!bid(&effects).unwrap().may_take.unexplained);
    bench.until(500);
    assert_eq!(bench.answer_held(missing()), []);
    assert_eq!(bench.bids_at(30_000), 500 + LEASE);
}

#[test]
fn a_candidate_that_withdraws_and_comes_back_has_not_forgotten_whom_it_saw() {
    let mut bench = Bench::following(7);
    bench.until(LEASE);
    bench.see(rival(7, "2"));
    let effects = bench.feed(Event::Withdraw);
    assert_eq!(releases(&effects), Some(None), "the bid on its way is cleared up");
    bench.answer(Answer::Released(Ok(())));
    assert_eq!(bench.feed(Event::Contend), []);
    bench.until(LEASE + 1_000);
    assert_eq!(bench.see(missing()), []);
    assert_eq!(bench.bids_at(60_000), LEASE + 1_000 + LEASE);
}
