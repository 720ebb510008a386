//! Leadership as a guard.

use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use crate::driver::Command;
use crate::error::{Error, ErrorKind, Result};
use crate::protocol::Ended;
use crate::term::Term;
use crate::token::FencingToken;

/// This process leads for as long as it holds this guard, or until the lease is lost.
///
/// The guard stands for the work: the lease is given up only when the guard is dropped or resigned, and is renewed
/// until then wherever possible. So stop the work first. When [`lost`](Self::lost) completes, stop and drop the guard
/// within the budget's `stop_budget`; a guard kept longer than its lease lasts is an overrun
/// ([`OnOverrun`](crate::OnOverrun)).
#[derive(Debug)]
#[must_use = "dropping the guard gives the leadership up"]
pub struct Leadership {
    term: Term,
    commands: mpsc::UnboundedSender<Command>,
    held: bool,
}

impl Leadership {
    pub(crate) fn new(term: Term, commands: mpsc::UnboundedSender<Command>) -> Self {
        Self { term, commands, held: true }
    }

    /// The term, to hand to whatever does the work.
    pub fn term(&self) -> &Term {
        &self.term
    }

    /// The term's fencing token.
    pub fn token(&self) -> FencingToken {
        self.term.token()
    }

    /// Whether this process leads now; see [`Term::is_current`].
    pub fn is_current(&self) -> bool {
        self.term.is_current()
    }

    /// For how long this process leads if nothing is heard from the store any more; see [`Term::remaining`].
    pub fn remaining(&self) -> Duration {
        self.term.remaining()
    }

    /// Completes when the work must stop, and says why; see [`Term::ended`].
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing.
    pub async fn lost(&self) -> Ended {
        self.term.ended().await
    }

    /// Gives the leadership up, and waits until the store knows. Stop the work first.
    ///
    /// Dropping the guard does the same in the background.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unavailable`] when the store did not confirm before the lease ran out: then it is free, or will
    /// be, by itself.
    ///
    /// # Cancel safety
    ///
    /// The leadership is given up also when the future is dropped.
    pub async fn resign(mut self) -> Result<()> {
        self.finish().await
    }

    /// The work is over; waits until the lease is given up.
    pub(crate) async fn finish(&mut self) -> Result<()> {
        self.held = false;
        let (reply, released) = oneshot::channel();
        let _ = self.commands.send(Command::WorkEnded(self.term.token(), Some(reply)));
        match released.await {
            Ok(true) => Ok(()),
            Ok(false) | Err(_) => {
                let message = "the store did not confirm the release; the lease runs out by itself";
                Err(Error::new(ErrorKind::Unavailable, "elector", "release", message))
            }
        }
    }
}

impl Drop for Leadership {
    fn drop(&mut self) {
        if self.held {
            let _ = self.commands.send(Command::WorkEnded(self.term.token(), None));
        }
    }
}
