//! Traces made by hand, to try the rules on.

use std::time::Duration;

use elector::Budget;
use elector::store::{Beat, Expiry, SessionId};

use super::{Invariant, Terms};
use crate::simulation::fact::{Entry, Fact, Kind, Reply, Stood, Taking, Who};
use crate::simulation::sim::SLOTS;

pub(crate) const LEASE: Duration = Duration::from_secs(15);

/// A budget of 15 s with clocks within 5 %, in a store where observers tell expiry.
pub(crate) fn terms() -> Terms {
    Terms {
        budgets: [Budget::default(); SLOTS],
        expiry: Expiry::Observed,
        distrust_missing: false,
        tokens_are_versions: false,
    }
}

/// Something that happens to the process in `slot` at this many seconds, by its own clock too.
pub(crate) fn of(slot: u8, seconds: f64, fact: Fact) -> Entry {
    let at = (seconds * 1e9) as u64;
    Entry { at, own: at, who: Some(Who { slot, life: u32::from(slot) }), fact }
}

/// Something that happens to nobody in particular.
pub(crate) fn world(seconds: f64, fact: Fact) -> Entry {
    Entry { at: (seconds * 1e9) as u64, own: 0, who: None, fact }
}

pub(crate) fn session(slot: u8) -> SessionId {
    SessionId::from_u128(u128::from(slot))
}

pub(crate) fn began(slot: u8) -> Fact {
    Fact::Began { session: session(slot), forces: true }
}

pub(crate) fn stands(token: u64, until: f64) -> Fact {
    let until = (until * 1e9) as u64;
    Fact::Stands { token, until, ends: until }
}

pub(crate) fn won(attempt: u64, token: u64) -> Fact {
    Fact::Answered { attempt, reply: Reply::Won { token, lease: LEASE } }
}

pub(crate) fn kept(attempt: u64, token: u64) -> Fact {
    Fact::Answered { attempt, reply: Reply::Kept { token, lease: LEASE } }
}

pub(crate) fn led(slot: u8, token: u64, beat: &str) -> Stood {
    Stood::Led {
        session: Some(session(slot)),
        token: Some(token),
        beat: Beat::new(beat),
        lease: LEASE,
    }
}

/// A bid for what nobody holds.
pub(crate) fn bid(attempt: u64) -> Fact {
    Fact::Bid { attempt, taking: Taking { unexplained: true, stale: None }, floor: 0 }
}

pub(crate) fn stale(attempt: u64, beat: &str) -> Fact {
    let taking = Taking { unexplained: false, stale: Some(Beat::new(beat)) };
    Fact::Bid { attempt, taking, floor: 0 }
}

pub(crate) fn change(number: u64, kind: Kind) -> Fact {
    Fact::Change { number, kind }
}

/// Holds that the rule accepts every entry.
pub(crate) fn accepts(mut rule: impl Invariant, entries: impl IntoIterator<Item = Entry>) {
    for entry in entries {
        let judged = rule.judge(&entry);
        assert_eq!(judged, Ok(()), "{entry:?}");
    }
}

/// Holds that the rule accepts all entries but the last, and refuses that one.
pub(crate) fn refuses(mut rule: impl Invariant, entries: impl IntoIterator<Item = Entry>) {
    let mut entries: Vec<Entry> = entries.into_iter().collect();
    let last = entries.pop().unwrap();
    for entry in entries {
        assert_eq!(rule.judge(&entry), Ok(()), "{entry:?}");
    }
    assert!(rule.judge(&last).is_err(), "accepted {last:?}");
}
