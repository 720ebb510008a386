//! `SIGSTOP` and `SIGCONT`.

use std::time::Duration;

use super::{Fault, Mended};
use crate::error::{Result, TrialError};
use crate::stage::{Leader, Stage};
use crate::stamp::{nanos, now};

/// Freezes `leader` until somebody else leads and a lease is over, wakes it, and waits until it says that its term is
/// over. From one [`hold`](elector::Budget::hold) after the freeze on it must not pass a check.
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
    let over = now() + nanos(stage.judge().hold());
    stage.must_be_over(leader.process, leader.token, over);
    let next = next_or_thaw(stage, &leader)?;
    let mut mended = Mended::new(stage, Fault::Freeze, at, leader, next);
    let earliest = stage.earliest_after(&mended.from);
    let over_earliest = earliest.and_then(|earliest| mended.to.since.checked_sub(earliest));
    mended.overshoot = over_earliest.map(Duration::from_nanos);
    taken_over(&mended);
    let left = Duration::from_nanos(over.saturating_sub(now()));
    stage.listen(left + lease / 10)?;
    stage.thaw(mended.from.process)?;
    stage.ended(mended.from.process, mended.from.token)?;
    Ok(mended)
}

/// Freezes `leader` until somebody else leads, and for `at_least`; it may pass a check when it wakes.
pub(super) fn freeze_for(
    stage: &mut Stage,
    fault: Fault,
    leader: Leader,
    at_least: Duration,
) -> Result<Mended> {
    let at = now();
    stage.freeze(leader.process)?;
    let next = next_or_thaw(stage, &leader)?;
    let mended = Mended::new(stage, fault, at, leader, next);
    let left = (at + nanos(at_least)).saturating_sub(now());
    stage.listen(Duration::from_nanos(left))?;
    stage.thaw(mended.from.process)?;
    stage.ended(mended.from.process, mended.from.token)?;
    Ok(mended)
}

/// The next leader while `frozen` is; wakes it when there is none.
fn next_or_thaw(stage: &mut Stage, frozen: &Leader) -> Result<Leader> {
    stage.next_leader(frozen.token).or_else(|error| {
        let blocked = stage.is_blocked();
        stage.thaw(frozen.process)?;
        let candidate = frozen.name.clone();
        Err(if blocked { TrialError::Blocked { candidate } } else { error })
    })
}
