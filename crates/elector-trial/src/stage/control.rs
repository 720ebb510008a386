//! What faults do with candidates, and what they ask of them.

use elector::FencingToken;
use elector::store::{Guarantees, Request};
use nix::sys::signal::Signal;

use super::{Leader, Stage};
use crate::error::{Result, TrialError};
use crate::line::ProcessId;
use crate::stamp::{nanos, now};

impl Stage {
    /// Kills a candidate. What it said before is still to be heard.
    ///
    /// # Errors
    ///
    /// When its process cannot be reached.
    pub fn kill(&mut self, id: ProcessId) -> Result<()> {
        let Some(candidate) = self.processes.get_mut(&id) else { return Ok(()) };
        candidate.ending = true;
        self.ledger.killed(id);
        self.judge.thawed(id, now());
        candidate.process.send(Signal::SIGKILL)
    }

    /// Lets a candidate end as one that is shut down. What it says until then is still to be heard.
    pub fn end(&mut self, id: ProcessId) {
        if let Some(candidate) = self.processes.get_mut(&id) {
            candidate.ending = true;
            candidate.process.end();
        }
    }

    /// Waits until all that a killed or ended candidate had said is heard, and forgets it.
    ///
    /// # Errors
    ///
    /// As [`settled`](Self::settled).
    pub fn bury(&mut self, id: ProcessId) -> Result<()> {
        self.wait("the process is gone", |stage| (!stage.processes.contains_key(&id)).then_some(()))
    }

    /// The candidate that leads with the greatest token, of those that are not frozen.
    pub fn leader(&self) -> Option<&Leader> {
        let awake = self.processes.values().filter(|other| !other.frozen && !other.ending);
        awake.filter_map(|other| other.leading.as_ref()).max_by_key(|leader| leader.token)
    }

    /// The candidates that are neither frozen nor ending.
    pub(crate) fn awake(&self) -> Vec<ProcessId> {
        let awake = self.processes.iter().filter(|(_, other)| !other.frozen && !other.ending);
        awake.map(|(id, _)| *id).collect()
    }

    /// The token with which a candidate leads, as far as was heard.
    pub(crate) fn leads(&self, id: ProcessId) -> Option<u64> {
        self.processes.get(&id)?.leading.as_ref().map(|leader| leader.token)
    }

    /// The name of a candidate that is there.
    pub(crate) fn name(&self, id: ProcessId) -> Option<&str> {
        self.processes.get(&id).map(|candidate| candidate.process.name.as_str())
    }

    /// Stops a candidate; when this returns, it does nothing any more.
    ///
    /// # Errors
    ///
    /// When its process cannot be reached.
    pub fn freeze(&mut self, id: ProcessId) -> Result<()> {
        let Some(candidate) = self.processes.get_mut(&id) else { return Ok(()) };
        candidate.frozen = true;
        candidate.process.stop()?;
        self.judge.froze(id, now());
        Ok(())
    }

    /// Lets a candidate go on that was stopped.
    ///
    /// # Errors
    ///
    /// When its process cannot be reached.
    pub fn thaw(&mut self, id: ProcessId) -> Result<()> {
        let Some(candidate) = self.processes.get_mut(&id) else { return Ok(()) };
        candidate.frozen = false;
        self.judge.thawed(id, now());
        candidate.process.send(Signal::SIGCONT)
    }

    /// When a rival that waits may take over from `leader`, by the latest check that was heard of, in nanoseconds of the
    /// host's clock; `None` when it leads no more, or is forgotten.
    pub fn earliest_after(&self, leader: &Leader) -> Option<u64> {
        let latest = self.processes.get(&leader.process)?.leading.as_ref()?;
        (latest.token == leader.token).then(|| self.judge.earliest(latest.until))
    }

    /// What the store promises.
    pub(crate) fn guarantees(&self) -> Guarantees {
        self.backend.guarantees()
    }

    /// Waits for a leader whose term began at `at` or later, or that has renewed its term since `since`.
    pub(crate) fn led_since(&mut self, at: u64, since: u64) -> Result<Leader> {
        let renewed = since.saturating_add(nanos(self.judge.hold()));
        self.wait("somebody leads", |stage| {
            let awake = stage.processes.values().filter(|other| !other.frozen && !other.ending);
            let leaders = awake.filter_map(|other| other.leading.as_ref());
            let led = leaders.filter(|leader| leader.since >= at || leader.until > renewed);
            led.min_by_key(|leader| leader.since).cloned()
        })
    }

    pub(crate) fn is_blocked(&self) -> bool {
        (self.is_blocked)()
    }

    pub(crate) fn must_be_over(&mut self, id: ProcessId, token: u64, by: u64) {
        self.judge.must_be_over(id, token, by);
    }

    /// What happened from `at` until now was outside the assumptions.
    pub(crate) fn outside_since(&mut self, at: u64) {
        self.judge.outside(at, now());
    }

    /// Writes a line to a candidate's standard input, for candidates that are not
    /// [`candidate::run`](crate::candidate::run) and take orders there.
    ///
    /// # Errors
    ///
    /// When its process cannot be reached.
    pub fn tell(&mut self, id: ProcessId, line: &str) -> Result<()> {
        self.processes.get_mut(&id).map_or(Ok(()), |candidate| candidate.process.tell(line))
    }

    /// Asks the leader of the term with `token` to resign, by a request through the store. A connection that did not
    /// survive the last fault costs the first attempt.
    ///
    /// # Errors
    ///
    /// [`TrialError::Store`] when the store does not take it.
    pub fn ask_to_resign(&self, token: u64) -> Result<()> {
        let Ok(token) = FencingToken::new(token) else { return Ok(()) };
        let request = Request::resign(token, "trial");
        let ask = || self.runtime.block_on(self.backend.request(&request));
        ask().or_else(|_| ask()).or_else(|_| ask()).map_err(TrialError::Store)
    }
}
