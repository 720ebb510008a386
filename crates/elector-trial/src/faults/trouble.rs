//! Faults of the network and of the store, by its [`Site`].

use std::io;
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

/// Makes a follower's connections dead ones, and asks `leader` to resign when the network works again: another follower
/// takes over, and the deaf one has to find out by itself.
///
/// # Errors
///
/// As [`trouble`].
pub fn deaf_follower(
    stage: &mut Stage,
    site: &dyn Site,
    leader: Leader,
    span: Duration,
) -> Result<Mended> {
    let follower = stage.candidates().find(|(id, _)| *id != leader.process);
    let deaf = follower.map_or(leader.name.clone(), |(_, name)| name.to_owned());
    let link = link(site, &deaf)?;
    link.half_open();
    stage.listen(span)?;
    link.heal();
    let mended = super::resign(stage, leader)?;
    let bound = super::bound(Fault::DeafFollower, stage.budget(), false);
    Ok(Mended { fault: Fault::DeafFollower, bound, ..mended })
}

fn begin(stage: &mut Stage, site: &dyn Site, fault: Fault, leader: &Leader) -> Result<()> {
    match fault {
        Fault::Pause => return stage.freeze(leader.process),
        Fault::Partition => link(site, &leader.name)?.partition(),
        Fault::LostRequests => link(site, &leader.name)?.cut(Way::Requests),
        Fault::LostReplies => link(site, &leader.name)?.cut(Way::Replies),
        Fault::HalfOpen => link(site, &leader.name)?.half_open(),
        Fault::LateReplies => {
            let by = stage.budget().attempt_timeout().mul_f64(LATE);
            link(site, &leader.name)?.delay(Way::Replies, by);
        }
        Fault::DeletedUnseen => {
            link(site, &leader.name)?.partition();
            let deleted = site.begin(Fault::RecordDeleted);
            return deleted.map_err(|source| TrialError::site(fault, source));
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
            link(site, &leader.name)?.heal();
            Ok(())
        }
        _ => site.end(fault).map_err(|source| TrialError::site(fault, source)),
    }
}

fn link(site: &dyn Site, candidate: &str) -> Result<Link> {
    site.link(candidate).ok_or_else(|| TrialError::Process {
        candidate: candidate.to_owned(),
        operation: "break its network",
        source: io::Error::other("no proxy stands between it and the store"),
    })
}
