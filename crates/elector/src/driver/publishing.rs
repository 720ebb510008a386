//! What the outside is shown: the leader, the status, the changes.

use tracing::info;

use super::Driver;
use crate::changes::ChangeKind;
use crate::protocol::{Ended, Phase};
use crate::status::Status;
use crate::term::Term;

impl Driver {
    /// Tells the outside where the candidate stands now.
    pub(super) fn publish(&mut self) {
        let now = self.parts.clock.now();
        let protocol = &self.parts.protocol;
        let term = match protocol.phase() {
            Phase::Leading | Phase::Draining | Phase::Releasing => self.term.clone().map(Term::new),
            _ => {
                self.term = None;
                None
            }
        };
        let over = term.is_none();
        let leads = protocol.valid_until().is_some();
        let leader = if leads {
            let token = protocol.token().unwrap_or_default();
            let mut me = self.parts.me.clone();
            me.token = Some(token);
            Some(me)
        } else {
            // One's own record, of a bid on its way or of a term just over, is nobody to follow.
            let session = self.parts.me.session;
            protocol.leader(now).filter(|leader| leader.session != session).cloned()
        };
        if leader != self.leader {
            self.parts.changes.record(ChangeKind::Leader(leader.clone()));
            if !leads && leader.is_some() {
                let name = leader.as_ref().map_or("", |leader| &leader.name);
                info!(election = %self.parts.election, leader = name, "following");
            }
            self.meters.leader_changed();
            self.leader.clone_from(&leader);
        }
        self.meters.remaining(term.as_ref().map(Term::remaining));
        let status = match (term, &self.ended) {
            (Some(term), None) if protocol.phase() == Phase::Leading => Status::Leading(term),
            (Some(term), why) => Status::Stopping(term, why.clone().unwrap_or(Ended::Finished)),
            (None, _) => Status::Following(leader),
        };
        self.parts.status.send_if_modified(|before| {
            let changed = *before != status;
            *before = status;
            changed
        });
        if over {
            // Last, so that whoever waited for it finds the status changed. A term that was lost has nothing to
            // release, and is settled with its work.
            let settled = self.settled.take().unwrap_or(true);
            for reply in self.releases.drain(..) {
                let _ = reply.send(settled);
            }
        }
    }
}
