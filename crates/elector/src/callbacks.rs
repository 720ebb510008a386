//! Leadership as three callbacks, for code that was written for client-go.

use std::fmt;
use std::future::{Future, ready};
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};

use futures_core::future::BoxFuture;

use crate::changes::{Change, ChangeKind};
use crate::elector::Elector;
use crate::error::Result;
use crate::status::Status;
use crate::store::Leader;
use crate::term::Term;

type OnStarted<'a> = Box<dyn FnMut(Term) -> BoxFuture<'a, ()> + Send + 'a>;
type OnStopped<'a> = Arc<Mutex<dyn FnMut() + Send + 'a>>;
type OnNewLeader<'a> = Box<dyn FnMut(Option<&Leader>) + Send + 'a>;

/// The three callbacks of client-go, on top of [`Elector::run`] and [`Elector::changes`].
///
/// For each term `started_leading` comes once and then `stopped_leading` once, however the term ends; the next term's
/// come after that. `stopped_leading` comes when the work is gone and before the election is given up, and only if
/// this process led. `docs/coming-from-client-go.md` says what is the same there and what is not.
///
/// ```
/// use elector::{Callbacks, Elector};
///
/// # async fn example(elector: Elector) -> elector::Result<()> {
/// Callbacks::new()
///     .on_started_leading(|term| async move { println!("started with token {}", term.token()) })
///     .on_stopped_leading(|| println!("stopped"))
///     .on_new_leader(|leader| println!("{:?} leads", leader.map(|leader| &leader.name)))
///     .run(&elector)
///     .await
/// # }
/// ```
#[must_use = "callbacks are called while they run"]
pub struct Callbacks<'a> {
    started: OnStarted<'a>,
    stopped: OnStopped<'a>,
    new_leader: OnNewLeader<'a>,
}

impl<'a> Callbacks<'a> {
    /// Callbacks that do nothing.
    pub fn new() -> Self {
        Self {
            started: Box::new(|_| Box::pin(ready(()))),
            stopped: Arc::new(Mutex::new(|| {})),
            new_leader: Box::new(|_| {}),
        }
    }

    /// Sets the work of a term. It is dropped when its time to stop is over; [`Term::ended`] tells it before.
    ///
    /// Work that returns does not end the term: this process goes on leading, as with client-go.
    pub fn on_started_leading<F>(mut self, mut started: impl FnMut(Term) -> F + Send + 'a) -> Self
    where
        F: Future<Output = ()> + Send + 'a,
    {
        self.started = Box::new(move |term| Box::pin(started(term)));
        self
    }

    /// Sets what is called when the work of a term is gone. The election is held until it returns, or the lease ends.
    pub fn on_stopped_leading(mut self, stopped: impl FnMut() + Send + 'a) -> Self {
        self.stopped = Arc::new(Mutex::new(stopped));
        self
    }

    /// Sets what is called when somebody else leads than before, this process included, or nobody (`None`).
    ///
    /// The leader known already is told first. When it comes relative to the other two callbacks is not promised.
    pub fn on_new_leader(mut self, new_leader: impl FnMut(Option<&Leader>) + Send + 'a) -> Self {
        self.new_leader = Box::new(new_leader);
        self
    }

    /// Contends, and calls, until the elector is shut down: a lost term is followed by the next.
    ///
    /// All callbacks run in this future. One that blocks holds up the others and the work, but not the renewals.
    ///
    /// # Errors
    ///
    /// As [`Elector::run`].
    ///
    /// # Panics
    ///
    /// When a callback panics; the election is released first.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops the work, calls `stopped_leading` if this process led, and releases the election in
    /// the background.
    pub async fn run(self, elector: &Elector) -> Result<()> {
        let Self { mut started, stopped, mut new_leader } = self;
        // First the subscription, so that nothing falls between the two.
        let mut changes = elector.changes();
        let mut told = known(elector);
        if let Some(leader) = &told {
            new_leader(Some(leader));
        }
        let mut tell = |change: Change| {
            if let ChangeKind::Leader(leader) = change.kind
                && leader != told
            {
                new_leader(leader.as_ref());
                told = leader;
            }
        };
        let mut running = pin!(elector.run(|term: Term| {
            let after = After(Arc::clone(&stopped));
            let mut tenure = Tenure { work: started(term.clone()), _after: after };
            async move {
                (&mut tenure.work).await;
                term.ended().await;
                drop(tenure);
            }
        }));
        let ended = loop {
            tokio::select! {
                biased;
                Some(change) = changes.next() => tell(change),
                ended = &mut running => break ended,
            }
        };
        while let Some(change) = changes.next().await {
            tell(change);
        }
        ended.map(|_| ())
    }
}

impl Default for Callbacks<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Callbacks<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Callbacks").finish_non_exhaustive()
    }
}

/// The work of a term and what comes after it, in the order in which they are dropped.
struct Tenure<'a> {
    work: BoxFuture<'a, ()>,
    _after: After<'a>,
}

/// Calls `stopped_leading` on every way out.
struct After<'a>(OnStopped<'a>);

impl Drop for After<'_> {
    fn drop(&mut self) {
        let mut stopped = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (*stopped)();
    }
}

/// The leader that the elector knows of already.
fn known(elector: &Elector) -> Option<Leader> {
    match &*elector.status().borrow() {
        Status::Following(leader) => leader.clone(),
        Status::Leading(term) => {
            let me = elector.candidate();
            let leader = Leader::new(Arc::clone(&me.name)).with_term(me.session, term.token());
            Some(leader.with_metadata(me.metadata.clone()))
        }
        Status::Stopping(..) | Status::Stopped => None,
    }
}
