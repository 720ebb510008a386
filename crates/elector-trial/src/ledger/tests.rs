use super::*;

const ONE: ProcessId = ProcessId(1);
const TWO: ProcessId = ProcessId(2);

/// Terms with their leaders, and acknowledged writes: process, token, count.
fn ledger(leaders: &[(ProcessId, u64)], writes: &[(ProcessId, u64, u64)]) -> Ledger {
    let mut ledger = Ledger::new();
    for (process, token) in leaders.iter().copied() {
        let line = Some(Line::Leading { token, at: 0 });
        ledger.hear(&Event { process, line });
    }
    for (process, token, count) in writes.iter().copied() {
        let line = Some(Line::Wrote { token, count, at: 0 });
        ledger.hear(&Event { process, line });
    }
    ledger
}

fn history(entries: &[(u64, u64)]) -> Vec<Entry> {
    entries.iter().map(|(token, count)| Entry { token: *token, count: *count, writer: 1 }).collect()
}

#[test]
fn a_register_that_holds_what_was_told_is_clean() {
    let ledger = ledger(&[(ONE, 1), (TWO, 2)], &[(ONE, 1, 1), (ONE, 1, 2), (TWO, 2, 3)]);
    let audit = ledger.audit(&history(&[(1, 0), (1, 1), (1, 2), (2, 2), (2, 3)]));
    assert!(audit.is_clean(), "{audit:?}");
    assert_eq!((audit.count, audit.acknowledged, audit.unknown), (3, 3, 0));
    assert!(Ledger::new().audit(&[]).is_clean());
}

#[test]
fn a_lost_update_is_found() {
    // Both read 1 and wrote 2.
    let ledger = ledger(&[(ONE, 1), (TWO, 2)], &[(ONE, 1, 1), (ONE, 1, 2), (TWO, 2, 2)]);
    let audit = ledger.audit(&history(&[(1, 1), (2, 1), (1, 2), (2, 2)]));
    assert!(!audit.is_clean());
    assert_eq!(audit.fallen.len(), 1, "{audit:?}");
    let audit = ledger.audit(&history(&[(1, 1), (1, 2), (2, 1), (2, 2)]));
    assert_eq!(audit.miscounted.len(), 1, "{audit:?}");
    assert!(!audit.is_clean());
}

#[test]
fn two_leaders_with_one_token_are_found() {
    let ledger = ledger(&[(ONE, 1), (TWO, 1)], &[(ONE, 1, 1), (TWO, 1, 1)]);
    let audit = ledger.audit(&history(&[(1, 0), (1, 1), (1, 1)]));
    assert_eq!(audit.miscounted.len(), 1, "{audit:?}");
    assert!(!audit.is_clean());
}

#[test]
fn an_acknowledged_write_that_is_not_there_is_found() {
    let ledger = ledger(&[(ONE, 1)], &[(ONE, 1, 1), (ONE, 1, 2)]);
    let audit = ledger.audit(&history(&[(1, 0), (1, 1)]));
    assert_eq!(audit.lost, [(1, 2)]);
    assert!(!audit.is_clean());
}

#[test]
fn a_killed_process_may_have_one_write_more_than_it_said_and_no_more() {
    let mut ledger = ledger(&[(ONE, 1), (TWO, 2)], &[(ONE, 1, 1), (TWO, 2, 3)]);
    let entries = history(&[(1, 1), (1, 2), (2, 2), (2, 3)]);
    assert_eq!(ledger.audit(&entries).unexplained, history(&[(1, 2)]));
    ledger.killed(ONE);
    let audit = ledger.audit(&entries);
    assert!(audit.is_clean() && audit.unknown == 1, "{audit:?}");
    let audit = ledger.audit(&history(&[(1, 1), (1, 2), (1, 3), (2, 3), (2, 4)]));
    assert_eq!(audit.unexplained, history(&[(1, 2), (2, 4)]));
}

#[test]
fn a_killed_process_that_led_twice_is_excused_once() {
    let mut ledger = ledger(&[(ONE, 1), (ONE, 2)], &[]);
    ledger.killed(ONE);
    let audit = ledger.audit(&history(&[(1, 1), (2, 2)]));
    assert_eq!((audit.unknown, audit.unexplained.len()), (1, 1));
}

#[test]
fn refusals_are_counted_and_harmless() {
    let mut ledger = ledger(&[(ONE, 1)], &[(ONE, 1, 1)]);
    let line = Some(Line::Refused { token: 1, at: 0 });
    ledger.hear(&Event { process: ONE, line });
    let audit = ledger.audit(&history(&[(1, 1), (2, 1)]));
    assert!(audit.is_clean() && audit.refused == 1, "{audit:?}");
}
