use super::*;

/// Checks that succeeded: process, token, stamp.
fn judged(checks: &[(u32, u64, u64)]) -> Judge {
    let mut judge = Judge::new();
    for (process, token, at) in checks.iter().copied() {
        let line = Some(Line::Current { token, at, until: at + 1 });
        judge.hear(&Event { process: ProcessId(process), line });
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
