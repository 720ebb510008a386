//! A term against a clock that stands still.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::{Term, TermState};
use crate::clock::{Clock, Moment, Sleep};
use crate::protocol::Ended;
use crate::token::FencingToken;

#[derive(Debug)]
struct Still(AtomicU64);

impl Clock for Still {
    fn now(&self) -> Moment {
        Moment::from_nanos(self.0.load(Ordering::Relaxed))
    }

    fn sleep_until(&self, _: Moment) -> Sleep {
        Box::pin(std::future::pending())
    }
}

fn term(valid_until: u64) -> (Arc<Still>, Arc<TermState>, Term) {
    let clock = Arc::new(Still(AtomicU64::new(1000)));
    let token = FencingToken::new(7).unwrap();
    let shared: Arc<dyn Clock> = Arc::<Still>::clone(&clock);
    let state = Arc::new(TermState::new(token, shared, Moment::from_nanos(valid_until)));
    (clock, Arc::clone(&state), Term::new(state))
}

#[test]
fn a_term_is_current_before_its_end_and_not_at_it() {
    let (clock, _, term) = term(2000);
    for (now, current, remaining) in
        [(1000, true, 1000), (1999, true, 1), (2000, false, 0), (2001, false, 0)]
    {
        clock.0.store(now, Ordering::Relaxed);
        assert_eq!(term.is_current(), current, "at {now}");
        assert_eq!(term.remaining(), Duration::from_nanos(remaining), "at {now}");
    }
}

#[test]
fn an_extension_counts_and_an_end_is_for_good() {
    let (clock, state, term) = term(2000);
    state.extend(Moment::from_nanos(3000));
    clock.0.store(2999, Ordering::Relaxed);
    assert!(term.is_current());
    state.end(Ended::Resigned);
    assert!(!term.is_current());
    assert_eq!(term.remaining(), Duration::ZERO);
    assert_eq!(term.reason(), Some(Ended::Resigned));
    assert_eq!(term.token().get(), 7);
}

#[test]
fn a_term_that_was_told_to_stop_is_current_unless_it_was_lost() {
    let (_, state, told) = term(2000);
    state.stop(Ended::Shutdown);
    assert!(told.is_current());
    state.end(Ended::Resigned);
    assert_eq!(told.reason(), Some(Ended::Shutdown), "the first reason counts");
    let (_, state, lost) = term(2000);
    state.stop(Ended::Lost(None));
    assert!(!lost.is_current());
}

#[test]
fn signs_of_life_never_go_back() {
    let (clock, state, term) = term(2000);
    assert_eq!(state.alive_at(), Moment::from_nanos(1000), "a term begins alive");
    clock.0.store(1500, Ordering::Relaxed);
    term.alive();
    clock.0.store(1200, Ordering::Relaxed);
    term.alive();
    assert_eq!(state.alive_at(), Moment::from_nanos(1500));
}

#[test]
fn terms_are_equal_if_they_are_one() {
    let ((_, _, one), (_, _, other)) = (term(2000), term(2000));
    assert_eq!(one, one.clone());
    assert_ne!(one, other);
}

#[test]
fn force_is_for_work_that_was_told_to_stop() {
    use futures_util::FutureExt as _;

    let (_, state, term) = term(2000);
    state.force();
    assert_eq!(term.reason(), None);
    assert_eq!(term.forced().now_or_never(), None);
    state.stop(Ended::Expired);
    assert_eq!(term.forced().now_or_never(), None);
    state.force();
    assert_eq!(term.forced().now_or_never(), Some(()));
    assert_eq!(term.ended().now_or_never(), Some(Ended::Expired));
}
