//! Who wants to lead, and what it may take.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use rand::TryRng as _;
use rand::rngs::SysRng;

use crate::flaw;
use crate::store::{Beat, Standing};
use crate::token::FencingToken;

/// A number that no other elector has: drawn at random when an elector is built.
///
/// The name of a candidate is for people; the session is what a lease belongs to. Two processes with one name, or
/// one process before and after a restart, never share a lease.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(u128);

impl SessionId {
    /// Draws a new one from the operating system, so that a forked child does not draw its parent's.
    pub fn random() -> Self {
        let mut bytes = [0; 16];
        match SysRng.try_fill_bytes(&mut bytes) {
            Ok(()) => Self(u128::from_le_bytes(bytes)),
            // A system without a source of randomness: this process's own generator.
            Err(_) => Self(rand::random()),
        }
    }

    /// The session with this number, for tests and for reading a record.
    pub const fn from_u128(number: u128) -> Self {
        Self(number)
    }

    /// The session as a number.
    pub const fn as_u128(self) -> u128 {
        self.0
    }

    /// Reads the text form: 32 hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != 32 {
            return None;
        }
        u128::from_str_radix(text, 16).ok().map(Self)
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SessionId({self})")
    }
}

/// A process that stands for election.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Candidate {
    /// For people: log lines, `elector leader`, the holder field of a Lease.
    pub name: Arc<str>,
    /// What leases belong to.
    pub session: SessionId,
    /// Text for followers and observers, such as an address; fixed for a term.
    pub metadata: Option<Arc<str>>,
}

impl Candidate {
    /// A candidate with a session of its own and no metadata.
    pub fn new(name: impl Into<Arc<str>>) -> Self {
        Self { name: name.into(), session: SessionId::random(), metadata: None }
    }

    /// The same candidate with this session.
    #[must_use]
    pub fn with_session(mut self, session: SessionId) -> Self {
        self.session = session;
        self
    }

    /// The same candidate with this metadata.
    #[must_use]
    pub fn with_metadata(mut self, metadata: impl Into<Arc<str>>) -> Self {
        self.metadata = Some(metadata.into());
        self
    }
}

/// One call of one session: unique, and in the order in which the session's calls were started, so that a late effect
/// can be told from a later one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AttemptId {
    /// The session that called.
    pub session: SessionId,
    /// Its how-manieth call, from 1.
    pub number: u64,
}

impl fmt::Display for AttemptId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.session, self.number)
    }
}

/// One attempt to acquire or to renew.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Bid {
    /// Who bids.
    pub candidate: Candidate,
    /// This attempt.
    pub attempt: AttemptId,
    /// How long the lease shall last.
    pub duration: Duration,
    /// How long the caller waits for this attempt. The elector drops the call then; a store that can pass a
    /// deadline on to its server uses it.
    pub timeout: Duration,
    /// What the bidder knows to be free. Stores that expire leases by themselves ignore it.
    pub may_take: MayTake,
    /// The new term's token must be greater than this one.
    pub token_floor: FencingToken,
    /// What the operator set as the least token. Where tokens are versions of the store they count from here, so that
    /// they rise although the record, and with it the last token, is deleted.
    pub base: FencingToken,
}

impl Bid {
    /// A bid that takes only what nobody holds.
    pub fn new(candidate: Candidate, attempt: u64, duration: Duration) -> Self {
        let attempt = AttemptId { session: candidate.session, number: attempt };
        Self {
            candidate,
            attempt,
            duration,
            timeout: duration / 10,
            may_take: MayTake::vacant(),
            token_floor: FencingToken::ZERO,
            base: FencingToken::ZERO,
        }
    }

    /// The same bid with this time-out.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The same bid with this permission.
    #[must_use]
    pub fn with_may_take(mut self, may_take: MayTake) -> Self {
        self.may_take = may_take;
        self
    }

    /// The same bid with this floor for its token.
    #[must_use]
    pub fn with_token_floor(mut self, token_floor: FencingToken) -> Self {
        self.token_floor = token_floor;
        self
    }

    /// The same bid with this base for tokens that are versions, which is a floor too.
    #[must_use]
    pub fn with_base(mut self, base: FencingToken) -> Self {
        self.base = base;
        self.token_floor = self.token_floor.max(base);
        self
    }
}

/// What a bidder may take in a store where nothing expires by itself.
///
/// The elector decides it from what it has observed; the store only compares. Each part adds something that may be
/// taken; an election held by the bidder's own session may be taken, unless a later leader was seen alive (then the
/// record is one of the past), because the elector does not bid while
/// work of its own still runs.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct MayTake {
    /// Take an election whose record is missing, or is empty for no reason that the record explains.
    pub unexplained: bool,
    /// Take an empty record that a release explains, or the record of a leader that the store proves dead, if the
    /// released or dead term has this token or a greater one. An older one is a record of the past, as after the
    /// restore of an old backup, and explains nothing.
    pub released_since: FencingToken,
    /// Take an empty record that the release of the term with this token reserved for somebody else: the reservation
    /// was waited out.
    pub reservation_over: Option<FencingToken>,
    /// Take the election from the leader whose latest sign of life is this one.
    pub stale: Option<Beat>,
}

impl MayTake {
    /// Whatever nobody holds: for a bidder that has never seen a leader.
    pub fn vacant() -> Self {
        Self {
            unexplained: true,
            released_since: FencingToken::ZERO,
            reservation_over: None,
            stale: None,
        }
    }

    /// Only what the release of the term with `token`, or of a later one, left behind: for a bidder that has seen
    /// that term alive.
    pub fn released(token: FencingToken) -> Self {
        Self { unexplained: false, released_since: token, ..Self::vacant() }
    }

    /// The same, and a missing or unexplained record too: the bidder has waited long enough.
    #[must_use]
    pub fn or_unexplained(mut self) -> Self {
        self.unexplained = true;
        self
    }

    /// The same, and the leader whose latest sign of life is `beat`: its lease has run out.
    #[must_use]
    pub fn or_stale(mut self, beat: Beat) -> Self {
        self.stale = Some(beat);
        self
    }

    /// Whether a bid of `candidate` may take an election that stands like this.
    pub fn permits(&self, candidate: &Candidate, standing: &Standing) -> bool {
        match standing {
            Standing::Missing | Standing::Vacant => self.unexplained,
            Standing::Released { token, reserved } => {
                let explained = self.unexplained || *token >= self.released_since;
                let kept =
                    reserved.as_ref().is_some_and(|reserved| reserved.name != candidate.name);
                explained && (!kept || self.reservation_over == Some(*token))
            }
            Standing::Led(led) => {
                let token = led.leader.token.unwrap_or(FencingToken::MAX);
                let latest = self.unexplained || token >= self.released_since;
                (led.gone && latest)
                    || flaw::is_ones_own(&led.leader, candidate)
                    || (led.leader.session == Some(candidate.session) && latest)
                    || self.stale.as_ref() == Some(&led.beat)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_read_as_it_was_written() {
        let session = SessionId::from_u128(0xabc << 100);
        assert_eq!(SessionId::parse(&session.to_string()), Some(session));
        assert_eq!(session.as_u128(), 0xabc << 100);
        assert_ne!(SessionId::random(), SessionId::random());
        for wrong in ["", "abc", &"g".repeat(32), &"0".repeat(33)] {
            assert_eq!(SessionId::parse(wrong), None, "{wrong:?}");
        }
    }
}
