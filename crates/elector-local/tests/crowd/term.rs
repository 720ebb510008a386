//! What a leader told of its term, and what must hold between two terms.

use std::time::Duration;

/// One term, as its leader told of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Term {
    pub(crate) who: usize,
    pub(crate) token: u64,
    /// When the leader knew of it.
    pub(crate) from: Duration,
    /// When the leader last found it valid, or was killed.
    pub(crate) until: Option<Duration>,
    /// Why it ended.
    pub(crate) why: String,
}

/// No term began while an earlier one was found valid, and tokens rose.
pub(crate) fn judge(terms: &mut [Term]) {
    terms.sort_by_key(|term| term.from);
    for pair in terms.windows(2) {
        let (before, after) = (&pair[0], &pair[1]);
        assert!(before.token < after.token, "tokens fell: {pair:?}");
        assert!(before.until.unwrap() <= after.from, "two led at once: {pair:?}");
    }
}

#[test]
#[should_panic(expected = "two led at once")]
fn an_overlap_is_found() {
    let at = Duration::from_secs;
    let term = |token, from, until| Term { who: 0, token, from, until, why: String::new() };
    judge(&mut [term(2, at(3), None), term(1, at(1), Some(at(4)))]);
}

#[test]
#[should_panic(expected = "tokens fell")]
fn a_token_that_falls_is_found() {
    let at = Duration::from_secs;
    let term = |token, from, until| Term { who: 0, token, from, until, why: String::new() };
    judge(&mut [term(2, at(1), Some(at(2))), term(1, at(3), None)]);
}
