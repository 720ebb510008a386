//! Faults on the leader of a [`Stage`], and how long each took to mend.

mod bound;
mod clocks;
mod freeze;
mod kill;
mod resign;
mod restart;
mod wipe;

use std::str::FromStr;
use std::time::Duration;

use serde::Serialize;

use crate::stage::{Leader, Stage};

pub use bound::bound;
pub use clocks::{fast_clock, slow_clock};
pub use freeze::freeze;
pub(crate) use freeze::freeze_and;
pub use kill::kill;
pub use resign::resign;
pub use restart::restart_all;
pub use wipe::wipe;

/// What is done to a leader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Fault {
    /// Its process is killed (`SIGKILL`).
    Kill,
    /// Its process is stopped (`SIGSTOP`) for longer than its lease, and then goes on.
    Freeze,
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
}

impl Fault {
    /// Whether it breaks the assumptions under which two leaders at once are excluded.
    pub fn is_outside(self) -> bool {
        matches!(self, Self::Wipe | Self::SlowClock | Self::FastClock)
    }

    /// The fault in a word or two.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Kill => "kill -9",
            Self::Freeze => "freeze",
            Self::Resign => "resign",
            Self::Restart => "restart",
            Self::Wipe => "wipe",
            Self::SlowClock => "slow clock",
            Self::FastClock => "fast clock",
        }
    }
}

impl FromStr for Fault {
    type Err = String;

    /// A fault by its name, as in [`as_str`](Self::as_str) with one word for `kill -9` and a hyphen for a blank.
    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "kill" => Ok(Self::Kill),
            "freeze" => Ok(Self::Freeze),
            "resign" => Ok(Self::Resign),
            "restart" => Ok(Self::Restart),
            "wipe" => Ok(Self::Wipe),
            "slow-clock" => Ok(Self::SlowClock),
            "fast-clock" => Ok(Self::FastClock),
            _ => {
                Err("not one of kill, freeze, resign, restart, wipe, slow-clock, fast-clock"
                    .to_owned())
            }
        }
    }
}

/// A fault that was mended: somebody leads again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mended {
    /// What was done.
    pub fault: Fault,
    /// To whom.
    pub from: Leader,
    /// Who leads now.
    pub to: Leader,
    /// From just before the fault to the moment in which the next leader was told that it leads.
    pub took: Duration,
    /// By how much that was later than the earliest moment at which a rival may start, where a rival has to wait:
    /// the old leader's last renewal and one lease. Known for a freeze; one that was too early is in the verdict.
    pub overshoot: Option<Duration>,
    /// What is promised of `took`: [`bound`].
    pub bound: Duration,
}

impl Mended {
    /// After a fault at `at`, in nanoseconds of the host's clock.
    fn new(stage: &Stage, fault: Fault, at: u64, from: Leader, to: Leader) -> Self {
        let took = Duration::from_nanos(to.since.saturating_sub(at));
        Self { fault, from, to, took, overshoot: None, bound: bound(fault, stage.budget()) }
    }

    /// Whether somebody led again within the bound.
    pub fn in_time(&self) -> bool {
        self.took <= self.bound
    }
}
