//! Resignation, shutdown and withdrawal, in every state.

use super::*;

fn settled(effects: &[Effect]) -> Option<bool> {
    effects.iter().find_map(|effect| match effect {
        Effect::Settled(done) => Some(*done),
        _ => None,
    })
}

#[test]
fn after_a_resignation_others_have_a_renewal_interval() {
    let mut bench = Bench::leading(7);
    assert_eq!(stops(&bench.feed(Event::Resign)), Some(&Ended::Resigned));
    bench.freeze(1_000);
    bench.feed(Event::WorkEnded);
    let effects = bench.answer(Answer::Released(Ok(())));
    assert_eq!(settled(&effects), Some(true));
    assert_eq!(bid(&effects), None);
    bench.see(released(7));
    assert_eq!(bench.bids_at(30_000), 1_000 + RENEW);
}

#[test]
fn the_rest_outlasts_a_withdrawal_and_a_broken_watch() {
    let mut bench = Bench::leading(7);
    bench.feed(Event::Resign);
    bench.feed(Event::WorkEnded);
    bench.answer(Answer::Released(Ok(())));
    bench.feed(Event::Withdraw);
    assert_eq!(bench.feed(Event::Contend), []);
    bench.feed(Event::WatchFailed);
    assert_eq!(bench.bids_at(30_000), RENEW);
}

#[test]
fn work_that_ended_by_itself_needs_no_rest() {
    let mut bench = Bench::leading(7);
    bench.feed(Event::WorkEnded);
    assert!(bid(&bench.answer(Answer::Released(Ok(())))).is_some());
}

#[test]
fn resigning_without_a_term_does_nothing() {
    assert_eq!(Bench::new().feed(Event::Resign), []);
    assert_eq!(Bench::following(7).feed(Event::Resign), []);
}

#[test]
fn shutdown_while_idle_or_following_is_immediate() {
    assert_eq!(Bench::new().feed(Event::Shutdown), [Effect::Stopped]);
    assert_eq!(Bench::following(7).feed(Event::Shutdown), [Effect::Stopped]);
}

#[test]
fn whoever_wants_to_lead_after_the_shutdown_is_not_heard() {
    let mut bench = Bench::leading(7);
    bench.feed(Event::Shutdown);
    bench.feed(Event::Contend);
    bench.feed(Event::WorkEnded);
    assert!(bench.answer(Answer::Released(Ok(()))).contains(&Effect::Stopped));
    assert_eq!(bench.feed(Event::Contend), []);
    assert_eq!(bench.phase(), Phase::Stopped);
}

#[test]
fn a_bid_on_its_way_is_cleared_up() {
    for leave in [Event::Withdraw, Event::Shutdown] {
        let mut bench = Bench::new();
        bench.feed(Event::Contend);
        let effects = bench.feed(leave.clone());
        assert_eq!(effects[0], Effect::Abandon);
        assert_eq!(releases(&effects), Some(None));
        let effects = bench.answer(Answer::Released(Ok(())));
        let stopped = effects.contains(&Effect::Stopped);
        assert_eq!(stopped, matches!(leave, Event::Shutdown));
        let phase = if stopped { Phase::Stopped } else { Phase::Idle };
        assert_eq!(bench.phase(), phase);
    }
}

#[test]
fn what_the_store_refused_or_could_not_read_needs_no_clearing_up() {
    for kind in [ErrorKind::Denied, ErrorKind::Corrupt] {
        let mut bench = Bench::new();
        bench.feed(Event::Contend);
        bench.answer(Answer::Acquired(Err(kind)));
        assert_eq!(bench.feed(Event::Shutdown), [Effect::Stopped], "{kind:?}");
    }
}

#[test]
fn an_acquire_of_unknown_outcome_is_cleared_up_however_long_ago_it_was() {
    let mut bench = Bench::new();
    bench.feed(Event::Contend);
    bench.answer(Answer::Acquired(doubt()));
    bench.until(250);
    bench.answer_held(rival(7, "1"));
    let effects = bench.feed(Event::Shutdown);
    assert_eq!(releases(&effects), Some(None));
}

#[test]
fn a_won_bid_is_known_and_needs_no_clearing_up() {
    let mut bench = Bench::new();
    bench.feed(Event::Contend);
    bench.answer(Answer::Acquired(doubt()));
    bench.until(250);
    bench.answer_won(7);
    bench.see(rival(8, "1"));
    bench.feed(Event::Shutdown);
    assert_eq!(bench.feed(Event::WorkEnded), [Effect::Stopped]);
}

#[test]
fn an_answered_bid_of_a_withdrawn_candidate_is_not_heard() {
    let mut bench = Bench::new();
    bench.feed(Event::Contend);
    bench.feed(Event::Withdraw);
    assert_eq!(bench.feed(Event::Answered(1, Answer::Acquired(Ok(Acquire::Won(lease(7)))))), []);
    assert_eq!(bench.phase(), Phase::Releasing);
}

#[test]
fn a_term_is_not_ended_by_withdrawal() {
    let mut bench = Bench::leading(7);
    assert_eq!(bench.feed(Event::Withdraw), []);
    assert_eq!(bench.phase(), Phase::Leading);
    bench.feed(Event::WorkEnded);
    bench.answer(Answer::Released(Ok(())));
    assert_eq!(bench.phase(), Phase::Idle, "nobody wants the next");
}

#[test]
fn shutdown_stops_the_work_and_releases_when_it_is_gone() {
    let mut bench = Bench::leading(7);
    assert_eq!(stops(&bench.feed(Event::Shutdown)), Some(&Ended::Shutdown));
    assert_eq!(releases(&bench.feed(Event::WorkEnded)), Some(Some(token(7))));
    let effects = bench.answer(Answer::Released(Ok(())));
    assert_eq!(effects, [Effect::Settled(true), Effect::Stopped]);
}

#[test]
fn shutdown_while_stopping_or_releasing_goes_on() {
    let mut bench = Bench::leading(7);
    bench.feed(Event::Resign);
    assert_eq!(bench.feed(Event::Shutdown), []);
    bench.feed(Event::WorkEnded);
    assert_eq!(bench.feed(Event::Shutdown), []);
    assert_eq!(bench.answer(Answer::Released(Ok(())))[1], Effect::Stopped);
}

#[test]
fn shutdown_after_a_loss_waits_for_the_work_alone() {
    let mut bench = Bench::leading(7);
    bench.see(rival(8, "1"));
    assert_eq!(bench.feed(Event::Shutdown), []);
    assert_eq!(bench.feed(Event::WorkEnded), [Effect::Stopped]);
}

#[test]
fn nothing_happens_after_the_end() {
    let mut bench = Bench::new();
    bench.feed(Event::Shutdown);
    for event in [Event::Contend, Event::Tick, Event::Shutdown, Event::Withdraw, Event::WorkEnded] {
        assert_eq!(bench.feed(event), []);
    }
    assert_eq!(bench.protocol.wakeup(), None);
}

#[test]
fn a_release_is_repeated_until_the_lease_has_run_out() {
    let mut bench = Bench::leading(7);
    bench.feed(Event::Withdraw);
    bench.feed(Event::WorkEnded);
    let mut attempts = 0;
    loop {
        let effects = bench.answer(Answer::Released(doubt()));
        if let Some(done) = settled(&effects) {
            assert!(!done);
            break;
        }
        assert_eq!(releases(&effects), None, "not without a pause");
        assert_eq!(releases(&bench.until(bench.now + 313)), Some(Some(token(7))));
        attempts += 1;
    }
    assert!((LEASE..LEASE + 400).contains(&bench.now), "{}", bench.now);
    assert!(attempts > 10);
    assert_eq!(bench.phase(), Phase::Idle);
}

#[test]
fn an_unanswered_release_is_given_up_a_lease_later() {
    let mut bench = Bench::leading(7);
    bench.feed(Event::Shutdown);
    bench.feed(Event::WorkEnded);
    let effects = bench.until(LEASE + ATTEMPT + 400);
    assert_eq!(settled(&effects), Some(false));
    assert!(effects.contains(&Effect::Stopped));
}

#[test]
fn contending_while_a_lease_is_given_up_waits_for_that() {
    let mut bench = Bench::leading(7);
    bench.feed(Event::Withdraw);
    bench.feed(Event::WorkEnded);
    assert_eq!(bench.feed(Event::Contend), []);
    assert!(bid(&bench.answer(Answer::Released(Ok(())))).is_some());
}

#[test]
fn an_immediate_refusal_of_a_release_is_no_busy_loop() {
    let mut bench = Bench::leading(7);
    bench.chance = Chance::LEAST;
    bench.feed(Event::WorkEnded);
    assert_eq!(bench.answer(Answer::Released(doubt())), []);
    assert_eq!(bench.until(62), []);
    assert_eq!(releases(&bench.until(63)), Some(Some(token(7))));
}
