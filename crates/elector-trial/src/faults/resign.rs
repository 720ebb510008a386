//! A request to resign.

use super::{Fault, Mended};
use crate::error::Result;
use crate::stage::{Leader, Stage};
use crate::stamp::now;

/// Asks `leader` to resign, and waits for the next one.
///
/// # Errors
///
/// When the store does not take the request, or nobody leads in time.
pub fn resign(stage: &mut Stage, leader: Leader) -> Result<Mended> {
    let at = now();
    stage.ask_to_resign(leader.token)?;
    let next = stage.next_leader(leader.token)?;
    Ok(Mended::new(stage, Fault::Resign, at, leader, next))
}
