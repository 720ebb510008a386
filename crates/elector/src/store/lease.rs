//! What a backend grants, extends and takes back.

use std::sync::Arc;
use std::time::Duration;

use crate::store::{AttemptId, Candidate, Observation, Request, Reservation};
use crate::token::FencingToken;

/// A term's hold on an election, as the store granted it.
///
/// `duration` counts from the start of the call that obtained the lease. Plain data: only the store's record makes
/// it true.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Lease {
    /// The token of the term; renewals keep it.
    pub token: FencingToken,
    /// What the store really granted. It may be longer than was asked for, never shorter.
    pub duration: Duration,
    /// What the backend needs to find this lease again.
    pub cookie: Cookie,
}

impl Lease {
    /// A lease as a backend grants it.
    pub fn new(token: FencingToken, duration: Duration, cookie: Cookie) -> Self {
        Self { token, duration, cookie }
    }
}

/// A note of a backend to itself, which the elector keeps and hands back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Cookie(Option<Arc<str>>);

impl Cookie {
    /// A note with this text.
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self(Some(text.into()))
    }

    /// No note.
    pub const fn none() -> Self {
        Self(None)
    }

    /// The text, if there is one.
    pub fn as_str(&self) -> Option<&str> {
        self.0.as_deref()
    }
}

/// The definite answers to an attempt to acquire.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Acquire {
    /// The candidate leads, in a new term.
    Won(Lease),
    /// It does not: somebody else holds the election, or the bid did not permit to take it.
    Held(Observation),
}

/// The definite answers to an attempt to renew.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Renew {
    /// The lease counts anew from the start of this call. With it comes what somebody asks of this term, so that a
    /// leader hears a request without a watch; the next renewal may take the request out of the store.
    Kept(Lease, Option<Request>),
    /// The term is over: the record is gone, empty or another's.
    Lost(Observation),
}

/// What to give up.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Release {
    /// Who gives up.
    pub candidate: Candidate,
    /// This attempt; bids and releases of a session are numbered together.
    pub attempt: AttemptId,
    /// The lease, or `None` after an acquire of unknown outcome.
    pub lease: Option<Lease>,
    /// Whom to leave the election to, for a short time.
    pub reserve: Option<Reservation>,
}

impl Release {
    /// Gives up `lease`, to nobody in particular.
    pub fn new(candidate: Candidate, attempt: u64, lease: Option<Lease>) -> Self {
        let attempt = AttemptId { session: candidate.session, number: attempt };
        Self { candidate, attempt, lease, reserve: None }
    }

    /// The same, reserved.
    #[must_use]
    pub fn with_reserve(mut self, reserve: Reservation) -> Self {
        self.reserve = Some(reserve);
        self
    }
}
