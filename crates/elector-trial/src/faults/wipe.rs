//! The loss of everything that the store had.

use std::io;

use super::{Fault, Mended};
use crate::error::{Result, TrialError};
use crate::stage::{Leader, Stage};
use crate::stamp::now;

/// Lets `wipe` delete all that the store has, and waits for the next leader, which may be `leader` in a later term.
///
/// Outside the assumptions: overlaps are measured apart, tokens have to rise all the same.
///
/// # Errors
///
/// When `wipe` fails, or nobody leads in time.
pub fn wipe(
    stage: &mut Stage,
    leader: Leader,
    wipe: impl FnOnce() -> io::Result<()>,
) -> Result<Mended> {
    let at = now();
    wipe().map_err(TrialError::Wipe)?;
    let next = stage.next_leader(leader.token)?;
    stage.ended(leader.process, leader.token)?;
    stage.outside_since(at);
    Ok(Mended::new(stage, Fault::Wipe, at, leader, next))
}
