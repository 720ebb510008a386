//! A rolling restart.

use super::{Fault, Mended};
use crate::error::Result;
use crate::stage::Stage;
use crate::stamp::now;

/// Ends every candidate and starts it anew, one after the other, each when all follow one leader. Says what happened
/// when a leader's turn came.
///
/// # Errors
///
/// When a process does not end or start, or nobody leads in time.
pub fn restart_all(stage: &mut Stage) -> Result<Vec<Mended>> {
    let candidates: Vec<_> = stage.candidates().map(|(id, name)| (id, name.to_owned())).collect();
    let mut mended = Vec::new();
    for (id, name) in candidates {
        let leader = stage.settled()?;
        let at = now();
        stage.end(id);
        if leader.process == id {
            let next = stage.next_leader(leader.token)?;
            mended.push(Mended::new(stage, Fault::Restart, at, leader, next));
        }
        stage.bury(id)?;
        stage.start(&name)?;
    }
    stage.settled()?;
    Ok(mended)
}
