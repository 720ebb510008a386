//! What somebody asks of the leader.

use std::sync::Arc;
use std::time::Duration;

use crate::token::FencingToken;

/// What somebody asks of the leader of one term. It dies with that term.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Request {
    /// The term that is asked: no other term honours it.
    pub token: FencingToken,
    /// What is asked.
    pub kind: RequestKind,
    /// Who asks, for the leader's log.
    pub from: Arc<str>,
}

/// The things a leader can be asked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RequestKind {
    /// Stop the work and give the election up.
    Resign,
}

impl Request {
    /// Asks the leader of the term with `token` to resign.
    pub fn resign(token: FencingToken, from: impl Into<Arc<str>>) -> Self {
        Self { token, kind: RequestKind::Resign, from: from.into() }
    }
}

/// For whom a released election is kept free, and for how long.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Reservation {
    /// The name of the one candidate that bids.
    pub name: Arc<str>,
    /// For how long, from the first sight of the release.
    pub duration: Duration,
}

impl Reservation {
    /// Keeps a released election for the candidate called `name`.
    pub fn new(name: impl Into<Arc<str>>, duration: Duration) -> Self {
        Self { name: name.into(), duration }
    }
}
