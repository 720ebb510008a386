//! One term of leadership, as the work sees it.

mod state;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::clock::Moment;
use crate::flaw;
use crate::protocol::Ended;
use crate::token::FencingToken;

use state::Signal;
pub(crate) use state::TermState;

/// A term: the time between becoming leader and ceasing to be.
///
/// Cheap to clone; hand it to whatever does the leader's work. A term that has ended never begins again.
#[derive(Clone)]
pub struct Term {
    state: Arc<TermState>,
}

impl Term {
    pub(crate) fn new(state: Arc<TermState>) -> Self {
        Self { state }
    }

    /// The term's fencing token: greater than that of every earlier term of this election.
    pub fn token(&self) -> FencingToken {
        self.state.token()
    }

    /// Whether this process leads now.
    ///
    /// Stays true while the work is being stopped: await [`ended`](Self::ended) to hear of that.
    ///
    /// Reads the clock at every call, never a remembered flag, so it is right even when every thread of the elector
    /// was starved or the whole process was frozen. What happens between this check and what follows from it is
    /// beyond any lease: hand [`token`](Self::token) to the resource for that.
    pub fn is_current(&self) -> bool {
        flaw::unread(|| self.valid_until()).unwrap_or_else(|| self.state.now() < self.valid_until())
    }

    /// For how long this process leads if nothing is heard from the store any more; zero once the term is over.
    ///
    /// Start a side effect that takes `d` only when more than `d` remains.
    pub fn remaining(&self) -> Duration {
        self.valid_until().since(self.state.now())
    }

    /// Until when the term is valid on the elector's clock; the clock's origin once the term is over.
    pub fn valid_until(&self) -> Moment {
        self.state.valid_until()
    }

    /// Completes when the work must stop, and says why.
    ///
    /// The lease is still held then wherever possible: the work has the budget's `stop_budget` to finish what it
    /// began, and [`is_current`](Self::is_current) stays the judge of side effects.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing; a later call completes at once.
    pub async fn ended(&self) -> Ended {
        let mut signal = self.state.signal();
        loop {
            match &*signal.borrow_and_update() {
                Signal::Work => {}
                Signal::Stop(why) | Signal::Force(why) => return why.clone(),
            }
            // The sender lives as long as this term does.
            if signal.changed().await.is_err() {
                return Ended::Expired;
            }
        }
    }

    /// Says that the work is alive, for a [liveness gate](crate::Builder::liveness_gate).
    pub fn alive(&self) {
        self.state.alive();
    }

    /// A token that is cancelled when the work must stop.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    #[cfg(feature = "cancellation-token")]
    pub fn cancellation(&self) -> tokio_util::sync::CancellationToken {
        let token = tokio_util::sync::CancellationToken::new();
        let (term, child) = (self.clone(), token.clone());
        drop(tokio::spawn(async move {
            term.ended().await;
            child.cancel();
        }));
        token
    }

    /// Completes when the work's time to stop by itself is over.
    pub(crate) async fn forced(&self) {
        let mut signal = self.state.signal();
        // An error cannot happen while the state lives; it would mean that there is nothing to wait for.
        let _ = signal.wait_for(|signal| matches!(signal, Signal::Force(_))).await;
    }

    /// Why the work has to stop, if it has to.
    pub fn reason(&self) -> Option<Ended> {
        self.state.reason()
    }
}

impl PartialEq for Term {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.state, &other.state)
    }
}

impl Eq for Term {}

impl fmt::Debug for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Term")
            .field("token", &self.token().get())
            .field("remaining", &self.remaining())
            .finish_non_exhaustive()
    }
}

#[cfg(all(test, elector_loom))]
mod interleavings;
#[cfg(all(test, not(elector_loom)))]
mod tests;
