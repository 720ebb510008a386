//! When a leader's lease has run out for a rival.

use super::*;

#[test]
fn the_timer_starts_at_the_receipt_of_the_first_sight() {
    let mut bench = Bench::new();
    bench.freeze(1_000);
    bench.feed(Event::Contend);
    bench.freeze(1_400);
    bench.answer_held(rival(7, "1"));
    assert_eq!(bench.bids_at(20_000), 1_400 + LEASE);
}

#[test]
fn the_bid_names_the_stale_beat_and_nothing_else() {
    let mut bench = Bench::following(7);
    let effects = bench.until(LEASE - 1);
    assert_eq!(effects, [], "too early");
    let effects = bench.until(LEASE);
    let may_take = &bid(&effects).unwrap().may_take;
    assert_eq!(may_take.stale, Some(Beat::new("1")));
    assert!(!may_take.unexplained);
    assert_eq!(may_take.released_since, token(7));
}

#[test]
fn a_beat_starts_the_timer_again() {
    let mut bench = Bench::following(7);
    bench.until(14_000);
    bench.see(rival(7, "2"));
    assert_eq!(bench.bids_at(30_000), 14_000 + LEASE);
}

#[test]
fn a_repetition_does_not() {
    let mut bench = Bench::following(7);
    for at in [3_000, 9_000, 14_900] {
        bench.until(at);
        assert_eq!(bench.see(rival(7, "1")), []);
    }
    assert_eq!(bench.bids_at(20_000), LEASE);
}

#[test]
fn an_edit_that_is_no_beat_does_not_either() {
    let mut bench = Bench::following(7);
    bench.until(9_000);
    let leader = Leader::new("renamed").with_term(RIVAL, token(7)).with_metadata(Some("x".into()));
    assert_eq!(bench.see(led(leader, "1", ms(LEASE))), []);
    assert_eq!(bench.bids_at(20_000), LEASE);
}

#[test]
fn a_repetition_as_the_answer_to_a_bid_does_not_either() {
    let mut bench = Bench::following(7);
    bench.until(LEASE);
    bench.answer_held(rival(7, "1"));
    assert!(bench.bids_at(LEASE + 251) > LEASE);
}

#[test]
fn a_renewal_seen_by_the_bid_is_waited_out_anew() {
    let mut bench = Bench::following(7);
    bench.until(LEASE);
    bench.answer_held(rival(7, "2"));
    assert_eq!(bench.bids_at(2 * LEASE), 2 * LEASE);
}

#[test]
fn the_duration_is_the_leaders_own() {
    for duration in [2_000, 60_000] {
        let mut bench = Bench::new();
        let leader = Leader::new("rival").with_term(RIVAL, token(7));
        bench.see(led(leader, "1", ms(duration)));
        bench.feed(Event::Contend);
        assert_eq!(bench.bids_at(duration), duration);
    }
}

#[test]
fn a_longer_lease_with_the_same_beat_counts() {
    let mut bench = Bench::following(7);
    bench.until(10_000);
    let leader = Leader::new("rival").with_term(RIVAL, token(7));
    bench.see(led(leader, "1", ms(60_000)));
    assert_eq!(bench.bids_at(70_000), 70_000);
}

#[test]
fn a_foreign_leader_is_waited_out_the_same_way() {
    let mut bench = Bench::new();
    bench.see(foreign("1"));
    bench.feed(Event::Contend);
    bench.until(8_000);
    bench.see(foreign("2"));
    assert_eq!(bench.bids_at(30_000), 8_000 + LEASE);
}

#[test]
fn the_stores_own_expiry_is_bid_at_when_it_says() {
    let mut bench = Bench::server();
    bench.see(rival(7, "1").with_again_in(ms(4_000)));
    bench.feed(Event::Contend);
    assert_eq!(bench.bids_at(20_000), 4_000);
    bench.answer_held(rival(7, "2").with_again_in(ms(9_000)));
    assert_eq!(bench.bids_at(20_000), 13_000);
}

#[test]
fn without_a_hint_only_the_store_tells() {
    let mut bench = Bench::server();
    bench.see(rival(7, "1"));
    bench.feed(Event::Contend);
    assert_eq!(bench.until(10 * LEASE), []);
    assert!(bid(&bench.see(missing())).is_some(), "a vanished record is an expired one there");
}

#[test]
fn a_broken_watch_makes_a_bid_within_a_renewal_interval() {
    let mut bench = Bench::server();
    bench.see(rival(7, "1"));
    bench.feed(Event::Contend);
    bench.feed(Event::WatchFailed);
    assert_eq!(bench.bids_at(RENEW), RENEW);
}

#[test]
fn a_broken_watch_does_not_shorten_a_wait() {
    let mut bench = Bench::following(7);
    bench.chance = Chance::LEAST;
    bench.feed(Event::WatchFailed);
    assert_eq!(bench.bids_at(LEASE), LEASE);
}

#[test]
fn proof_of_death_ends_a_lease_at_once() {
    let mut bench = Bench::following(7);
    bench.until(2_000);
    let mut gone = rival(7, "1");
    let Standing::Led(led) = &mut gone.standing else { unreachable!() };
    led.gone = true;
    let effects = bench.see(gone);
    assert_eq!(bid(&effects).unwrap().may_take.stale, Some(Beat::new("1")));
    assert_eq!(bench.protocol.leader(moment(2_000)), None);
}

#[test]
fn an_expired_leader_is_shown_to_nobody_also_without_a_candidacy() {
    let mut bench = Bench::new();
    bench.see(rival(7, "1"));
    assert!(bench.protocol.leader(moment(LEASE - 1)).is_some());
    assert!(bench.protocol.leader(moment(LEASE)).is_none());
    assert_eq!(bench.protocol.wakeup(), Some(moment(LEASE)), "so that somebody is told");
    bench.until(LEASE);
    assert_eq!(bench.protocol.wakeup(), None);
}

#[test]
fn a_clock_that_seems_to_go_back_shortens_no_wait() {
    let mut bench = Bench::following(7);
    bench.freeze(10_000);
    bench.feed(Event::Tick);
    bench.freeze(5_000);
    bench.see(rival(7, "2"));
    assert_eq!(bench.bids_at(60_000), 10_000 + LEASE);
}

#[test]
fn a_store_that_may_be_silent_is_asked_after_its_poll_interval() {
    let mut bench = Bench::with(|rules| {
        rules.expiry = Expiry::Server;
        rules.poll = Some(ms(7_000));
    });
    bench.feed(Event::Contend);
    bench.answer_held(rival(3, "1"));
    assert_eq!(bench.bids_at(7_000), 7_000);
    let mut bench = Bench::server();
    bench.feed(Event::Contend);
    bench.answer_held(rival(3, "1"));
    assert_eq!(bench.protocol.wakeup(), None, "a watch that notices its silence is trusted");
}
