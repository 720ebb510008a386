//! A candidate that is moved by hand.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use elector::Result;
use elector::store::{
    Acquire, Backend, Bid, Candidate, Lease, Led, MayTake, Observation, Release, Renew, Request,
    SessionId, Standing,
};
use futures_util::poll;

/// A candidate, its handle to the election, and the count of its calls.
#[derive(Debug)]
pub(super) struct Player {
    pub(super) backend: Arc<dyn Backend>,
    pub(super) candidate: Candidate,
    duration: Duration,
    calls: AtomicU64,
}

impl Player {
    pub(super) fn new(backend: Arc<dyn Backend>, candidate: Candidate, duration: Duration) -> Self {
        Self { backend, candidate, duration, calls: AtomicU64::new(0) }
    }

    /// The same player behind something that wraps its backend.
    pub(super) fn behind<B: Backend>(mut self, wrap: impl FnOnce(Arc<dyn Backend>) -> B) -> Self {
        self.backend = Arc::new(wrap(self.backend));
        self
    }

    /// The same player, which asks for leases of this duration from now on.
    pub(super) fn asking(mut self, duration: Duration) -> Self {
        self.duration = duration;
        self
    }

    pub(super) fn session(&self) -> SessionId {
        self.candidate.session
    }

    /// A bid like the last one, one call later.
    pub(super) fn bid(&self) -> Bid {
        Bid::new(self.candidate.clone(), self.next_call(), self.duration)
    }

    /// A release of `lease`, one call later.
    pub(super) fn release(&self, lease: Option<&Lease>) -> Release {
        Release::new(self.candidate.clone(), self.next_call(), lease.cloned())
    }

    fn next_call(&self) -> u64 {
        self.calls.fetch_add(1, Ordering::Relaxed) + 1
    }

    pub(super) async fn acquire(&self) -> Result<Acquire> {
        self.backend.acquire(&self.bid()).await
    }

    /// Bids for whatever nobody holds; `None` when it is held.
    pub(super) async fn tries(&self) -> Option<Lease> {
        match self.acquire().await.expect("acquire on a healthy store") {
            Acquire::Won(lease) => Some(lease),
            Acquire::Held(_) => None,
        }
    }

    /// Bids for whatever nobody holds, and must win.
    pub(super) async fn wins(&self) -> Lease {
        self.wins_with(MayTake::vacant()).await
    }

    /// Bids with this permission, and must win.
    pub(super) async fn wins_with(&self, may_take: MayTake) -> Lease {
        let bid = self.bid().with_may_take(may_take);
        match self.backend.acquire(&bid).await.expect("acquire on a healthy store") {
            Acquire::Won(lease) => lease,
            Acquire::Held(observation) => panic!("should have won, but it stands: {observation:?}"),
        }
    }

    /// Bids for whatever nobody holds, and must not win.
    pub(super) async fn is_refused(&self) -> Observation {
        self.is_refused_with(MayTake::vacant()).await
    }

    /// Bids with this permission, and must not win.
    pub(super) async fn is_refused_with(&self, may_take: MayTake) -> Observation {
        let bid = self.bid().with_may_take(may_take);
        match self.backend.acquire(&bid).await.expect("acquire on a healthy store") {
            Acquire::Held(observation) => observation,
            Acquire::Won(lease) => panic!("should not have won, but did: {lease:?}"),
        }
    }

    /// Bids, must not win, and is told of a leader.
    pub(super) async fn sees_leader(&self) -> Led {
        match self.is_refused().await.standing {
            Standing::Led(led) => led,
            standing => panic!("should see a leader, but sees: {standing:?}"),
        }
    }

    pub(super) async fn renew(&self, lease: &Lease) -> Result<Renew> {
        self.backend.renew(&self.bid(), lease).await
    }

    /// Renews, and must keep the term.
    pub(super) async fn keeps(&self, lease: &Lease) -> (Lease, Option<Request>) {
        match self.renew(lease).await.expect("renew on a healthy store") {
            Renew::Kept(kept, request) => {
                assert_eq!(kept.token, lease.token, "a renewal keeps the token");
                (kept, request)
            }
            Renew::Lost(observation) => panic!("should have kept, but it stands: {observation:?}"),
        }
    }

    /// Renews, and must have lost the term.
    pub(super) async fn has_lost(&self, lease: &Lease) -> Observation {
        match self.renew(lease).await.expect("renew on a healthy store") {
            Renew::Lost(observation) => observation,
            Renew::Kept(lease, _) => panic!("should have lost the term, but kept {lease:?}"),
        }
    }

    /// Gives up `lease`; with `None` whatever an acquire of unknown outcome obtained.
    pub(super) async fn releases(&self, lease: Option<&Lease>) {
        self.backend.release(&self.release(lease)).await.expect("release on a healthy store");
    }

    /// Asks the leader of the term of `lease` to resign.
    pub(super) async fn asks(&self, lease: &Lease) {
        let request = Request::resign(lease.token, Arc::clone(&self.candidate.name));
        self.backend.request(&request).await.expect("request on a healthy store");
    }
}

/// Drives `call` until it is complete or was polled so many times, and drops it: what it sent may still be applied.
pub(super) async fn give_up_after<F: Future>(polls: usize, call: F) {
    advance(polls, &mut pin!(call)).await;
}

/// Drives `call` until it is complete or was polled so many times, and says whether it is complete.
pub(super) async fn advance<F: Future + Unpin>(polls: usize, call: &mut F) -> bool {
    for _ in 0..polls {
        if poll!(&mut *call).is_ready() {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    false
}
