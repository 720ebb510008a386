use super::*;

/// A lease of 210 ns, which may be held for 190.
fn unheard() -> Judge {
    Judge::new(Duration::from_nanos(210), 50_000)
}

fn hear(judge: &mut Judge, process: u32, line: Line) {
    judge.hear(&Event { process: ProcessId(process), line: Some(line) });
}

/// Checks that succeeded: process, token, stamp.
fn judged(checks: &[(u32, u64, u64)]) -> Judge {
    let mut judge = unheard();
    for (process, token, at) in checks.iter().copied() {
        hear(&mut judge, process, Line::Current { token, at, until: at + 1 });
    }
    judge
}

fn verdict(checks: &[(u32, u64, u64)]) -> Verdict {
    judged(checks).verdict()
}

#[test]
fn terms_one_after_the_other_are_clean() {
    let verdict = verdict(&[(1, 1, 10), (1, 1, 20), (2, 2, 21), (2, 2, 30), (1, 5, 31)]);
    assert!(verdict.is_clean(), "{verdict:?}");
    assert_eq!(verdict.terms, 3);
    assert_eq!(verdict.two_leaders(), (0, 0));
}

#[test]
fn two_at_one_time_are_found_in_whatever_order_they_are_heard() {
    let verdict = verdict(&[(2, 2, 40), (1, 1, 30), (2, 2, 15), (1, 1, 10)]);
    assert_eq!(verdict.overlaps, [Overlap { earlier: 1, later: 2, nanos: 16 }]);
    assert!(!verdict.is_clean());
}

#[test]
fn overlaps_outside_the_assumptions_are_counted_apart() {
    let mut judge = judged(&[(1, 1, 10), (2, 2, 15), (1, 1, 20), (2, 2, 30)]);
    judge.outside(16, 40);
    assert_eq!(judge.verdict().overlaps.len(), 1, "it began before");
    judge.outside(10, 19);
    assert_eq!(judge.verdict().overlaps.len(), 1, "it ended after");
    judge.outside(15, 20);
    let verdict = judge.verdict();
    assert!(verdict.is_clean(), "{verdict:?}");
    assert_eq!(verdict.outside, [Overlap { earlier: 1, later: 2, nanos: 6 }]);
}

#[test]
fn a_claim_of_one_instant_inside_another_is_found() {
    let verdict = verdict(&[(1, 1, 10), (2, 2, 15), (1, 1, 20)]);
    assert_eq!(verdict.two_leaders(), (1, 1));
}

#[test]
fn claims_that_share_one_instant_overlap() {
    assert_eq!(verdict(&[(1, 1, 10), (1, 1, 20), (2, 2, 20)]).overlaps.len(), 1);
}

#[test]
fn a_long_claim_overlaps_every_claim_inside_it() {
    let verdict =
        verdict(&[(1, 1, 0), (1, 1, 100), (2, 2, 10), (2, 2, 19), (3, 3, 50), (3, 3, 54)]);
    assert_eq!(verdict.overlaps.len(), 2);
    assert_eq!(verdict.two_leaders(), (15, 10));
}

#[test]
fn one_process_may_follow_itself() {
    assert!(verdict(&[(1, 1, 10), (1, 1, 20), (1, 2, 20)]).is_clean());
}

#[test]
fn a_token_that_falls_or_repeats_is_found() {
    assert_eq!(verdict(&[(1, 7, 10), (2, 6, 20)]).not_risen, [(7, 6)]);
    assert_eq!(verdict(&[(1, 7, 10), (2, 7, 20)]).not_risen, [(7, 7)]);
    assert!(!verdict(&[(1, 7, 10), (2, 7, 20)]).is_clean());
}

#[test]
fn a_frozen_leader_that_wakes_valid_is_found() {
    let mut judge = judged(&[(1, 1, 10), (1, 1, 20)]);
    judge.must_be_over(ProcessId(1), 1, 120);
    let verdict = judge.verdict();
    assert!(verdict.is_clean() && verdict.frozen == 1, "{verdict:?}");
    let late = Line::Current { token: 1, at: 120, until: 130 };
    judge.hear(&Event { process: ProcessId(1), line: Some(late) });
    assert_eq!(judge.verdict().woke_valid, [1]);
    assert!(!judge.verdict().is_clean());
}

#[test]
fn a_later_term_of_a_woken_process_is_its_own() {
    let mut judge = judged(&[(1, 1, 10), (2, 2, 130), (1, 3, 140)]);
    judge.must_be_over(ProcessId(1), 1, 120);
    assert!(judge.verdict().is_clean());
}

#[test]
fn only_checks_are_claims() {
    let mut judge = judged(&[(1, 1, 10), (1, 1, 20)]);
    judge.hear(&Event { process: ProcessId(2), line: Some(Line::Leading { token: 2, at: 15 }) });
    judge.hear(&Event { process: ProcessId(2), line: None });
    assert!(judge.verdict().is_clean());
}

/// Process 1 leads with 1 from 10 on, renewed at 10, so that it may believe until 200 and a rival start at 220; frozen at
/// 20. Process 2 leads with 2 from `rival` on.
fn frozen(rival: u64) -> Judge {
    let mut judge = unheard();
    hear(&mut judge, 1, Line::Current { token: 1, at: 10, until: 200 });
    judge.froze(ProcessId(1), 20);
    hear(&mut judge, 2, Line::Current { token: 2, at: rival, until: rival + 190 });
    judge
}

#[test]
fn a_frozen_leader_may_be_followed_from_one_lease_after_its_renewal() {
    for rival in [220, 221, 1000] {
        let verdict = frozen(rival).verdict();
        assert!(verdict.is_clean(), "{verdict:?}");
    }
}

#[test]
fn a_takeover_before_a_frozen_leaders_lease_is_over_is_found_with_its_size() {
    for rival in [200, 219] {
        let verdict = frozen(rival).verdict();
        let early = TooEarly { frozen: 1, later: 2, nanos: 220 - rival };
        assert_eq!(
            (verdict.too_early.as_slice(), verdict.overlaps.as_slice()),
            (&[early][..], &[][..])
        );
        assert!(!verdict.is_clean());
    }
}

#[test]
fn a_takeover_from_a_frozen_leader_that_still_believes_is_an_overlap() {
    let mut judge = frozen(199);
    hear(&mut judge, 2, Line::Current { token: 2, at: 300, until: 490 });
    let verdict = judge.verdict();
    assert_eq!(verdict.overlaps, [Overlap { earlier: 1, later: 2, nanos: 1 }]);
    assert_eq!(verdict.too_early, [TooEarly { frozen: 1, later: 2, nanos: 21 }]);
}

#[test]
fn a_frozen_leader_believes_until_it_goes_on() {
    let mut judge = frozen(30);
    judge.thawed(ProcessId(1), 40);
    hear(&mut judge, 2, Line::Current { token: 2, at: 300, until: 490 });
    assert_eq!(judge.verdict().overlaps, [Overlap { earlier: 1, later: 2, nanos: 11 }]);
    // Who goes on may release.
    let mut judge = frozen(41);
    judge.thawed(ProcessId(1), 40);
    assert!(judge.verdict().is_clean());
}

#[test]
fn a_killed_leader_believes_nothing() {
    let mut judge = unheard();
    hear(&mut judge, 1, Line::Current { token: 1, at: 10, until: 200 });
    judge.thawed(ProcessId(1), 20);
    hear(&mut judge, 2, Line::Current { token: 2, at: 21, until: 211 });
    assert!(judge.verdict().is_clean());
    let mut judge = frozen(41);
    // The kill of one that is frozen.
    judge.thawed(ProcessId(1), 40);
    assert!(judge.verdict().is_clean());
}

#[test]
fn a_leader_that_stopped_before_it_was_frozen_may_have_released() {
    for said in [
        Line::Stopping { token: 1, at: 19, why: "resigned".to_owned() },
        Line::Lapsed { token: 1, at: 19 },
    ] {
        let mut judge = frozen(30);
        hear(&mut judge, 1, said);
        assert!(judge.verdict().is_clean());
    }
    let mut judge = frozen(30);
    hear(&mut judge, 1, Line::Stopping { token: 1, at: 400, why: "expired".to_owned() });
    assert!(!judge.verdict().is_clean(), "it was told after it went on");
}

#[test]
fn a_second_freeze_is_judged_by_itself() {
    let mut judge = unheard();
    hear(&mut judge, 1, Line::Current { token: 1, at: 10, until: 200 });
    judge.froze(ProcessId(1), 20);
    judge.thawed(ProcessId(1), 100);
    hear(&mut judge, 1, Line::Current { token: 1, at: 110, until: 300 });
    judge.froze(ProcessId(1), 120);
    hear(&mut judge, 2, Line::Current { token: 2, at: 299, until: 489 });
    let verdict = judge.verdict();
    assert_eq!(verdict.overlaps, [Overlap { earlier: 1, later: 2, nanos: 1 }]);
    assert_eq!(verdict.too_early, [TooEarly { frozen: 1, later: 2, nanos: 21 }]);
}

#[test]
fn what_a_wrong_clock_says_of_the_end_of_a_term_is_not_judged() {
    let mut judge = frozen(30);
    hear(&mut judge, 1, Line::Current { token: 1, at: 11, until: 900 });
    assert!(!judge.verdict().is_clean());
    judge.wrong_clock(ProcessId(1));
    let verdict = judge.verdict();
    assert!(verdict.is_clean(), "{verdict:?}");
}

#[test]
fn a_takeover_outside_the_assumptions_is_not_too_early() {
    let mut judge = frozen(30);
    judge.outside(20, 500);
    let verdict = judge.verdict();
    assert!(verdict.is_clean() && verdict.outside.len() == 1, "{verdict:?}");
}

#[test]
fn a_term_that_is_said_to_be_valid_for_longer_than_the_hold_is_found() {
    let mut judge = unheard();
    hear(&mut judge, 1, Line::Current { token: 1, at: 10, until: 200 });
    assert!(judge.verdict().is_clean());
    hear(&mut judge, 1, Line::Current { token: 1, at: 20, until: 230 });
    assert_eq!(judge.verdict().too_long, [TooLong { token: 1, nanos: 20 }]);
    assert!(!judge.verdict().is_clean());
}
