//! Work that is told to stop, and work that does not.

use super::*;

#[test]
fn work_is_forced_after_its_budget_and_an_overrun_told_before_the_lease_ends() {
    let mut bench = Bench::leading(7);
    bench.until(DEADLINE);
    assert!(!bench.until(DEADLINE + STOP - 1).contains(&Effect::Force));
    assert!(bench.until(DEADLINE + STOP).contains(&Effect::Force));
    let effects = bench.until(DEADLINE + STOP + 785);
    assert!(!effects.contains(&Effect::Overrun));
    let effects = bench.until(DEADLINE + STOP + 786);
    assert!(effects.contains(&Effect::Overrun));
    assert!(bench.now < bench.valid_until().unwrap(), "before the term is over");
    assert!(!bench.until(60_000).contains(&Effect::Overrun), "once");
}

#[test]
fn no_release_while_the_work_runs() {
    for stop in [Event::Resign, Event::Shutdown, Event::Tick] {
        let mut bench = Bench::leading(7);
        let mut effects = bench.feed(stop);
        effects.extend(bench.until(10 * LEASE));
        assert_eq!(releases(&effects), None);
        assert!(!effects.contains(&Effect::End));
        let effects = bench.feed(Event::WorkEnded);
        let end = effects.iter().position(|effect| *effect == Effect::End).unwrap();
        let release = effects.iter().position(|effect| matches!(effect, Effect::Call(..)));
        assert!(end < release.unwrap());
        assert_eq!(releases(&effects), Some(Some(token(7))));
    }
}

#[test]
fn the_lease_is_renewed_while_the_work_stops_and_then_nothing_overruns() {
    let mut bench = Bench::leading(7);
    bench.feed(Event::Resign);
    let mut forced = 0;
    for round in 1..20 {
        let effects = bench.until(round * RENEW);
        assert!(renews(&effects));
        forced += effects.iter().filter(|effect| **effect == Effect::Force).count();
        assert!(!effects.contains(&Effect::Overrun));
        assert!(matches!(bench.answer_kept(7)[..], [Effect::Extend(_)]));
    }
    assert_eq!(forced, 1);
    assert_eq!(bench.phase(), Phase::Draining);
}

#[test]
fn a_process_that_wakes_late_forces_at_once_and_has_a_moment_before_an_overrun() {
    let mut bench = Bench::leading(7);
    bench.freeze(60_000);
    let effects = bench.feed(Event::Tick);
    assert!(effects.contains(&Effect::Force));
    assert!(!effects.contains(&Effect::Overrun));
    assert!(bench.until(60_786).contains(&Effect::Overrun));
}

#[test]
fn work_that_ends_by_itself_is_released_and_not_stopped() {
    let mut bench = Bench::leading(7);
    let effects = bench.feed(Event::WorkEnded);
    assert_eq!(effects[0], Effect::End);
    assert_eq!(releases(&effects), Some(Some(token(7))));
    assert_eq!(stops(&effects), None);
}

#[test]
fn work_that_ends_drops_the_renewal_on_its_way() {
    for stop in [Event::Tick, Event::Resign] {
        let mut bench = Bench::leading(7);
        bench.until(RENEW);
        bench.feed(stop);
        let effects = bench.feed(Event::WorkEnded);
        assert_eq!(effects[..2], [Effect::Abandon, Effect::End]);
        assert_eq!(bench.protocol.valid_until(), None);
    }
}

fn gated() -> Bench {
    Bench::with(|rules| rules.liveness_gate = Some(ms(3_000))).won(7)
}

#[test]
fn silent_work_is_stopped_at_its_gate_and_not_renewed() {
    let mut bench = gated();
    assert_eq!(bench.until(2_999), []);
    assert_eq!(stops(&bench.until(3_000)), Some(&Ended::Unresponsive));
    let effects = bench.until(60_000);
    assert!(!renews(&effects), "a rival shall have the election");
    assert_eq!(effects, [Effect::Force, Effect::Overrun]);
    assert_eq!(bench.valid_until(), Some(13_571));
}

#[test]
fn a_sign_of_life_is_heard_before_the_gate_closes() {
    let mut bench = gated();
    for at in (2_900..60_000).step_by(2_900) {
        // The driver hands the latest sign over when it wakes, which may be at the gate itself.
        bench.freeze(at + 100);
        let effects = bench.feed(Event::Alive(moment(at)));
        assert_eq!(stops(&effects), None, "alive at {at}");
        if renews(&effects) {
            bench.answer_kept(7);
        }
    }
}

#[test]
fn an_old_sign_of_life_is_none() {
    let mut bench = gated();
    bench.freeze(2_000);
    bench.feed(Event::Alive(moment(1_000)));
    bench.feed(Event::Alive(moment(500)));
    assert_eq!(bench.until(3_999), []);
    assert_eq!(stops(&bench.until(4_000)), Some(&Ended::Unresponsive));
}

#[test]
fn a_sign_of_life_does_not_outlast_the_deadline() {
    let mut bench = gated();
    bench.freeze(DEADLINE);
    let effects = bench.feed(Event::Alive(moment(DEADLINE)));
    assert_eq!(stops(&effects), Some(&Ended::Expired));
}
