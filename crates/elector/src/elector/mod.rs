//! The elector: what a process that wants to lead holds.

mod builder;
mod run;

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tokio::sync::{mpsc, oneshot, watch};

use crate::budget::Budget;
use crate::changes::{ChangeLog, ChangeReaders, Changes};
use crate::driver::{self, Command};
use crate::error::{Error, ErrorKind, Result};
use crate::leadership::Leadership;
use crate::status::Status;
use crate::store::{Backend, Candidate};

pub use builder::Builder;

/// One candidate in one election. Cheap to clone; every clone is the same candidate.
///
/// The elector works on a thread of its own from the first use on. It survives outages of its store of any length,
/// and contends again after a lost term for as long as somebody waits in [`run`](Self::run) or [`lead`](Self::lead).
/// When the last handle and guard are dropped it gives up what it holds in the background.
#[derive(Clone, Debug)]
pub struct Elector {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    plan: builder::Plan,
    started: Mutex<Option<Started>>,
}

/// The ends of the channels to a running driver.
#[derive(Clone, Debug)]
struct Started {
    commands: mpsc::UnboundedSender<Command>,
    status: watch::Receiver<Status>,
    changes: ChangeReaders,
    failure: Arc<OnceLock<Error>>,
}

impl Elector {
    /// A candidate called `name`, with a lease of 15 s and everything else as it comes.
    ///
    /// Does no I/O. The name is for people: two candidates with one name never share a lease.
    pub fn new(backend: Arc<dyn Backend>, name: impl Into<Arc<str>>) -> Self {
        Self::builder(backend, name).into_elector()
    }

    /// A candidate with settings.
    pub fn builder(backend: Arc<dyn Backend>, name: impl Into<Arc<str>>) -> Builder {
        Builder::new(backend, name.into())
    }

    /// The name of the election that it stands for.
    pub fn election(&self) -> &str {
        self.shared.plan.election()
    }

    /// Who stands.
    pub fn candidate(&self) -> &Candidate {
        self.shared.plan.candidate()
    }

    /// The budget of time.
    pub fn budget(&self) -> &Budget {
        self.shared.plan.budget()
    }

    /// Waits until this process leads.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] when the election can never work as configured, [`ErrorKind::Stopped`] when the elector
    /// was shut down. No outage of the store is an error here: the wait goes on.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future withdraws the candidate; if it has just won, it gives the election up again.
    pub async fn lead(&self) -> Result<Leadership> {
        let stopped =
            || Error::new(ErrorKind::Stopped, "elector", "lead", "the elector was shut down");
        self.contend().await?.ok_or_else(stopped)
    }

    /// Waits until this process leads; `None` when the elector was shut down.
    async fn contend(&self) -> Result<Option<Leadership>> {
        let started = self.started()?;
        let (waiter, turn) = oneshot::channel();
        let _ = started.commands.send(Command::Contend(waiter));
        let withdraw = Withdraw(&started.commands);
        let won = turn.await;
        std::mem::forget(withdraw);
        match won {
            Ok(leadership) => Ok(Some(leadership)),
            Err(_) => driver::ended_with(&started.failure).map(|()| None),
        }
    }

    /// The latest state, starting the elector if it has not started.
    ///
    /// An elector that cannot start shows [`Status::Stopped`]; [`lead`](Self::lead) says why.
    pub fn status(&self) -> watch::Receiver<Status> {
        match self.started() {
            Ok(started) => started.status,
            Err(_) => watch::Sender::new(Status::Stopped).subscribe(),
        }
    }

    /// Every change from now on, starting the elector if it has not started.
    pub fn changes(&self) -> Changes {
        match self.started() {
            Ok(started) => started.changes.subscribe(),
            Err(_) => Changes::empty(),
        }
    }

    /// Asks this process's term to end: the work is stopped, the election released, and left to others for a
    /// renewal interval. Does nothing while this process does not lead.
    pub fn resign(&self) {
        if let Some(started) = self.running() {
            let _ = started.commands.send(Command::Resign);
        }
    }

    /// Ends the election for this process: stops the work, releases the election, and completes when that is done.
    ///
    /// [`run`](Self::run) then returns `None`. While the work does not stop, the lease is kept and this waits.
    ///
    /// # Cancel safety
    ///
    /// The shutdown goes on when the future is dropped.
    pub async fn shutdown(&self) {
        let started = self.lock().get_or_insert_with(Started::stopped).clone();
        let (reply, done) = oneshot::channel();
        if started.commands.send(Command::Shutdown(Some(reply))).is_ok() {
            // An error means that the driver is gone, which is what was asked for.
            let _ = done.await;
        }
    }

    fn running(&self) -> Option<Started> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Option<Started>> {
        self.shared.started.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn started(&self) -> Result<Started> {
        self.shared.plan.check_process()?;
        let mut started = self.lock();
        if let Some(started) = &*started {
            return Ok(started.clone());
        }
        let begun = self.shared.plan.start()?;
        Ok(started.insert(begun).clone())
    }
}

impl Started {
    /// What is left of a driver that has ended, or was shut down before it began.
    fn stopped() -> Self {
        Self {
            commands: mpsc::unbounded_channel().0,
            status: watch::Sender::new(Status::Stopped).subscribe(),
            changes: ChangeLog::new().readers(),
            failure: Arc::default(),
        }
    }
}

/// Tells the driver that a waiter has gone, if the wait is dropped.
struct Withdraw<'a>(&'a mpsc::UnboundedSender<Command>);

impl Drop for Withdraw<'_> {
    fn drop(&mut self) {
        let _ = self.0.send(Command::Withdraw);
    }
}
