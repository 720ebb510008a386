//! What is known of a run: facts in the order in which they happened.

use std::time::Duration;

use elector::store::{Beat, Observation, SessionId, Standing};
use elector::{ChangeKind, ErrorKind};

/// One life of one process: a restart is another life in the same slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Who {
    pub(crate) slot: u8,
    pub(crate) life: u32,
}

/// A fact and when it happened.
#[derive(Clone, Debug, Hash)]
pub(crate) struct Entry {
    /// Nanoseconds of true time.
    pub(crate) at: u64,
    /// Nanoseconds of the process's own clock; 0 without a process.
    pub(crate) own: u64,
    /// Whom it happened to; nobody in particular is the store and the weather.
    pub(crate) who: Option<Who>,
    pub(crate) fact: Fact,
}

/// How an election stood, for comparing.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Stood {
    Led {
        session: Option<SessionId>,
        token: Option<u64>,
        beat: Beat,
        lease: Duration,
    },
    /// The token of the released term.
    Released(u64),
    Vacant,
    Missing,
}

impl Stood {
    pub(crate) fn of(observation: &Observation) -> Self {
        match &observation.standing {
            Standing::Led(led) => Self::Led {
                session: led.leader.session,
                token: led.leader.token.map(u64::from),
                beat: led.beat.clone(),
                lease: led.lease_duration,
            },
            Standing::Released { token, .. } => Self::Released(token.get()),
            Standing::Vacant => Self::Vacant,
            _ => Self::Missing,
        }
    }
}

/// What a bid permits itself to take.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Taking {
    pub(crate) unexplained: bool,
    pub(crate) stale: Option<Beat>,
}

/// What a call was answered.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Reply {
    Won { token: u64, lease: Duration },
    Held(Stood),
    Kept { token: u64, lease: Duration },
    Lost(Stood),
    Released,
    Doubt(&'static str),
}

impl Reply {
    pub(crate) fn doubt(kind: ErrorKind) -> Self {
        Self::Doubt(kind.as_str())
    }
}

/// Who holds the election by the store's record.
pub(crate) type Holder = Option<(Option<SessionId>, u64)>;

/// What can happen behind the candidates' backs that they are not promised to survive with one leader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Damage {
    /// The record was deleted; the count of tokens is kept.
    Deleted,
    /// The record was emptied without the mark of a release.
    Vacated,
    /// A foreign candidate wrote itself in.
    Forged,
    /// Record and tokens are gone.
    Wiped,
    /// An old state is back.
    Restored,
    /// A clock ran outside its bound.
    Clock,
}

impl Damage {
    /// Whether the store may grant a token a second time afterwards.
    pub(crate) fn forgets_tokens(self) -> bool {
        matches!(self, Self::Wiped | Self::Restored)
    }
}

#[derive(Clone, Debug, Hash)]
pub(crate) enum Fact {
    /// A process began.
    Began {
        session: SessionId,
        /// Whether work that does not stop is dropped.
        forces: bool,
    },
    /// The process is gone, and whatever it believed with it.
    Killed,
    /// The process does not run until it is thawed.
    Frozen,
    Thawed,
    /// The timers of the process stand still until this true moment.
    TimersHeld(u64),
    /// The elector's own task was taken away, its process lives.
    DriverGone,

    /// A call to the store began.
    Bid {
        attempt: u64,
        taking: Taking,
        floor: u64,
    },
    Renew {
        attempt: u64,
        token: u64,
    },
    Release {
        attempt: u64,
        token: Option<u64>,
    },
    /// The call was answered, and the elector heard it.
    Answered {
        attempt: u64,
        reply: Reply,
    },
    /// The watch showed this.
    Heard(Stood),

    /// The store applied a write of this process: who held the election before and after.
    Applied {
        before: Holder,
        after: Holder,
    },
    /// The store applied a write whose caller waits no more.
    AppliedLate,
    RequestLost,
    RequestRepeated,
    ReplyLost,
    Conflict,

    /// After a step: the term's validity, on the own clock and in true time; 0 when it is over.
    Stands {
        token: u64,
        until: u64,
        ends: u64,
    },
    Change {
        number: u64,
        kind: Kind,
    },
    /// The work of a term began; it was told to stop; it is gone.
    WorkBegan(u64),
    WorkTold(u64),
    WorkGone(u64),
    /// A check said that the term is valid.
    Checked(u64),
    /// A write to the fenced register, made without delay after a check or `late`.
    Wrote {
        token: u64,
        accepted: bool,
        late: bool,
    },
    /// What the application's use of the elector ended with.
    Returned(&'static str),

    /// A fault began or ended, for people.
    Fault(String),
    Damaged(Damage),
    /// All faults are over from here on.
    Healed,
    /// Nothing but what a drill does is to happen now.
    Calm,
    /// One deliberate event in the calm.
    Drill(Drill),
    /// Faults may happen again.
    Stormy,
}

impl Fact {
    pub(crate) fn is_calm(&self) -> bool {
        matches!(self, Self::Calm)
    }
}

/// What is done once in the calm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Drill {
    /// The leader gives up its term, and another takes over.
    HandOver,
    /// The leader is killed.
    Kill,
    /// All are killed but one that does not lead: it has to.
    Alone,
    /// Those that were killed are started again.
    Company,
}

/// A [`ChangeKind`], for comparing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Leader(Option<u64>),
    Started(u64),
    Stopping(u64, &'static str),
    Overrun(u64),
    Ended(u64),
    Stopped,
    Missed(u64),
    /// What says nothing about terms.
    Other,
}

impl Kind {
    pub(crate) fn of(kind: &ChangeKind) -> Self {
        match kind {
            ChangeKind::Leader(leader) => {
                let token = leader.as_ref().map(|leader| leader.token.map_or(0, u64::from));
                Self::Leader(token)
            }
            ChangeKind::Started(token) => Self::Started(token.get()),
            ChangeKind::Stopping(token, why) => Self::Stopping(token.get(), why.as_str()),
            ChangeKind::Overrun(token) => Self::Overrun(token.get()),
            ChangeKind::Ended(token) => Self::Ended(token.get()),
            ChangeKind::Stopped => Self::Stopped,
            ChangeKind::Missed(count) => Self::Missed(*count),
            _ => Self::Other,
        }
    }
}
