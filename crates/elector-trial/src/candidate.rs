//! What a candidate process does.

use std::io::{self, BufRead as _, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use elector::store::Backend;
use elector::{Elector, Error, ErrorKind, Leadership, Result, Status, Term};
use tokio::sync::oneshot;

use crate::counted::Counted;
use crate::line::Line;
use crate::stamp::now;

/// From one check of the term to the next, at most: with the kernel's slack on a sleep about a millisecond.
const SAMPLE_INTERVAL: Duration = Duration::from_micros(800);

/// Contends for `backend` until standard input is closed, and says on standard output what it believes.
///
/// The output is one [`Line`] in JSON a line. Whatever is read from standard input makes it say its
/// [`Line::Requests`]. Standard input is a pipe from the parent, so that no candidate outlives a parent that was
/// killed; on Linux the kernel kills it then even while it is frozen.
///
/// # Errors
///
/// When the election can never work as configured, or the process gets no thread.
pub fn run(backend: Arc<dyn Backend>, name: &str, lease_duration: Duration) -> Result<()> {
    // Where it fails, standard input still ends.
    #[cfg(target_os = "linux")]
    let _ = nix::sys::prctl::set_pdeathsig(nix::sys::signal::Signal::SIGKILL);
    let outcome = contend(backend, name, lease_duration);
    if let Err(error) = &outcome {
        say(&Line::Failed { message: error.to_string() });
    }
    outcome
}

fn contend(backend: Arc<dyn Backend>, name: &str, lease_duration: Duration) -> Result<()> {
    let failed = |error: io::Error| {
        Error::new(ErrorKind::Unavailable, "elector", "start", "the candidate gets no thread")
            .with_source(error)
    };
    let counted = Counted::new(backend);
    let elector =
        Elector::builder(Arc::new(counted.clone()), name).lease_duration(lease_duration).build()?;
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
    let (closed, over) = oneshot::channel();
    thread::Builder::new()
        .name("stdin".to_owned())
        .spawn(move || {
            for line in io::stdin().lock().lines() {
                if line.is_err() {
                    break;
                }
                say(&Line::Requests { at: now(), requests: counted.requests() });
            }
            let _ = closed.send(());
        })
        .map_err(failed)?;
    runtime.block_on(async {
        tokio::select! {
            ended = lead(&elector) => return ended,
            () = follow(&elector) => {}
            _ = over => {}
        }
        // An outage of the store must not keep the process: the lease runs out by itself.
        let _ = tokio::time::timeout(lease_duration, elector.shutdown()).await;
        Ok(())
    })
}

async fn lead(elector: &Elector) -> Result<()> {
    loop {
        let leadership = elector.lead().await?;
        let token = leadership.token().get();
        say(&Line::Leading { token, at: now() });
        let sampling = Sampling::start(&leadership);
        let why = leadership.lost().await.as_str().to_owned();
        say(&Line::Stopping { token, at: now(), why });
        // Not confirmed means that the lease was lost, or runs out by itself.
        let _ = leadership.resign().await;
        drop(sampling);
        say(&Line::Ended { token, at: now() });
    }
}

/// Says whom it follows; ends when the elector is shut down.
async fn follow(elector: &Elector) {
    let mut status = elector.status();
    let mut said = None;
    loop {
        let following = match &*status.borrow_and_update() {
            Status::Following(leader) => leader.as_ref().and_then(|leader| leader.token),
            _ => None,
        };
        if let Some(token) = following.filter(|_| following != said) {
            say(&Line::Following { token: token.get(), at: now() });
        }
        said = following;
        if status.changed().await.is_err() {
            return;
        }
    }
}

/// A thread that checks the term until the sampling is dropped: through the release, so that a check that still
/// succeeds after it is seen.
struct Sampling {
    over: Arc<AtomicBool>,
}

impl Sampling {
    fn start(leadership: &Leadership) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let (term, ending) = (leadership.term().clone(), Arc::clone(&over));
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

/// Writes a line. A parent that reads no more has closed standard input too, which ends this process.
fn say(line: &Line) {
    let Ok(mut text) = serde_json::to_string(line) else { return };
    text.push('\n');
    let mut out = io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}
