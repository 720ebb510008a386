//! How an election stands, as a store shows it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::store::{Request, Reservation, SessionId};
use crate::token::FencingToken;

/// How an election stood when the store was read.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Observation {
    /// Who leads, or why nobody does.
    pub standing: Standing,
    /// Bid again after this time: set by a store that knows when the lease runs out (Redis) or whose candidates
    /// must keep their place in a queue (etcd).
    pub again_in: Option<Duration>,
    /// What somebody asks of the leader.
    pub request: Option<Request>,
}

impl Observation {
    /// An observation without hint or request.
    pub fn new(standing: Standing) -> Self {
        Self { standing, again_in: None, request: None }
    }

    /// The same with a time after which to bid again.
    #[must_use]
    pub fn with_again_in(mut self, again_in: Duration) -> Self {
        self.again_in = Some(again_in);
        self
    }

    /// The same with what somebody asks of the leader.
    #[must_use]
    pub fn with_request(mut self, request: Option<Request>) -> Self {
        self.request = request;
        self
    }

    /// The leader, if the record names one.
    pub fn leader(&self) -> Option<&Leader> {
        match &self.standing {
            Standing::Led(led) => Some(&led.leader),
            _ => None,
        }
    }
}

/// Who leads, or why nobody does.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Standing {
    /// The record names a leader. Whether its lease still runs is for the observer's clock to say, or for a store
    /// with expiry of its own.
    Led(Led),
    /// A leader gave the election up; the record says which term.
    Released {
        /// The token of the term that was given up.
        token: FencingToken,
        /// Whom it was left to.
        reserved: Option<Reservation>,
    },
    /// There is a record, but it names no leader and no release explains why.
    Vacant,
    /// There is no record.
    Missing,
}

/// A leader and its sign of life.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Led {
    /// Who leads.
    pub leader: Leader,
    /// The leader's latest sign of life.
    pub beat: Beat,
    /// How long a lease the record promises the leader.
    pub lease_duration: Duration,
    /// The store proves that the leader's process is dead (a kernel lock that its death freed).
    pub gone: bool,
}

impl Led {
    /// A leader that may be alive.
    pub fn new(leader: Leader, beat: Beat, lease_duration: Duration) -> Self {
        Self { leader, beat, lease_duration, gone: false }
    }
}

/// Who leads an election.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Leader {
    /// The candidate's name.
    pub name: Arc<str>,
    /// Its session; a foreign candidate (client-go) has none.
    pub session: Option<SessionId>,
    /// The token of its term; a foreign candidate's term has none.
    pub token: Option<FencingToken>,
    /// What it tells followers and observers.
    pub metadata: Option<Arc<str>>,
}

impl Leader {
    /// A leader of whom only the name is known.
    pub fn new(name: impl Into<Arc<str>>) -> Self {
        Self { name: name.into(), session: None, token: None, metadata: None }
    }

    /// The same leader with its session and the token of its term.
    #[must_use]
    pub fn with_term(mut self, session: SessionId, token: FencingToken) -> Self {
        self.session = Some(session);
        self.token = Some(token);
        self
    }

    /// The same leader with metadata.
    #[must_use]
    pub fn with_metadata(mut self, metadata: Option<Arc<str>>) -> Self {
        self.metadata = metadata;
        self
    }
}

/// A sign of life: differs after every renewal, and after nothing else.
///
/// A label edited by hand must not change it, or a dead leader would look alive.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Beat(Arc<str>);

impl Beat {
    /// A beat with this text.
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Beat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
