//! A definite loss ends a term in the same step; news of a watch may be old.

use super::*;

/// Stopping and the end are one step, so that nobody can act in between.
fn lost(effects: &[Effect]) -> bool {
    let stop = effects.iter().position(|effect| matches!(effect, Effect::Stop(Ended::Lost(_))));
    let end = effects.iter().position(|effect| *effect == Effect::End);
    stop.is_some() && stop < end
}

#[test]
fn every_definite_loss_ends_the_term_in_the_same_step() {
    for found in [rival(8, "1"), foreign("1"), missing(), vacant(), released(7), rival(3, "1")] {
        let mut bench = Bench::leading(7);
        bench.until(RENEW);
        let effects = bench.answer_lost(found.clone());
        assert!(lost(&effects), "{found:?}: {effects:?}");
        assert_eq!(stops(&effects), Some(&Ended::Lost(found.leader().cloned())));
        assert_eq!(bench.protocol.valid_until(), None);
        assert_eq!(call(&effects), None, "nothing of ours is left to release");
    }
}

#[test]
fn a_later_term_seen_by_the_watch_is_a_definite_loss() {
    let mut bench = Bench::leading(7);
    let effects = bench.see(rival(8, "1"));
    assert!(lost(&effects));
    assert_eq!(bench.protocol.valid_until(), None);
}

#[test]
fn a_term_is_lost_once() {
    let mut bench = Bench::leading(7);
    assert!(lost(&bench.see(rival(8, "1"))));
    assert_eq!(bench.see(rival(9, "1")), [], "its work has been told");
}

#[test]
fn a_later_term_seen_by_the_watch_drops_the_renewal_on_its_way() {
    let mut bench = Bench::leading(7);
    bench.until(RENEW);
    let effects = bench.see(rival(8, "1"));
    assert_eq!(effects[0], Effect::Abandon);
    assert_eq!(bench.answer_kept(7), [], "its answer revives nothing");
    assert_eq!(bench.protocol.valid_until(), None);
}

#[test]
fn older_or_unclear_news_is_verified_by_a_renewal_at_once() {
    for news in [rival(6, "9"), foreign("1"), missing(), vacant(), released(6)] {
        let mut bench = Bench::leading(7);
        bench.freeze(100);
        let effects = bench.see(news);
        assert_eq!(stops(&effects), None);
        assert!(renews(&effects));
        bench.answer_kept(7);
        assert_eq!(bench.phase(), Phase::Leading);
    }
}

#[test]
fn a_renewal_sent_before_the_news_does_not_verify_it() {
    let mut bench = Bench::leading(7);
    bench.until(RENEW);
    assert_eq!(bench.see(missing()), []);
    let effects = bench.answer_kept(7);
    assert!(renews(&effects), "another is sent after it");
    let effects = bench.answer_kept(7);
    assert!(!renews(&effects), "and that is enough");
}

#[test]
fn ones_own_record_is_no_news() {
    let mut bench = Bench::leading(7);
    for own in [mine(7, "5"), mine(6, "1")] {
        assert_eq!(bench.see(own), []);
    }
}

#[test]
fn a_lost_term_renews_and_releases_nothing_and_contends_when_its_work_is_gone() {
    let mut bench = Bench::leading(7);
    bench.until(RENEW);
    bench.answer_lost(rival(8, "1"));
    let effects = bench.until(3 * LEASE);
    assert_eq!(effects, [Effect::Force, Effect::Overrun]);
    assert_eq!(bench.phase(), Phase::Draining, "no bid while the work of the old term runs");
    let effects = bench.feed(Event::WorkEnded);
    assert!(bid(&effects).is_some(), "the rival's lease was waited out meanwhile");
    assert!(releases(&effects).is_none());
}

#[test]
fn the_lost_work_has_its_time_to_stop_and_no_more() {
    let mut bench = Bench::leading(7);
    bench.until(RENEW);
    bench.answer_lost(rival(8, "1"));
    assert_eq!(bench.until(RENEW + STOP - 1), []);
    assert_eq!(bench.until(RENEW + STOP), [Effect::Force]);
    assert_eq!(bench.until(RENEW + STOP + 786), [Effect::Overrun]);
}

#[test]
fn a_loss_while_the_work_stops_ends_the_term_and_stops_nothing_twice() {
    let mut bench = Bench::leading(7);
    bench.feed(Event::Resign);
    bench.until(STOP);
    assert_eq!(bench.see(rival(8, "1")), [Effect::End]);
    let effects = bench.until(LEASE);
    assert_eq!(effects, [Effect::Overrun], "told to stop and forced once");
    assert_eq!(bench.feed(Event::WorkEnded), []);
}

#[test]
fn a_term_overruns_once_also_when_it_is_lost_afterwards() {
    let mut bench = Bench::leading(7);
    let effects = bench.until(13_000);
    assert!(effects.contains(&Effect::Overrun));
    bench.see(rival(8, "1"));
    assert!(!bench.until(60_000).contains(&Effect::Overrun));
}

#[test]
fn the_rival_that_took_the_election_is_waited_out() {
    let mut bench = Bench::leading(7);
    bench.until(RENEW);
    bench.answer_lost(rival(8, "1"));
    assert_eq!(bench.feed(Event::WorkEnded), []);
    assert_eq!(bench.bids_at(30_000), RENEW + LEASE);
}

#[test]
fn the_rival_is_watched_while_the_lost_work_stops() {
    let mut bench = Bench::leading(7);
    bench.see(rival(8, "1"));
    bench.until(4_000);
    bench.see(rival(8, "1"));
    bench.until(8_000);
    bench.see(released(8));
    assert_eq!(bench.protocol.leader(moment(8_000)), None);
    assert!(bid(&bench.feed(Event::WorkEnded)).is_some(), "its release is known");

    let mut bench = Bench::leading(7);
    bench.see(rival(8, "1"));
    bench.until(4_000);
    bench.see(rival(8, "1"));
    bench.feed(Event::WorkEnded);
    assert_eq!(bench.bids_at(60_000), LEASE, "a repetition is no sign of life");
}

#[test]
fn a_later_term_of_ones_own_is_a_loss_too_and_is_bid_for_anew() {
    let mut bench = Bench::leading(7);
    bench.until(RENEW);
    // An acquire sent before this term took effect after it.
    assert!(lost(&bench.answer_lost(mine(8, "1"))));
    assert!(bid(&bench.feed(Event::WorkEnded)).is_some());
    assert!(matches!(bench.answer_won(9)[0], Effect::Begin { .. }));
}

#[test]
fn a_later_term_of_ones_own_session_is_a_loss_too() {
    // A forked child or a cloned machine has the same session.
    let mut bench = Bench::leading(7);
    assert!(lost(&bench.see(mine(8, "9"))));
    let mut bench = Bench::leading(7);
    assert_eq!(bench.see(mine(7, "9")), [], "one's own renewal");
}

#[test]
fn a_release_that_the_watch_showed_during_the_call_is_not_hidden_by_its_answer() {
    // The renewal reads the rival, then the rival releases and the watch shows it, and only then the answer arrives.
    let mut bench = Bench::leading(7);
    bench.feed(Event::Contend);
    bench.until(RENEW);
    bench.see(released(8));
    assert!(lost(&bench.answer_lost(rival(8, "1"))));
    let effects = bench.feed(Event::WorkEnded);
    assert!(bid(&effects).is_some(), "the election is free: {effects:?}");
}
