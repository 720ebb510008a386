//! Checks of the term, about one a millisecond.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use elector::Term;

use super::say;
use crate::line::Line;
use crate::stamp::now;

/// What is slept from one check of the term to the next: with the kernel's slack about [`SAMPLING`](super::SAMPLING).
const SAMPLE_INTERVAL: Duration = Duration::from_micros(800);

/// A thread that checks the term until the sampling is dropped: through the release, so that a check that still
/// succeeds after it is seen.
pub(super) struct Sampling {
    over: Arc<AtomicBool>,
}

impl Sampling {
    pub(super) fn start(term: &Term) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let (term, ending) = (term.clone(), Arc::clone(&over));
        let started =
            thread::Builder::new().name("sampler".to_owned()).spawn(move || sample(&term, &ending));
        if let Err(error) = started {
            say(&Line::Failed { message: format!("no thread to check the term: {error}") });
        }
        Self { over }
    }
}

impl Drop for Sampling {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Release);
    }
}

fn sample(term: &Term, over: &AtomicBool) {
    let token = term.token().get();
    let mut was_current = true;
    loop {
        let last = over.load(Ordering::Acquire);
        let until = term.valid_until().as_nanos();
        // The clock before the check: what was true later in a term was true at every earlier moment of it.
        let at = now();
        let current = term.is_current();
        if current {
            say(&Line::Current { token, at, until });
        } else if was_current {
            say(&Line::Lapsed { token, at });
        }
        was_current = current;
        if last {
            return;
        }
        thread::sleep(SAMPLE_INTERVAL);
    }
}
