//! Faults of the network and of the store, by its [`Site`].

use std::time::Duration;

use super::{Fault, Mended, Reach};
use crate::error::{Result, TrialError};
use crate::proxy::{Link, Way};
use crate::site::Site;
use crate::stage::{Leader, Stage};
use crate::stamp::now;

/// How much longer than its time-out a late reply takes.
const LATE: f64 = 1.5;

/// Makes `fault` to `leader` or to the store of `site`, lets it last for `span` unless it is done in an instant, ends it,
/// and waits until somebody leads, which may be `leader` all the time.
///
/// # Errors
///
/// When the site cannot do it, or nobody leads in time.
pub fn trouble(
    stage: &mut Stage,
    site: &dyn Site,
    fault: Fault,
    leader: Leader,
    span: Duration,
) -> Result<Mended> {
    let at = now();
    begin(stage, site, fault, &leader)?;
    let begun = now();
    let reach = fault.reach();
    if reach != Reach::Record {
        stage.listen(span)?;
        end(stage, site, fault, &leader)?;
    }
    let (at, since) = if reach == Reach::Everybody { (now(), now()) } else { (at, begun) };
    let next = stage.led_since(at, since)?;
    let mended = Mended::new(stage, fault, at, leader, next);
    if mended.to.token != mended.from.token {
        stage.ended(mended.from.process, mended.from.token)?;
    }
    if fault.is_outside() {
        stage.outside_since(at);
    }
    Ok(mended)
}

fn begin(stage: &mut Stage, site: &dyn Site, fault: Fault, leader: &Leader) -> Result<()> {
    match fault {
        Fault::Pause => return stage.freeze(leader.process),
        Fault::Partition => link(site, leader)?.partition(),
        Fault::LostRequests => link(site, leader)?.cut(Way::Requests),
        Fault::LostReplies => link(site, leader)?.cut(Way::Replies),
        Fault::HalfOpen => link(site, leader)?.half_open(),
        Fault::LateReplies => {
            let by = stage.budget().attempt_timeout().mul_f64(LATE);
            link(site, leader)?.delay(Way::Replies, by);
        }
        of_the_store => {
            return site.begin(of_the_store).map_err(|source| TrialError::site(fault, source));
        }
    }
    Ok(())
}

fn end(stage: &mut Stage, site: &dyn Site, fault: Fault, leader: &Leader) -> Result<()> {
    match fault {
        Fault::Pause => stage.thaw(leader.process),
        _ if fault.reach() == Reach::Leader => {
            link(site, leader)?.heal();
            Ok(())
        }
        _ => site.end(fault).map_err(|source| TrialError::site(fault, source)),
    }
}

fn link(site: &dyn Site, leader: &Leader) -> Result<Link> {
    site.link(&leader.name).ok_or_else(|| {
        let what = std::io::Error::other("no proxy stands between it and the store");
        TrialError::Process {
            candidate: leader.name.clone(),
            operation: "break its network",
            source: what,
        }
    })
}
