//! What extends a term, and what does not.

use super::*;
use crate::store::Request;

const HOLD: u64 = 13_571;

#[test]
fn the_default_budget_renews_at_5_stops_at_10_and_is_valid_until_13_5() {
    let mut bench = Bench::leading(7);
    assert_eq!(bench.until(4_999), []);
    let effects = bench.until(5_000);
    assert!(renews(&effects));
    assert_eq!(bench.valid_until(), Some(HOLD));
    let effects = bench.until(9_999);
    assert_eq!(stops(&effects), None);
    assert_eq!(stops(&bench.until(10_000)), Some(&Ended::Expired));
}

#[test]
fn a_protocol_keeps_the_budget_it_was_given() {
    let budget = Budget::new(ms(900)).unwrap();
    let bench = Bench::with(|rules| rules.budget = budget);
    assert_eq!(*bench.protocol.budget(), budget);
}

#[test]
fn a_renewal_counts_from_the_start_of_its_call() {
    let mut bench = Bench::leading(7);
    bench.until(RENEW);
    bench.freeze(RENEW + 1_400);
    let effects = bench.answer_kept(7);
    assert_eq!(effects, [Effect::Extend(moment(RENEW) + Budget::default().hold())]);
    assert!(renews(&bench.until(2 * RENEW)), "the next is due an interval after the last");
}

#[test]
fn a_renewal_answered_at_the_end_of_the_term_comes_too_late() {
    let mut bench = Bench::leading(7);
    bench.until(RENEW + 300);
    bench.answer(Answer::Renewed(doubt()));
    bench.until(13_000);
    let end = bench.protocol.valid_until().unwrap();
    let extends = |protocol: &mut Protocol, at| {
        let kept = Answer::Renewed(Ok(Renew::Kept(lease(7), None)));
        let answered = Event::Answered(protocol.attempts, kept);
        let effects = protocol.step(at, Chance::MOST, answered);
        effects.iter().any(|effect| matches!(effect, Effect::Extend(_)))
    };
    let mut other = bench.protocol.clone();
    assert!(extends(&mut other, end.back(Duration::from_nanos(1))));
    assert!(other.valid_until() > Some(end));
    assert!(!extends(&mut bench.protocol, end));
    assert_eq!(bench.protocol.valid_until(), Some(end));
}

#[test]
fn the_duration_that_the_store_granted_counts() {
    let mut bench = Bench::leading(7);
    bench.until(RENEW);
    let short = Lease::new(token(7), ms(8_000), Cookie::none());
    bench.answer(Answer::Renewed(Ok(Renew::Kept(short, None))));
    // Rivals wait for what the record says now: 8 s from 5 s on, of which 7238 ms are held.
    assert_eq!(bench.valid_until(), Some(RENEW + 7_238));
    assert_eq!(stops(&bench.until(RENEW + 7_238 - 3_571)), Some(&Ended::Expired));
}

#[test]
fn the_renewal_names_the_lease_and_its_token() {
    let mut bench = Bench::leading(7);
    let effects = bench.until(RENEW);
    let Some(Call::Renew(bid, lease)) = call(&effects) else { panic!("{effects:?}") };
    assert_eq!((lease.token, bid.duration, bid.timeout), (token(7), ms(LEASE), ms(ATTEMPT)));
}

#[test]
fn doubt_neither_extends_nor_ends_a_term() {
    for kind in [ErrorKind::Unavailable, ErrorKind::Denied, ErrorKind::Invalid, ErrorKind::Corrupt]
    {
        let mut bench = Bench::leading(7);
        bench.until(RENEW);
        assert_eq!(bench.answer(Answer::Renewed(Err(kind))), []);
        assert_eq!(bench.valid_until(), Some(HOLD));
        assert_eq!(bench.phase(), Phase::Leading);
        assert!(renews(&bench.until(RENEW + 250)), "it is tried again within the backoff");
    }
}

#[test]
fn a_timed_out_renewal_does_neither() {
    let mut bench = Bench::leading(7);
    bench.until(RENEW);
    assert_eq!(bench.until(RENEW + ATTEMPT), [Effect::Abandon]);
    assert_eq!(bench.valid_until(), Some(HOLD));
    let number = bench.protocol.attempts;
    assert_eq!(
        bench.feed(Event::Answered(number, Answer::Renewed(Ok(Renew::Kept(lease(7), None))))),
        [],
        "a late answer of an abandoned call",
    );
    assert_eq!(bench.valid_until(), Some(HOLD));
}

#[test]
fn two_unanswered_renewals_in_a_row_do_not_cost_the_term() {
    let mut bench = Bench::leading(7);
    let effects = bench.until(RENEW + 2 * (ATTEMPT + 250));
    assert_eq!(stops(&effects), None);
    bench.freeze(RENEW + 2 * (ATTEMPT + 250) + ATTEMPT - 1);
    assert!(matches!(bench.answer_kept(7)[..], [Effect::Extend(_)]));
    assert_eq!(bench.phase(), Phase::Leading);
}

#[test]
fn a_frozen_process_is_not_revived_by_a_late_tick() {
    let mut bench = Bench::leading(7);
    bench.until(RENEW);
    bench.freeze(60_000);
    let effects = bench.feed(Event::Tick);
    assert_eq!(stops(&effects), Some(&Ended::Expired));
    assert_eq!(bench.valid_until(), Some(HOLD));
}

#[test]
fn a_frozen_process_is_not_revived_by_a_late_answer() {
    let mut bench = Bench::leading(7);
    bench.until(RENEW);
    bench.freeze(60_000);
    let effects = bench.answer_kept(7);
    assert_eq!(stops(&effects), Some(&Ended::Expired));
    assert_eq!(bench.valid_until(), Some(HOLD));
}

#[test]
fn a_term_that_ran_out_stays_over_when_a_renewal_succeeds() {
    let mut bench = Bench::leading(7);
    bench.freeze(14_000);
    let effects = bench.feed(Event::Tick);
    assert_eq!(stops(&effects), Some(&Ended::Expired));
    assert!(renews(&effects), "so that no rival starts while the work stops");
    let effects = bench.answer_kept(7);
    assert_eq!(effects, [], "neither extended nor resumed");
    assert_eq!(bench.valid_until(), Some(HOLD));
    assert_eq!(bench.phase(), Phase::Draining);
    bench.until(14_000 + RENEW);
    bench.answer_kept(7);
    assert_eq!(bench.valid_until(), Some(HOLD), "nor by the renewal after");
}

#[test]
fn a_term_past_its_deadline_is_not_resumed_by_a_renewal_in_time() {
    let mut bench = Bench::leading(7);
    let effects = bench.until(DEADLINE);
    assert_eq!(stops(&effects), Some(&Ended::Expired));
    let number = bench.protocol.attempts;
    bench.until(DEADLINE + 200);
    bench.feed(Event::Answered(number, Answer::Renewed(Ok(Renew::Kept(lease(7), None)))));
    assert_eq!(bench.phase(), Phase::Draining);
}

#[test]
fn a_clock_that_seems_to_go_back_changes_nothing() {
    let mut bench = Bench::leading(7);
    bench.until(DEADLINE);
    let number = bench.protocol.attempts;
    bench.freeze(0);
    bench.feed(Event::Answered(number, Answer::Renewed(doubt())));
    assert_eq!(bench.phase(), Phase::Draining);
    assert_eq!(bench.valid_until(), Some(HOLD));
}

#[test]
fn jitter_after_a_failed_renewal_stays_within_the_backoff() {
    for (chance, wait) in [(Chance::LEAST, 0), (Chance::MOST, 250)] {
        let mut bench = Bench::leading(7);
        bench.until(RENEW);
        bench.chance = chance;
        let effects = bench.answer(Answer::Renewed(doubt()));
        assert_eq!(renews(&effects), wait == 0);
        assert!(wait == 0 || renews(&bench.until(RENEW + wait)));
    }
}

#[test]
fn the_first_renewal_of_a_term_comes_up_to_half_an_interval_early() {
    for (chance, first) in [(Chance::LEAST, RENEW / 2), (Chance::MOST, RENEW)] {
        let mut bench = Bench::new();
        bench.chance = chance;
        let mut bench = bench.won(7);
        assert_eq!(bench.until(first - 1), []);
        assert!(renews(&bench.until(first)));
        bench.answer_kept(7);
        assert_eq!(bench.until(first + RENEW - 1), []);
        assert!(renews(&bench.until(first + RENEW)));
    }
}

#[test]
fn so_does_the_first_one_after_a_failure() {
    let mut bench = Bench::leading(7);
    bench.until(RENEW);
    bench.answer(Answer::Renewed(doubt()));
    let again = RENEW + 250;
    assert!(renews(&bench.until(again)));
    bench.chance = Chance::LEAST;
    bench.answer_kept(7);
    assert_eq!(bench.until(again + RENEW / 2 - 1), []);
    assert!(renews(&bench.until(again + RENEW / 2)));
}

#[test]
fn a_request_to_resign_is_heard_by_renewal_and_by_watch() {
    let request = Request::resign(token(7), "test");
    let mut bench = Bench::leading(7);
    bench.until(RENEW);
    let kept = Renew::Kept(lease(7), Some(request.clone()));
    assert_eq!(stops(&bench.answer(Answer::Renewed(Ok(kept)))), Some(&Ended::Resigned));

    let mut bench = Bench::leading(7);
    let observation = mine(7, "1").with_request(Some(request));
    assert_eq!(stops(&bench.see(observation)), Some(&Ended::Resigned));
}

#[test]
fn a_request_to_another_term_is_not() {
    for asked in [6, 8] {
        let request = Request::resign(token(asked), "test");
        let mut bench = Bench::leading(7);
        assert_eq!(bench.see(mine(7, "1").with_request(Some(request.clone()))), []);
        bench.until(RENEW);
        let kept = Renew::Kept(lease(7), Some(request));
        assert_eq!(stops(&bench.answer(Answer::Renewed(Ok(kept)))), None);
        assert_eq!(bench.phase(), Phase::Leading);
    }
}
