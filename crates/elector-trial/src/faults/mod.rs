//! Faults on the leader of a [`Stage`], and how long each took to mend.

mod bound;

use std::time::Duration;

use serde::Serialize;

use crate::error::{Result, TrialError};
use crate::stage::{Leader, Stage};
use crate::stamp::{nanos, now};

pub use bound::bound;

/// What is done to a leader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// Its process is killed (`SIGKILL`).
    Kill,
    /// Its process is stopped (`SIGSTOP`) for longer than its lease, and then goes on.
    Freeze,
    /// It is asked to resign, by a request through the store.
    Resign,
}

impl Fault {
    /// The fault in a word or two.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Kill => "kill -9",
            Self::Freeze => "freeze",
            Self::Resign => "resign",
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
    /// the old leader's last renewal and one lease. Known for a freeze.
    pub overshoot: Option<Duration>,
    /// What is promised of `took`: [`bound`].
    pub bound: Duration,
}

impl Mended {
    /// Whether somebody led again within the bound.
    pub fn in_time(&self) -> bool {
        self.took <= self.bound
    }
}

/// Kills `leader`, and waits for the next one.
///
/// # Errors
///
/// When the process cannot be killed, or nobody leads in time.
pub fn kill(stage: &mut Stage, leader: Leader) -> Result<Mended> {
    let at = now();
    stage.kill(leader.process)?;
    let next = stage.next_leader(leader.token)?;
    stage.bury(leader.process)?;
    Ok(mended(stage, Fault::Kill, at, leader, next))
}

/// Asks `leader` to resign, and waits for the next one.
///
/// # Errors
///
/// When the store does not take the request, or nobody leads in time.
pub fn resign(stage: &mut Stage, leader: Leader) -> Result<Mended> {
    let at = now();
    stage.ask_to_resign(leader.token)?;
    let next = stage.next_leader(leader.token)?;
    Ok(mended(stage, Fault::Resign, at, leader, next))
}

/// Freezes `leader` until somebody else leads and a lease is over, wakes it, and waits until it says that its term is
/// over. From one lease after the freeze on it must not pass a check.
///
/// # Errors
///
/// When the process cannot be stopped, nobody leads in time, or it does not stop when it wakes. It is awake then.
/// [`TrialError::Blocked`] when it was frozen where the store cannot go on without it.
pub fn freeze(stage: &mut Stage, leader: Leader) -> Result<Mended> {
    freeze_and(stage, leader, |_| {})
}

/// As [`freeze`], and calls `taken_over` as soon as somebody else leads.
pub(crate) fn freeze_and(
    stage: &mut Stage,
    leader: Leader,
    taken_over: impl FnOnce(&Mended),
) -> Result<Mended> {
    let at = now();
    stage.freeze(leader.process)?;
    let lease = stage.lease_duration();
    let over = at + nanos(lease);
    stage.must_be_over(leader.process, leader.token, over);
    let next = match stage.next_leader(leader.token) {
        Ok(next) => next,
        Err(error) => {
            let blocked = stage.is_blocked();
            stage.thaw(leader.process)?;
            return Err(if blocked {
                TrialError::Blocked { candidate: leader.name }
            } else {
                error
            });
        }
    };
    let mut mended = mended(stage, Fault::Freeze, at, leader, next);
    mended.overshoot = stage.valid_until(&mended.from).map(|until| {
        let earliest = until.saturating_sub(nanos(stage.budget().hold())) + nanos(lease);
        Duration::from_nanos(mended.to.since.saturating_sub(earliest))
    });
    taken_over(&mended);
    let left = Duration::from_nanos(over.saturating_sub(now()));
    stage.listen(left + lease / 10)?;
    stage.thaw(mended.from.process)?;
    stage.ended(mended.from.process, mended.from.token)?;
    Ok(mended)
}

fn mended(stage: &Stage, fault: Fault, at: u64, from: Leader, to: Leader) -> Mended {
    let took = Duration::from_nanos(to.since.saturating_sub(at));
    Mended { fault, from, to, took, overshoot: None, bound: bound(fault, stage.budget()) }
}
