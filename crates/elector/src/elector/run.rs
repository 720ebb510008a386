//! Leadership as a scope: work that runs only while this process leads.

use std::future::Future;

use super::Elector;
use crate::error::Result;
use crate::term::Term;

impl Elector {
    /// Runs `work` whenever this process leads, and never otherwise.
    ///
    /// `work` makes one future a term. Work that ends by itself ends `run` with its output, after the election was
    /// released. When a term has to end, [`Term::ended`] completes; the work then has the budget's `stop_budget` to
    /// finish, after which it is dropped. Only when it is gone is the election released, and this process contends
    /// again. `None` after [`shutdown`](Self::shutdown).
    ///
    /// Tasks that the work spawns and does not join are its own affair: their [`Term`] tells them.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) when the election can never work as configured,
    /// [`ErrorKind::Stopped`](crate::ErrorKind::Stopped) when the elector's own task is gone: it panicked, or its
    /// runtime was shut down. No outage of the store is an error.
    ///
    /// # Panics
    ///
    /// When the work panics; the election is released first.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops the work first, and then releases the election in the background. For a graceful way
    /// out use [`Builder::shutdown`](crate::Builder::shutdown).
    pub async fn run<T, F>(&self, mut work: impl FnMut(Term) -> F) -> Result<Option<T>>
    where
        F: Future<Output = T>,
    {
        loop {
            let Some(mut leadership) = self.contend().await? else { return Ok(None) };
            let term = leadership.term().clone();
            // Declared after the guard, so that it is dropped before the guard on every way out.
            let mut running = Box::pin(work(term.clone()));
            let output = tokio::select! {
                biased;
                () = term.forced() => None,
                // A process that was frozen may see that its term is over before the elector does.
                output = &mut running => {
                    (term.reason().is_none() && term.is_current()).then_some(output)
                }
            };
            drop(running);
            // An unconfirmed release is logged, and the lease runs out by itself.
            let _ = leadership.finish().await;
            if output.is_some() {
                return Ok(output);
            }
        }
    }
}
