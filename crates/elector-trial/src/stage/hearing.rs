//! What candidates say, and waiting for it.

use std::time::Duration;

use super::{Candidate, Leader, Stage};
use crate::error::{Result, TrialError};
use crate::line::{Line, ProcessId};
use crate::stamp::{nanos, now};

impl Stage {
    pub(super) fn wait<T>(
        &mut self,
        until: &str,
        mut done: impl FnMut(&Self) -> Option<T>,
    ) -> Result<T> {
        // An election may take a lease and its margins; the rest is for a busy machine.
        let patience = 3 * self.lease_duration() + Duration::from_secs(5);
        let deadline = now().saturating_add(nanos(patience));
        loop {
            if let Some(value) = done(self) {
                return Ok(value);
            }
            if now() >= deadline {
                let seconds = patience.as_secs_f64();
                return Err(TrialError::TooLate { seconds, until: until.to_owned() });
            }
            self.hear(deadline)?;
        }
    }

    /// Hears one event, if there is one before `deadline`.
    pub(super) fn hear(&mut self, deadline: u64) -> Result<()> {
        let left = Duration::from_nanos(deadline.saturating_sub(now()));
        let Ok(event) = self.events.recv_timeout(left) else { return Ok(()) };
        self.judge.hear(&event);
        self.ledger.hear(&event);
        let Some(line) = event.line else {
            return match self.processes.remove(&event.process) {
                Some(gone) if !gone.ending => Err(TrialError::Candidate {
                    candidate: gone.process.name.clone(),
                    message: "its process ended by itself".to_owned(),
                }),
                _ => Ok(()),
            };
        };
        let Some(candidate) = self.processes.get_mut(&event.process) else { return Ok(()) };
        candidate.hear(event.process, line)
    }
}

impl Candidate {
    fn hear(&mut self, process: ProcessId, line: Line) -> Result<()> {
        let name = &self.process.name;
        match line {
            Line::Following { token, .. } => self.sees = Some(token),
            Line::Leading { token, at } => {
                self.sees = Some(token);
                let name = name.clone();
                self.leading = Some(Leader { process, name, token, since: at, until: at });
            }
            Line::Current { token, until, .. } => {
                if let Some(leader) = self.leading.as_mut().filter(|l| l.token == token) {
                    leader.until = until;
                }
            }
            Line::Lapsed { .. }
            | Line::Stopping { .. }
            | Line::Wrote { .. }
            | Line::Refused { .. } => {}
            Line::Ended { .. } => self.leading = None,
            Line::Requests { requests, .. } => self.requests = Some(requests),
            Line::Failed { message } => {
                return Err(TrialError::Candidate { candidate: name.clone(), message });
            }
        }
        Ok(())
    }
}
