//! What holds in every sequence of events, at every time.

use proptest::prelude::*;

use super::auditor::Auditor;
use super::*;

/// What one step of a random history does.
#[derive(Clone, Debug)]
enum Act {
    /// Time passes, with every tick that was asked for.
    Pass(u64),
    /// Time passes unnoticed.
    Freeze(u64),
    Event(u8),
    See(u8, u64, u8),
    Answer(u8, u64),
    /// The next tick that was asked for comes, and the call that follows is answered.
    Next(u8, u64),
    WorkEnds,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => prop_oneof![4 => 0..300u64, 2 => 0..6_000u64, 1 => 0..40_000u64].prop_map(Act::Pass),
        1 => prop_oneof![0..2_000u64, 0..30_000u64].prop_map(Act::Freeze),
        3 => (0..8u8).prop_map(Act::Event),
        3 => (0..7u8, 0..3u64, 0..3u8).prop_map(|(kind, number, beat)| Act::See(kind, number, beat)),
        8 => (0..8u8, prop_oneof![1 => Just(0), 6 => 1..3u64]).prop_map(|(kind, number)| Act::Answer(kind, number)),
        4 => (0..8u8, 1..3u64).prop_map(|(kind, number)| Act::Next(kind, number)),
        2 => Just(Act::WorkEnds),
    ]
}

fn run(acts: Vec<Act>, chance: u32, expiry: Expiry, gate: bool, shutdown: bool) -> Auditor {
    let bench = Bench::with(|rules| {
        rules.expiry = expiry;
        rules.liveness_gate = gate.then(|| ms(4_000));
    });
    let mut auditor = Auditor::new(bench);
    auditor.bench.chance = Chance::new(chance);
    for act in acts {
        match act {
            Act::Pass(millis) => auditor.pass(millis),
            Act::Freeze(millis) => auditor.bench.now += millis,
            Act::Event(kind) => auditor.event(kind),
            Act::See(kind, number, beat) => {
                let observation = auditor.observation(kind, number, beat);
                auditor.feed(Event::Observed(observation));
            }
            Act::Answer(kind, above) => auditor.answer(kind, above),
            Act::Next(kind, above) => {
                auditor.next();
                auditor.answer(kind, above);
            }
            Act::WorkEnds => auditor.work_ends(),
        }
    }
    if shutdown {
        auditor.feed(Event::Shutdown);
        auditor.work_ends();
        // Whatever the store does, the end comes.
        auditor.pass(3 * LEASE);
        assert_eq!(auditor.bench.phase(), Phase::Stopped);
    }
    auditor
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_history_breaks_a_rule(
        acts in proptest::collection::vec(act(), 1..120),
        chance in 1..=u32::MAX,
        gate in any::<bool>(),
    ) {
        run(acts, chance, Expiry::Observed, gate, true);
    }
}

/// The histories above reach terms, or they prove nothing.
#[test]
fn histories_reach_many_terms() {
    use proptest::strategy::ValueTree as _;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let acts = proptest::collection::vec(act(), 120);
    let begun: usize = (0..200)
        .map(|_| {
            run(acts.new_tree(&mut runner).unwrap().current(), 9, Expiry::Observed, false, true)
                .begun
        })
        .sum();
    assert!(begun > 200, "{begun} terms in 200 histories");
}
