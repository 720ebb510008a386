//! What happens to a candidate, and what it wants done.

use std::time::Duration;

use crate::clock::Moment;
use crate::error::ErrorKind;
use crate::store::{Acquire, Bid, Leader, Lease, Observation, Release, Renew};
use crate::token::FencingToken;

/// Something that happened to a candidate.
#[derive(Clone, Debug)]
pub enum Event {
    /// Somebody in this process wants to lead.
    Contend,
    /// Nobody in this process wants to lead any more.
    Withdraw,
    /// The store showed how the election stands.
    Observed(Observation),
    /// The watch broke and is being re-opened.
    WatchFailed,
    /// The call with this attempt number was answered.
    Answered(u64, Answer),
    /// A moment asked for by [`Protocol::wakeup`](super::Protocol::wakeup) has come.
    Tick,
    /// The work gave its last sign of life then.
    Alive(Moment),
    /// This process wants to give its term up.
    Resign,
    /// The work of the term is over: by itself, or because it was stopped.
    WorkEnded,
    /// This process wants the election to end here.
    Shutdown,
}

/// The answer to a [`Call`]; an error says only what kind of doubt it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Answer {
    /// To [`Call::Acquire`].
    Acquired(Result<Acquire, ErrorKind>),
    /// To [`Call::Renew`].
    Renewed(Result<Renew, ErrorKind>),
    /// To [`Call::Release`].
    Released(Result<(), ErrorKind>),
}

/// Something to be done, in the order given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Call the store, and report the answer with this attempt number. There is one call at a time.
    Call(u64, Call),
    /// Drop the call in flight; its answer is not wanted any more.
    Abandon,
    /// A term begins: hand it to the work.
    Begin {
        /// The term's token.
        token: FencingToken,
        /// Until when it is valid without a further renewal.
        valid_until: Moment,
    },
    /// The term was renewed and is valid until this moment.
    Extend(Moment),
    /// Tell the work to stop. A term that was [lost](Ended::Lost) is invalid before the work is told.
    Stop(Ended),
    /// The work had its time to stop by itself: stop it by force.
    Force,
    /// The work has not stopped although its lease is about to run out.
    Overrun,
    /// The term is over: it is never valid again. The work has stopped, or the lease was taken from it.
    End,
    /// The release is done (`true`), or given up for good because the lease has run out anyway.
    Settled(bool),
    /// The store granted a token that is not above this one, which was seen before: refuse to lead, loudly.
    Refused {
        /// What the store granted.
        token: FencingToken,
        /// What was seen before.
        floor: FencingToken,
    },
    /// The store says that this election can never work as it is configured.
    Fail,
    /// The election is over for this process.
    Stopped,
}

/// One request to the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    /// [`Backend::acquire`](crate::store::Backend::acquire).
    Acquire(Bid),
    /// [`Backend::renew`](crate::store::Backend::renew).
    Renew(Bid, Lease),
    /// [`Backend::release`](crate::store::Backend::release).
    Release(Release),
}

/// Why a term had to end.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Ended {
    /// The lease could not be renewed in time: the store did not answer, or this process was paused.
    Expired,
    /// The store holds the election for somebody else, or for nobody: the record was taken, emptied or deleted.
    Lost(Option<Leader>),
    /// This process, or another by request, asked the leader to resign.
    Resigned,
    /// The elector is being shut down.
    Shutdown,
    /// The work gave no sign of life within the liveness gate.
    Unresponsive,
    /// The work ended by itself.
    Finished,
}

impl Ended {
    /// The reason as one word, as in metrics.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::Lost(_) => "lost",
            Self::Resigned => "resigned",
            Self::Shutdown => "shutdown",
            Self::Unresponsive => "unresponsive",
            Self::Finished => "finished",
        }
    }
}

/// A random number that the driver draws for a step, so that the step itself draws none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chance(u32);

impl Chance {
    /// The number that makes every wait as short as can be.
    pub const LEAST: Self = Self(0);
    /// The number that makes every wait as long as can be.
    pub const MOST: Self = Self(u32::MAX);

    /// Any number.
    pub const fn new(number: u32) -> Self {
        Self(number)
    }

    /// A wait between nothing and `longest`.
    pub(super) fn of(self, longest: Duration) -> Duration {
        let nanos = longest.as_nanos() * u128::from(self.0) / u128::from(u32::MAX);
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }
}
