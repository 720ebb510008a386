//! A leader's work in a trial: it counts in a register.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use elector::Term;

use super::say;
use crate::line::Line;
use crate::register::{Answer, Register};
use crate::stamp::now;

/// How long it takes to find out what comes after a number. Most freezes hit a leader here, between its check and its
/// write.
const THINKING: Duration = Duration::from_micros(800);
/// From one attempt to the next while the register is in use.
const RETRY: Duration = Duration::from_micros(200);

/// A thread that counts until the work is dropped, or its term is over. Dropping waits for it.
pub(super) struct Working {
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Working {
    pub(super) fn start(term: &Term, register: &Path) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let (term, path, ending) = (term.clone(), register.to_owned(), Arc::clone(&over));
        let worker = move || {
            if let Err(error) = count(&term, &path, &ending) {
                say(&Line::Failed { message: format!("the register: {error}") });
            }
        };
        let thread = thread::Builder::new().name("worker".to_owned()).spawn(worker);
        if let Err(error) = &thread {
            say(&Line::Failed { message: format!("no thread to work: {error}") });
        }
        Self { over, thread: thread.ok() }
    }
}

impl Drop for Working {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            // A panic has been told on standard error.
            let _ = thread.join();
        }
    }
}

fn count(term: &Term, path: &Path, over: &AtomicBool) -> io::Result<()> {
    let register = Register::open(path)?;
    let token = term.token().get();
    while term.is_current() {
        let Some(count) = answered(token, over, || register.read(token))? else { return Ok(()) };
        thread::sleep(THINKING);
        let Some(count) = answered(token, over, || register.write(token, count + 1))? else {
            return Ok(());
        };
        say(&Line::Wrote { token, count, at: now() });
    }
    Ok(())
}

/// The count that an access was answered with; `None` when the work has to end.
fn answered(
    token: u64,
    over: &AtomicBool,
    access: impl Fn() -> io::Result<Answer>,
) -> io::Result<Option<u64>> {
    while !over.load(Ordering::Acquire) {
        match access()? {
            Answer::Accepted(entry) => return Ok(Some(entry.count)),
            Answer::Refused(_) => {
                say(&Line::Refused { token, at: now() });
                return Ok(None);
            }
            Answer::Busy => thread::sleep(RETRY),
        }
    }
    Ok(None)
}
