//! Bids and their outcomes.

use super::*;

#[test]
fn a_lease_counts_from_the_start_of_the_call() {
    let mut bench = Bench::new();
    bench.feed(Event::Contend);
    bench.freeze(1_400);
    let effects = bench.answer_won(7);
    let valid_until = Moment::new(Budget::default().hold());
    assert_eq!(effects, [Effect::Begin { token: token(7), valid_until }]);
    assert_eq!(bench.protocol.wakeup(), Some(moment(RENEW)), "so do the renewals");
}

#[test]
fn a_bid_has_a_deadline() {
    let mut bench = Bench::new();
    bench.feed(Event::Contend);
    assert_eq!(bench.until(ATTEMPT - 1), []);
    assert_eq!(bench.until(ATTEMPT), [Effect::Abandon]);
}

#[test]
fn a_late_answer_to_an_abandoned_call_is_not_heard() {
    let mut bench = Bench::new();
    bench.feed(Event::Contend);
    bench.freeze(ATTEMPT);
    let effects = bench.answer_won(7);
    assert_eq!(effects, [Effect::Abandon]);
    assert_eq!(bench.phase(), Phase::Following);
}

#[test]
fn an_answer_to_an_older_call_is_not_heard() {
    let mut bench = Bench::new();
    bench.feed(Event::Contend);
    let effects = bench.until(3_000);
    assert!(bid(&effects).is_some());
    assert_eq!(bench.feed(Event::Answered(1, Answer::Acquired(Ok(Acquire::Won(lease(7)))))), []);
    assert_eq!(bench.phase(), Phase::Bidding);
}

#[test]
fn an_own_late_write_is_bid_for_again_at_once_and_never_resumed() {
    let mut bench = Bench::following(6);
    bench.until(LEASE);
    bench.until(LEASE + ATTEMPT);
    let effects = bench.see(mine(7, "1"));
    let effects = if bid(&effects).is_none() { bench.until(20_000) } else { effects };
    assert!(bid(&effects).is_some(), "one's own record is no rival's");
    assert!(bench.now < 2 * LEASE);
    let effects = bench.answer_won(8);
    assert!(matches!(effects[0], Effect::Begin { token: begun, .. } if begun == token(8)));
}

#[test]
fn an_own_late_write_is_no_term() {
    let mut bench = Bench::new();
    bench.feed(Event::Contend);
    bench.answer(Answer::Acquired(doubt()));
    bench.see(mine(7, "1"));
    assert_eq!(bench.protocol.valid_until(), None);
    assert_eq!(bench.protocol.token(), None);
}

#[test]
fn an_unknown_outcome_is_found_out_by_the_next_bid_whoever_seemed_to_lead() {
    let mut bench = Bench::following(7);
    bench.until(LEASE);
    bench.see(rival(7, "2"));
    bench.answer(Answer::Acquired(doubt()));
    assert!(bench.bids_at(LEASE + 251) <= LEASE + 250);
}

#[test]
fn doubt_is_followed_by_a_doubling_wait_with_full_jitter() {
    for (chance, expected) in [
        (Chance::LEAST, [0, 0, 0, 0, 0, 0, 0, 0]),
        (Chance::MOST, [250, 500, 1_000, 2_000, 4_000, 5_000, 5_000, 5_000]),
        (Chance::new(u32::MAX / 2), [125, 250, 500, 1_000, 2_000, 2_500, 2_500, 2_500]),
    ] {
        let mut bench = Bench::new();
        bench.chance = chance;
        bench.feed(Event::Contend);
        for wait in expected {
            let before = bench.now;
            let effects = bench.answer(Answer::Acquired(doubt()));
            let at = if bid(&effects).is_some() { before } else { bench.bids_at(before + wait) };
            assert!(at.abs_diff(before + wait) <= 1, "{chance:?}: {at} after {before}");
        }
    }
}

#[test]
fn a_bid_lost_to_another_is_repeated_within_the_backoff() {
    let mut bench = Bench::new();
    bench.feed(Event::Contend);
    for _ in 0..20 {
        let before = bench.now;
        bench.answer_held(released(7));
        assert_eq!(bench.bids_at(before + 250), before + 250);
    }
}

#[test]
fn a_token_that_is_not_above_the_floor_is_refused_and_given_back() {
    for granted in [9, 10] {
        let mut bench = Bench::with(|rules| rules.token_floor = token(10));
        let effects = bench.feed(Event::Contend);
        assert_eq!(bid(&effects).unwrap().token_floor, token(10));
        let effects = bench.answer_won(granted);
        let refused = Effect::Refused { token: token(granted), floor: token(10) };
        assert_eq!(effects[0], refused);
        assert_eq!(releases(&effects), Some(Some(token(granted))));
        bench.answer(Answer::Released(Ok(())));
        assert_eq!(bench.bids_at(LEASE), LEASE, "a lease later, not in a loop");
        assert!(matches!(bench.answer_won(11)[0], Effect::Begin { .. }));
    }
}

#[test]
fn a_token_seen_at_a_rival_is_a_floor() {
    for seen in [rival(20, "1"), released(20)] {
        let mut bench = Bench::new();
        bench.see(seen);
        bench.until(LEASE);
        let effects = bench.feed(Event::Contend);
        assert_eq!(bid(&effects).unwrap().token_floor, token(20));
        assert!(matches!(bench.answer_won(20)[0], Effect::Refused { .. }));
    }
}

#[test]
fn a_token_of_an_own_term_is_a_floor() {
    let mut bench = Bench::leading(30);
    bench.feed(Event::WorkEnded);
    let effects = bench.answer(Answer::Released(Ok(())));
    assert_eq!(bid(&effects).unwrap().token_floor, token(30));
    assert!(matches!(bench.answer_won(30)[0], Effect::Refused { .. }));
}

#[test]
fn a_win_too_late_to_work_with_is_given_back() {
    let budget = Budget::builder(ms(LEASE))
        .renew_interval(ms(1_000))
        .attempt_timeout(ms(2_000))
        .renew_deadline(ms(9_000))
        .build()
        .unwrap();
    let mut bench = Bench::with(|rules| rules.budget = budget);
    bench.feed(Event::Contend);
    bench.freeze(1_900);
    // The store grants far less than was asked for, so that its time to stop has come.
    let short = Lease::new(token(7), ms(4_000), Cookie::none());
    let effects = bench.answer(Answer::Acquired(Ok(Acquire::Won(short))));
    assert_eq!(releases(&effects), Some(Some(token(7))));
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::Begin { .. })));
}

#[test]
fn the_answer_to_an_earlier_bid_is_no_answer_to_this_one() {
    let mut bench = Bench::new();
    bench.feed(Event::Contend);
    let earlier = bench.protocol.attempts;
    assert!(bid(&bench.until(ATTEMPT + 250)).is_some(), "it is tried again");
    let won = Answer::Acquired(Ok(Acquire::Won(lease(7))));
    assert_eq!(bench.feed(Event::Answered(earlier, won)), []);
    assert_eq!(bench.phase(), Phase::Bidding);
    assert!(matches!(bench.answer_won(8)[0], Effect::Begin { .. }));
}

#[test]
fn an_invalid_configuration_ends_the_election() {
    let mut bench = Bench::new();
    bench.feed(Event::Contend);
    let effects = bench.answer(Answer::Acquired(Err(ErrorKind::Invalid)));
    assert_eq!(effects, [Effect::Fail, Effect::Stopped]);
    assert_eq!(bench.feed(Event::Contend), []);
}

#[test]
fn every_other_doubt_is_tried_again() {
    use ErrorKind::{Corrupt, Denied, Stopped, Unavailable};
    for kind in [Unavailable, Denied, Corrupt, Stopped] {
        let mut bench = Bench::new();
        bench.feed(Event::Contend);
        assert_eq!(bench.answer(Answer::Acquired(Err(kind))), []);
        bench.bids_at(250);
    }
}

#[test]
fn an_own_late_write_that_vanishes_is_nobodys_lease() {
    let mut bench = Bench::following(6);
    bench.until(LEASE);
    bench.see(mine(7, "1"));
    bench.until(LEASE + 100);
    bench.see(missing());
    let effects = bench.answer(Answer::Acquired(doubt()));
    assert_eq!(bid(&effects), None);
    let effects = bench.until(LEASE + 350);
    assert!(bid(&effects).unwrap().may_take.unexplained);
}

#[test]
fn what_can_never_work_ends_an_election_only_before_the_first_answer() {
    let refused = || Answer::Acquired(Err(ErrorKind::Invalid));
    let mut bench = Bench::new();
    bench.feed(Event::Contend);
    assert_eq!(bench.answer(refused()), [Effect::Fail, Effect::Stopped]);

    let mut bench = Bench::following(3);
    bench.until(LEASE);
    bench.answer_held(rival(3, "2"));
    bench.until(2 * LEASE);
    bench.answer(refused());
    assert_eq!(bench.phase(), Phase::Following, "it has worked before, and is tried again");
    bench.bids_at(2 * LEASE + RENEW);
}

#[test]
fn a_refused_bid_leaves_nothing_to_clear_up() {
    for kind in [ErrorKind::Denied, ErrorKind::Unavailable] {
        let mut bench = Bench::new();
        bench.feed(Event::Contend);
        bench.answer(Answer::Acquired(Err(kind)));
        let effects = bench.feed(Event::Shutdown);
        let clears = releases(&effects) == Some(None);
        assert_eq!(clears, kind == ErrorKind::Unavailable, "{kind}: {effects:?}");
        assert_eq!(effects.contains(&Effect::Stopped), kind == ErrorKind::Denied);
    }
}

#[test]
fn an_answer_that_is_older_than_the_watch_does_not_hide_a_release() {
    // The bid reads the leader, then the leader releases and the watch shows it, and only then the answer arrives.
    let mut bench = Bench::new();
    bench.feed(Event::Contend);
    bench.see(released(7));
    bench.answer_held(rival(7, "1"));
    assert!(bench.bids_at(RENEW) < RENEW, "nothing will tell of the release again");
}

#[test]
fn a_leader_that_only_the_answer_showed_is_not_forgotten() {
    let mut bench = Bench::new();
    bench.feed(Event::Contend);
    bench.see(released(7));
    bench.answer_held(rival(8, "1"));
    let at = bench.bids_at(RENEW);
    bench.answer_held(missing());
    assert!(bench.bids_at(at + LEASE) >= at + LEASE, "it was seen alive, and is waited out");
}

#[test]
fn an_answer_that_agrees_with_the_watch_is_not_asked_for_again() {
    let mut bench = Bench::new();
    bench.feed(Event::Contend);
    bench.see(rival(7, "1"));
    bench.answer_held(rival(7, "1"));
    assert_eq!(bench.bids_at(LEASE), LEASE);
}
