//! Every way in which the elector's thread and the work's threads can interleave, explored by loom.
//!
//! `RUSTFLAGS="--cfg elector_loom" cargo test -p elector --lib interleavings`

use std::sync::Arc;

use futures_util::FutureExt as _;
use loom::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use loom::thread;

use super::{Term, TermState};
use crate::clock::{Clock, Moment, Sleep};
use crate::fence::Fence;
use crate::protocol::Ended;
use crate::token::FencingToken;

/// A clock that goes on by a nanosecond whenever it is read.
#[derive(Debug)]
struct Reads(AtomicU64);

impl Clock for Reads {
    fn now(&self) -> Moment {
        Moment::from_nanos(self.0.fetch_add(1, Ordering::Relaxed))
    }

    fn sleep_until(&self, _: Moment) -> Sleep {
        Box::pin(std::future::pending())
    }
}

const START: u64 = 100;

/// The elector's side of a term that is valid for long, and the work's.
fn term() -> (Arc<TermState>, Term) {
    let clock = Arc::new(Reads(AtomicU64::new(START)));
    let valid_until = Moment::from_nanos(10 * START);
    let state = Arc::new(TermState::new(token(7), clock, valid_until));
    (Arc::clone(&state), Term::new(state))
}

fn token(number: u64) -> FencingToken {
    FencingToken::new(number).unwrap()
}

#[test]
fn whoever_knows_of_a_loss_is_not_current() {
    loom::model(|| {
        let (state, term) = term();
        let elector = thread::spawn(move || state.stop(Ended::Lost(None)));
        if term.reason().is_some() {
            assert!(!term.is_current());
        }
        elector.join().unwrap();
        assert!(!term.is_current());
    });
}

#[test]
fn whoever_waited_for_the_loss_is_not_current() {
    loom::model(|| {
        let (state, term) = term();
        let elector = thread::spawn(move || state.stop(Ended::Lost(None)));
        assert_eq!(term.ended().now_or_never(), Some(Ended::Lost(None)));
        assert!(!term.is_current());
        elector.join().unwrap();
    });
}

#[test]
fn a_term_that_is_over_never_comes_back() {
    loom::model(|| {
        let (state, term) = term();
        let elector = thread::spawn(move || {
            state.extend(Moment::from_nanos(20 * START));
            state.stop(Ended::Resigned);
            state.extend(Moment::from_nanos(30 * START));
            state.end(Ended::Resigned);
        });
        let mut over = false;
        let mut latest = Moment::default();
        for _ in 0..3 {
            let until = term.valid_until();
            assert!(until == Moment::default() || until >= latest, "an extension was taken back");
            assert!(!over || until == Moment::default(), "a term that was over is valid again");
            over = until == Moment::default();
            latest = until;
        }
        elector.join().unwrap();
        assert!(!term.is_current());
    });
}

#[test]
fn a_force_follows_a_stop_and_says_the_same_reason() {
    loom::model(|| {
        let (state, term) = term();
        let elector = thread::spawn(move || {
            state.stop(Ended::Expired);
            state.force();
        });
        assert_eq!(term.forced().now_or_never(), Some(()));
        assert_eq!(term.reason(), Some(Ended::Expired));
        elector.join().unwrap();
    });
}

#[test]
fn of_signs_of_life_the_latest_counts() {
    loom::model(|| {
        let (state, term) = term();
        let workers: Vec<_> = [term.clone(), term]
            .into_iter()
            .map(|term| thread::spawn(move || term.alive()))
            .collect();
        let before = state.alive_at();
        let after = state.alive_at();
        assert!(before <= after);
        for worker in workers {
            worker.join().unwrap();
        }
        // The clock was read once for the term and once by each worker.
        assert_eq!(state.alive_at(), Moment::from_nanos(START + 2));
    });
}

#[test]
fn a_fence_that_has_let_a_token_pass_lets_no_smaller_one_pass() {
    loom::model(|| {
        let fence = loom::sync::Arc::new(Fence::new());
        let passed = loom::sync::Arc::new(AtomicBool::new(false));
        let new = {
            let (fence, passed) = (fence.clone(), passed.clone());
            thread::spawn(move || {
                fence.check(token(8)).unwrap();
                passed.store(true, Ordering::Release);
            })
        };
        let late = passed.load(Ordering::Acquire);
        let old = fence.check(token(7));
        if late {
            assert!(old.is_err());
        }
        new.join().unwrap();
        assert!(fence.check(token(7)).is_err());
    });
}
