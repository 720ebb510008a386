//! The kinds of faults.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

/// What is done to a leader, or to the store that it leads in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Fault {
    /// Its process is killed (`SIGKILL`).
    Kill,
    /// Its process is stopped (`SIGSTOP`) for longer than its lease, and then goes on.
    Freeze,
    /// Its process is stopped for half a lease to three.
    Pause,
    /// It is asked to resign, by a request through the store.
    Resign,
    /// Its process is ended and started anew, one candidate after the other.
    Restart,
    /// The store loses all it has. Outside the assumptions.
    Wipe,
    /// Its clock runs at half the speed, and its process is stopped for a lease and a half. Outside the assumptions.
    SlowClock,
    /// A follower's clock runs twice as fast, and the leader's process is stopped for three quarters of a lease.
    /// Outside the assumptions.
    FastClock,
    /// Nothing passes between it and the store.
    Partition,
    /// Its requests do not arrive; what the store says does.
    LostRequests,
    /// Its requests arrive; what the store says does not.
    LostReplies,
    /// Its connections look open and are dead, also afterwards.
    HalfOpen,
    /// Every reply to it comes after its time-out.
    LateReplies,
    /// A follower's connections look open and are dead, also afterwards, when the leader is asked to resign.
    DeafFollower,
    /// The store's server is killed and started again.
    StoreKilled,
    /// The store's server is stopped, and goes on.
    StoreFrozen,
    /// What the store's server keeps its data in is killed and started again; the data stay.
    DatabaseKilled,
    /// The election's record is deleted. Outside the assumptions.
    RecordDeleted,
    /// The election's record is deleted while the leader is cut off and cannot know: only that followers wait keeps two
    /// from leading. Outside the assumptions.
    DeletedUnseen,
    /// Another holder is written into the record. Outside the assumptions.
    RecordForged,
    /// The record is deleted, and an empty one made in its place. Outside the assumptions.
    RecordRecreated,
    /// Something is written to the record that is no part of the election: nothing may come of it.
    RecordTouched,
    /// No candidate has the right to the record.
    RightsRevoked,
    /// The credentials of all candidates become invalid, and are replaced.
    CredentialsExpired,
    /// The store refuses everything as too much, and asks to wait for a minute.
    Throttled,
    /// The store answers everything with a failure.
    Unavailable,
}

/// Whom a fault keeps from the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// The leader alone: others can lead while it lasts.
    Leader,
    /// Everybody: somebody leads again after its end.
    Everybody,
    /// Nobody: the record is another at once.
    Record,
}

impl Fault {
    /// Every kind.
    pub const ALL: [Self; 26] = [
        Self::Kill,
        Self::Freeze,
        Self::Pause,
        Self::Resign,
        Self::Restart,
        Self::Wipe,
        Self::SlowClock,
        Self::FastClock,
        Self::Partition,
        Self::LostRequests,
        Self::LostReplies,
        Self::HalfOpen,
        Self::LateReplies,
        Self::DeafFollower,
        Self::StoreKilled,
        Self::StoreFrozen,
        Self::DatabaseKilled,
        Self::RecordDeleted,
        Self::DeletedUnseen,
        Self::RecordForged,
        Self::RecordRecreated,
        Self::RecordTouched,
        Self::RightsRevoked,
        Self::CredentialsExpired,
        Self::Throttled,
        Self::Unavailable,
    ];

    /// Whether it breaks the assumptions under which two leaders at once are excluded.
    pub fn is_outside(self) -> bool {
        matches!(
            self,
            Self::Wipe
                | Self::SlowClock
                | Self::FastClock
                | Self::RecordDeleted
                | Self::DeletedUnseen
                | Self::RecordForged
                | Self::RecordRecreated
        )
    }

    /// The fault in a word or two.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Kill => "kill -9",
            Self::Freeze => "freeze",
            Self::Pause => "pause",
            Self::Resign => "resign",
            Self::Restart => "restart",
            Self::Wipe => "wipe",
            Self::SlowClock => "slow clock",
            Self::FastClock => "fast clock",
            Self::Partition => "partition",
            Self::LostRequests => "lost requests",
            Self::LostReplies => "lost replies",
            Self::HalfOpen => "half open",
            Self::LateReplies => "late replies",
            Self::DeafFollower => "deaf follower",
            Self::StoreKilled => "store killed",
            Self::StoreFrozen => "store frozen",
            Self::DatabaseKilled => "database killed",
            Self::RecordDeleted => "record deleted",
            Self::DeletedUnseen => "deleted unseen",
            Self::RecordForged => "record forged",
            Self::RecordRecreated => "record recreated",
            Self::RecordTouched => "record touched",
            Self::RightsRevoked => "rights revoked",
            Self::CredentialsExpired => "credentials expired",
            Self::Throttled => "throttled",
            Self::Unavailable => "unavailable",
        }
    }

    pub(crate) fn reach(self) -> Reach {
        match self {
            Self::StoreKilled
            | Self::StoreFrozen
            | Self::DatabaseKilled
            | Self::RightsRevoked
            | Self::CredentialsExpired
            | Self::Throttled
            | Self::Unavailable => Reach::Everybody,
            Self::Wipe
            | Self::RecordDeleted
            | Self::RecordForged
            | Self::RecordRecreated
            | Self::RecordTouched => Reach::Record,
            _ => Reach::Leader,
        }
    }

    fn hyphened(self) -> String {
        match self {
            Self::Kill => "kill".to_owned(),
            other => other.as_str().replace(' ', "-"),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Fault {
    type Err = String;

    /// A fault by its name, as in [`as_str`](Self::as_str) with one word for `kill -9` and a hyphen for a blank.
    fn from_str(name: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|fault| fault.hyphened() == name).ok_or_else(|| {
            let names = Self::ALL.map(Self::hyphened);
            format!("not one of {}", names.join(", "))
        })
    }
}
