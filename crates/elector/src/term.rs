//! One term of leadership, as the work sees it.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::watch;

use crate::clock::{Clock, Moment};
use crate::flaw::{self, Flaw};
use crate::protocol::Ended;
use crate::token::FencingToken;

/// A term: the time between becoming leader and ceasing to be.
///
/// Cheap to clone; hand it to whatever does the leader's work. A term that has ended never begins again.
#[derive(Clone)]
pub struct Term {
    state: Arc<TermState>,
}

/// What the elector's thread tells the work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Signal {
    Work,
    Stop(Ended),
    Force(Ended),
}

/// What a term's handles share. Only the driver writes it, apart from `alive_at`.
pub(crate) struct TermState {
    token: FencingToken,
    clock: Arc<dyn Clock>,
    /// Nanoseconds on the clock; 0 once the term is over.
    valid_until: AtomicU64,
    /// When the work last said that it is alive.
    alive_at: AtomicU64,
    signal: watch::Sender<Signal>,
}

impl Term {
    pub(crate) fn new(state: Arc<TermState>) -> Self {
        Self { state }
    }

    /// The term's fencing token: greater than that of every earlier term of this election.
    pub fn token(&self) -> FencingToken {
        self.state.token
    }

    /// Whether this process leads now.
    ///
    /// Reads the clock at every call, never a remembered flag, so it is right even when every thread of the elector
    /// was starved or the whole process was frozen. What happens between this check and what follows from it is
    /// beyond any lease: hand [`token`](Self::token) to the resource for that.
    pub fn is_current(&self) -> bool {
        if flaw::is_on(Flaw::CachedFlag) {
            return self.valid_until() > Moment::default();
        }
        self.state.clock.now() < self.valid_until()
    }

    /// For how long this process leads if nothing is heard from the store any more; zero once the term is over.
    ///
    /// Start a side effect that takes `d` only when more than `d` remains.
    pub fn remaining(&self) -> Duration {
        self.valid_until().since(self.state.clock.now())
    }

    /// Until when the term is valid on the elector's clock; the clock's origin once the term is over.
    pub fn valid_until(&self) -> Moment {
        Moment::from_nanos(self.state.valid_until.load(Ordering::Acquire))
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
        let mut signal = self.state.signal.subscribe();
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
        self.state.alive_at.fetch_max(self.state.clock.now().as_nanos(), Ordering::AcqRel);
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
        let mut signal = self.state.signal.subscribe();
        // An error cannot happen while the state lives; it would mean that there is nothing to wait for.
        let _ = signal.wait_for(|signal| matches!(signal, Signal::Force(_))).await;
    }

    /// Why the work has to stop, if it has to.
    pub fn reason(&self) -> Option<Ended> {
        match &*self.state.signal.borrow() {
            Signal::Work => None,
            Signal::Stop(why) | Signal::Force(why) => Some(why.clone()),
        }
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
            .field("token", &self.state.token.get())
            .field("remaining", &self.remaining())
            .finish_non_exhaustive()
    }
}

impl TermState {
    pub(crate) fn new(token: FencingToken, clock: Arc<dyn Clock>, valid_until: Moment) -> Self {
        let now = clock.now().as_nanos();
        Self {
            token,
            clock,
            valid_until: AtomicU64::new(valid_until.as_nanos()),
            alive_at: AtomicU64::new(now),
            signal: watch::Sender::new(Signal::Work),
        }
    }

    pub(crate) fn token(&self) -> FencingToken {
        self.token
    }

    pub(crate) fn alive_at(&self) -> Moment {
        Moment::from_nanos(self.alive_at.load(Ordering::Acquire))
    }

    pub(crate) fn extend(&self, valid_until: Moment) {
        self.valid_until.store(valid_until.as_nanos(), Ordering::Release);
    }

    /// Tells the work to stop. A term that was lost is over before anybody hears of it.
    pub(crate) fn stop(&self, why: Ended) {
        if matches!(why, Ended::Lost(_)) {
            self.valid_until.store(0, Ordering::Release);
        }
        self.signal.send_replace(Signal::Stop(why));
    }

    pub(crate) fn force(&self) {
        self.signal.send_modify(|signal| {
            if let Signal::Stop(why) = signal {
                *signal = Signal::Force(why.clone());
            }
        });
    }

    /// The term is over: no check succeeds from here on.
    pub(crate) fn end(&self, why: Ended) {
        self.valid_until.store(0, Ordering::Release);
        self.signal.send_modify(|signal| {
            if *signal == Signal::Work {
                *signal = Signal::Stop(why);
            }
        });
    }
}
