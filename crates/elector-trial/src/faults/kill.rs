//! `kill -9`.

use super::{Fault, Mended};
use crate::error::Result;
use crate::stage::{Leader, Stage};
use crate::stamp::now;

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
    Ok(Mended::new(stage, Fault::Kill, at, leader, next))
}
