//! The smaller contract: stores that compare and swap one record.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_core::stream::BoxStream;

use crate::error::Result;
use crate::store::{Beat, Guarantees, Leader, Led, Observation, Request, Reservation, Standing};
use crate::token::FencingToken;

/// One record in a store that compares and swaps, and expires nothing.
///
/// [`Recorded`](crate::store::Recorded) makes a [`Backend`](crate::store::Backend) of it. Like a backend's, every
/// method is one attempt and may be dropped at any await.
#[async_trait]
pub trait RecordStore: fmt::Debug + Send + Sync + 'static {
    /// The election's name, as [`Store::election`](crate::Store::election) was given it.
    fn election(&self) -> &str;

    /// What this store promises; its expiry is [`Expiry::Observed`](crate::store::Expiry::Observed).
    fn guarantees(&self) -> Guarantees;

    /// Reads the record, linearizably.
    ///
    /// # Errors
    ///
    /// When the record could not be read; [`ErrorKind::Corrupt`](crate::ErrorKind::Corrupt) when there is one that
    /// is not ours to understand.
    async fn load(&self) -> Result<Seen>;

    /// Writes `record` if the store still holds the `expected` version of it.
    ///
    /// [`Stored::Done`] always means a new version, also when the record equals the one that is there: that is how a
    /// write that is still on its way is kept from taking effect. Writing the beat that was read keeps the sign of
    /// life: a request or a repeated record must not make a dead leader look alive. A record that names another
    /// session and token than the one it replaces is written by that leader's own process, and only then. Parts of
    /// the stored record that [`Record`] does not know are kept.
    ///
    /// # Errors
    ///
    /// The outcome is unknown.
    async fn store(&self, record: &Record, expected: &Version) -> Result<Stored>;

    /// The record now, then every change of it. A hint, which heals itself.
    ///
    /// What [`Backend::watch`](crate::store::Backend::watch) says holds here. A store that tells nobody of changes polls
    /// in this stream, and states how often in [`Guarantees::poll`].
    fn watch(&self) -> BoxStream<'static, Result<Seen>>;
}

/// A record as the store holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Seen {
    /// The record, or `None` where there is none.
    pub record: Option<Record>,
    /// The version to expect in a write that replaces it.
    pub version: Version,
    /// The store's own knowledge of tokens: a new term's must be greater. `None` when the store learns it only by
    /// creating an empty record first (Kubernetes).
    pub token_floor: Option<FencingToken>,
    /// Whether `token_floor` is a version of the store, which knows nothing of the tokens that were granted: tokens
    /// count from [`Bid::base`](crate::store::Bid::base) then.
    pub floor_is_version: bool,
    /// The store proves that the leader's process is dead.
    pub holder_gone: bool,
}

impl Seen {
    /// What a store sees where there is no record, if it keeps a memory beside its records.
    ///
    /// The version must differ between one absence and the next, or a late creation repeats a token: a count of the
    /// tokens or writes there were.
    pub fn missing(version: Version, token_floor: FencingToken) -> Self {
        let token_floor = Some(token_floor);
        Self { record: None, version, token_floor, floor_is_version: false, holder_gone: false }
    }

    /// What a store sees where there is no record, and nothing to tell one absence from another (Kubernetes). An
    /// empty record is created first, and no term begins before it has been read.
    pub fn unknown() -> Self {
        let (version, token_floor) = (Version::absent(), None);
        Self { record: None, version, token_floor, floor_is_version: false, holder_gone: false }
    }

    /// What a store sees where there is one.
    pub fn record(record: Record, version: Version, token_floor: FencingToken) -> Self {
        let (record, token_floor) = (Some(record), Some(token_floor));
        Self { record, version, token_floor, floor_is_version: false, holder_gone: false }
    }

    /// The same where the floor is the store's own count of its writes (Kubernetes: `resourceVersion`).
    #[must_use]
    pub fn with_version_as_floor(mut self) -> Self {
        self.floor_is_version = true;
        self
    }

    /// The same with the store's proof about the leader's process.
    #[must_use]
    pub fn with_holder_gone(mut self, holder_gone: bool) -> Self {
        self.holder_gone = holder_gone;
        self
    }

    /// How the election stands by this record.
    pub fn observation(&self) -> Observation {
        let Some(record) = &self.record else {
            return Observation::new(Standing::Missing);
        };
        let standing = match (&record.leader, record.released) {
            (Some(leader), _) => {
                let mut led = Led::new(leader.clone(), record.beat.clone(), record.lease_duration);
                led.gone = self.holder_gone;
                Standing::Led(led)
            }
            (None, Some(token)) => Standing::Released { token, reserved: record.reserved.clone() },
            (None, None) => Standing::Vacant,
        };
        let token = record.leader.as_ref().and_then(|leader| leader.token);
        let request = record.request.clone().filter(|request| Some(request.token) == token);
        Observation::new(standing).with_request(request)
    }
}

/// What is written about an election.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Record {
    /// Who leads, or nobody.
    pub leader: Option<Leader>,
    /// The greatest token that the record knows of.
    pub token: FencingToken,
    /// The leader's sign of life. The adapter proposes a fresh one with every renewal, and the one it read with every
    /// other write. A store whose format carries a sign of life of its own (Kubernetes: `renewTime`) compares the
    /// proposal with what it holds: a fresh one makes it write a new sign, the same one keeps it.
    pub beat: Beat,
    /// How long a lease the leader has.
    pub lease_duration: Duration,
    /// The token of the term whose release left the record empty.
    pub released: Option<FencingToken>,
    /// Whom that release left the election to.
    pub reserved: Option<Reservation>,
    /// What somebody asks of the leader.
    pub request: Option<Request>,
}

impl Record {
    /// A record without a leader, which no release explains.
    pub fn vacant(token: FencingToken, beat: Beat) -> Self {
        Self {
            leader: None,
            token,
            beat,
            lease_duration: Duration::ZERO,
            released: None,
            reserved: None,
            request: None,
        }
    }

    /// A record of a leader whose term has `token`.
    pub fn led(leader: Leader, token: FencingToken, beat: Beat, lease_duration: Duration) -> Self {
        Self { leader: Some(leader), lease_duration, ..Self::vacant(token, beat) }
    }

    /// A record left by the release of the term with `token`.
    pub fn released(token: FencingToken, beat: Beat, reserved: Option<Reservation>) -> Self {
        Self { released: Some(token), reserved, ..Self::vacant(token, beat) }
    }
}

/// Which write of a record this is: two versions are equal only if they are the same write.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Version(Option<Arc<str>>);

impl Version {
    /// A version with this text.
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self(Some(text.into()))
    }

    /// The version of a record that is not there, in a store that cannot tell one absence from another: a write that
    /// expects it creates the record.
    pub const fn absent() -> Self {
        Self(None)
    }

    /// The text; `None` for [`Version::absent`].
    pub fn as_str(&self) -> Option<&str> {
        self.0.as_deref()
    }
}

/// The definite answers to a write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stored {
    /// The record is written; this is its version.
    Done(Version),
    /// Nothing is written: the store holds another version.
    Conflict,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Cookie;

    #[test]
    fn a_version_keeps_its_text_and_absence_has_none() {
        assert_eq!(Version::new("7").as_str(), Some("7"));
        assert_eq!(Version::absent().as_str(), None);
        assert_eq!(Beat::new("7").as_str(), "7");
        assert_eq!((Cookie::new("7").as_str(), Cookie::none().as_str()), (Some("7"), None));
    }

    #[test]
    fn a_request_for_another_term_is_not_shown() {
        let token = |number| FencingToken::new(number).unwrap();
        let leader = Leader::new("x").with_term(crate::store::SessionId::from_u128(1), token(7));
        let mut record = Record::led(leader, token(7), Beat::new("1"), Duration::from_secs(15));
        for number in [6, 7, 8] {
            record.request = Some(Request::resign(token(number), "y"));
            let seen = Seen::record(record.clone(), Version::new("1"), token(7));
            assert_eq!(seen.observation().request.is_some(), number == 7);
        }
    }
}
