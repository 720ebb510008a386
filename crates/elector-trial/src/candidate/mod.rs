//! What a candidate process does.

mod sampling;
mod work;

use std::io::{self, BufRead as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use elector::store::Backend;
use elector::{Elector, Error, ErrorKind, Result, Runtime, Status};
use tokio::sync::oneshot;

use crate::counted::Counted;
use crate::line::Line;
use crate::stamp::now;
use sampling::Sampling;
use work::Working;

/// From one check of a leader's term to the next, about: an overlap that is shorter may be missed, unless one of both was
/// frozen.
pub const SAMPLING: Duration = Duration::from_millis(1);

/// A candidate process, put together.
#[derive(Debug)]
#[must_use = "a candidacy does nothing until it is run"]
pub struct Candidacy {
    backend: Arc<dyn Backend>,
    name: String,
    lease_duration: Duration,
    register: Option<PathBuf>,
    runtime: Option<Runtime>,
}

/// Contends for `backend` until standard input is closed; [`Candidacy::run`] without anything else.
///
/// # Errors
///
/// As [`Candidacy::run`].
pub fn run(backend: Arc<dyn Backend>, name: &str, lease_duration: Duration) -> Result<()> {
    Candidacy::new(backend, name, lease_duration).run()
}

impl Candidacy {
    /// A candidate that only says what it believes.
    pub fn new(backend: Arc<dyn Backend>, name: &str, lease_duration: Duration) -> Self {
        let name = name.to_owned();
        Self { backend, name, lease_duration, register: None, runtime: None }
    }

    /// Lets it count in the [`Register`](crate::Register) at `path` while it leads.
    pub fn register(mut self, path: &Path) -> Self {
        self.register = Some(path.to_owned());
        self
    }

    /// Lets its elector run on `runtime`, and so by another clock. What it says is stamped by the host's all the same,
    /// apart from [`Line::Current`]'s `until`.
    pub fn runtime(mut self, runtime: Runtime) -> Self {
        self.runtime = Some(runtime);
        self
    }

    /// Contends until standard input is closed, and says on standard output what it believes.
    ///
    /// The output is one [`Line`] in JSON a line. Whatever is read from standard input makes it say its
    /// [`Line::Requests`]. Standard input is a pipe from the parent, so that no candidate outlives a parent that was
    /// killed; on Linux the kernel kills it then even while it is frozen.
    ///
    /// # Errors
    ///
    /// When the election can never work as configured, or the process gets no thread.
    pub fn run(self) -> Result<()> {
        // Where it fails, standard input still ends.
        #[cfg(target_os = "linux")]
        let _ = nix::sys::prctl::set_pdeathsig(nix::sys::signal::Signal::SIGKILL);
        let outcome = self.contend();
        if let Err(error) = &outcome {
            say(&Line::Failed { message: error.to_string() });
        }
        outcome
    }

    fn contend(self) -> Result<()> {
        let failed = |error: io::Error| {
            let message = "the candidate gets no thread";
            Error::new(ErrorKind::Unavailable, "elector", "start", message).with_source(error)
        };
        let Self { backend, name, lease_duration, register, runtime } = self;
        let counted = Counted::new(backend);
        let mut builder = Elector::builder(Arc::new(counted.clone()), name.as_str())
            .lease_duration(lease_duration);
        if let Some(runtime) = runtime {
            builder = builder.runtime(runtime);
        }
        let elector = builder.build()?;
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
                ended = lead(&elector, register.as_deref()) => return ended,
                () = follow(&elector) => {}
                _ = over => {}
            }
            // An outage of the store must not keep the process: the lease runs out by itself.
            let _ = tokio::time::timeout(lease_duration, elector.shutdown()).await;
            Ok(())
        })
    }
}

async fn lead(elector: &Elector, register: Option<&Path>) -> Result<()> {
    loop {
        let leadership = elector.lead().await?;
        let token = leadership.token().get();
        say(&Line::Leading { token, at: now() });
        let sampling = Sampling::start(leadership.term());
        let working = register.map(|path| Working::start(leadership.term(), path));
        let why = leadership.lost().await.as_str().to_owned();
        say(&Line::Stopping { token, at: now(), why });
        drop(working);
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

/// Writes a line. A parent that reads no more has closed standard input too, which ends this process.
fn say(line: &Line) {
    let Ok(mut text) = serde_json::to_string(line) else { return };
    text.push('\n');
    let mut out = io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}
