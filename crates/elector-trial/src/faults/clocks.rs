//! Clocks far from the rate that the budget of time allows for.
//!
//! A wrong clock alone changes no leader on a store that answers: the leader renews in time. With a pause of the leader
//! it makes two, which the budget's bound on the rates is there for. Outside the assumptions: overlaps are measured
//! apart, tokens have to rise all the same.

use super::freeze::freeze_for;
use super::{Fault, Mended};
use crate::error::Result;
use crate::process::RIGHT_CLOCK;
use crate::stage::{Leader, Stage};
use crate::stamp::now;

/// Gives `leader`'s candidate a clock of half the speed, lets it lead, and freezes it for a lease and a half: when it
/// wakes, it believes in its term for some time.
///
/// # Errors
///
/// As [`freeze`](super::freeze()).
pub fn slow_clock(stage: &mut Stage, leader: Leader) -> Result<Mended> {
    let others: Vec<_> = stage
        .candidates()
        .filter(|(id, _)| *id != leader.process)
        .map(|(id, name)| (id, name.to_owned()))
        .collect();
    // It leads because nobody else is there.
    for (id, _) in &others {
        stage.end(*id);
    }
    for (id, _) in &others {
        stage.bury(*id)?;
    }
    restart(stage, &leader, RIGHT_CLOCK / 2)?;
    stage.settled()?;
    for (_, name) in &others {
        stage.start(name)?;
    }
    let leader = stage.settled()?;
    let at = now();
    let span = stage.lease_duration() * 3 / 2;
    let mended = freeze_for(stage, Fault::SlowClock, leader, span)?;
    stage.outside_since(at);
    restart(stage, &mended.from, RIGHT_CLOCK)?;
    Ok(mended)
}

/// Gives a follower a clock of twice the speed, and freezes `leader` for three quarters of a lease: the follower takes
/// over too early, and `leader` wakes in a term of its.
///
/// # Errors
///
/// As [`freeze`](super::freeze()).
pub fn fast_clock(stage: &mut Stage, leader: Leader) -> Result<Mended> {
    let follower = stage.candidates().find(|(id, _)| *id != leader.process);
    let Some((id, name)) = follower.map(|(id, name)| (id, name.to_owned())) else {
        return super::freeze(stage, leader);
    };
    stage.end(id);
    stage.bury(id)?;
    let fast = stage.start_with_clock(&name, 2 * RIGHT_CLOCK)?;
    let leader = stage.settled()?;
    let at = now();
    let span = stage.lease_duration() * 3 / 4;
    let mended = freeze_for(stage, Fault::FastClock, leader, span)?;
    stage.outside_since(at);
    stage.end(fast);
    stage.bury(fast)?;
    stage.start(&name)?;
    Ok(mended)
}

/// Starts the process of `leader` anew, with another clock.
fn restart(stage: &mut Stage, leader: &Leader, clock_percent: u32) -> Result<()> {
    stage.end(leader.process);
    stage.bury(leader.process)?;
    stage.start_with_clock(&leader.name, clock_percent)?;
    Ok(())
}
