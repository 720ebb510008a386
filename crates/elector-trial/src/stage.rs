//! The candidate processes of one election, and what they said.

use std::collections::BTreeMap;
use std::fmt;
use std::process::Command;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use elector::store::{Backend, Request};
use elector::{Budget, FencingToken};
use nix::sys::signal::Signal;

use crate::counted::Requests;
use crate::error::{Result, TrialError};
use crate::judge::Judge;
use crate::ledger::Ledger;
use crate::line::{Event, Line, ProcessId};
use crate::process::{CandidateSpec, Process, RIGHT_CLOCK};
use crate::stamp::{nanos, now};

type Spawn = Box<dyn Fn(&CandidateSpec) -> Command + Send>;

/// Candidate processes in one election, started and faulted by this process.
///
/// Every process is killed when the stage is dropped; should this process itself be killed, they end with their
/// standard input.
pub struct Stage {
    spawn: Spawn,
    backend: Arc<dyn Backend>,
    runtime: tokio::runtime::Runtime,
    budget: Budget,
    is_blocked: Box<dyn Fn() -> bool + Send>,
    processes: BTreeMap<ProcessId, Candidate>,
    next_id: u32,
    events: Receiver<Event>,
    sender: Sender<Event>,
    judge: Judge,
    ledger: Ledger,
}

/// One process and the latest that it said.
struct Candidate {
    process: Process,
    /// The token that it follows, or leads with.
    sees: Option<u64>,
    leading: Option<Leader>,
    frozen: bool,
    /// Whether it was killed, or told to end.
    ending: bool,
    requests: Option<Requests>,
}

/// A leader, as it said itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leader {
    /// Its process.
    pub process: ProcessId,
    /// Its name.
    pub name: String,
    /// The token of its term.
    pub token: u64,
    /// When it was told that it leads, in nanoseconds of the host's clock.
    pub since: u64,
    /// Until when its term was valid at its latest check.
    pub until: u64,
}

impl Stage {
    /// An empty stage. `spawn` makes the command of a candidate, which must end in
    /// [`candidate::run`](crate::candidate::run); `backend` is the same election, for requests to the leader.
    ///
    /// # Errors
    ///
    /// [`TrialError::Runtime`] when the process gets no runtime, [`TrialError::Budget`] when there is no such lease.
    pub fn new(
        spawn: impl Fn(&CandidateSpec) -> Command + Send + 'static,
        backend: Arc<dyn Backend>,
        lease_duration: Duration,
    ) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let (sender, events) = channel();
        Ok(Self {
            spawn: Box::new(spawn),
            backend,
            runtime: runtime.map_err(TrialError::Runtime)?,
            budget: Budget::new(lease_duration)?,
            is_blocked: Box::new(|| false),
            processes: BTreeMap::new(),
            next_id: 0,
            events,
            sender,
            judge: Judge::new(),
            ledger: Ledger::new(),
        })
    }

    /// How long a lease lasts.
    pub fn lease_duration(&self) -> Duration {
        self.budget.lease_duration()
    }

    /// The budget of time that follows from it.
    pub fn budget(&self) -> &Budget {
        &self.budget
    }

    /// Sets how to see that a frozen candidate holds a lock without which the store cannot go on.
    pub fn blocked_when(&mut self, is_blocked: impl Fn() -> bool + Send + 'static) {
        self.is_blocked = Box::new(is_blocked);
    }

    /// Starts a candidate.
    ///
    /// # Errors
    ///
    /// When its process cannot be started.
    pub fn start(&mut self, name: &str) -> Result<ProcessId> {
        self.start_with_clock(name, RIGHT_CLOCK)
    }

    /// Starts a candidate whose elector's clock runs at another rate; see [`CandidateSpec::clock_percent`].
    pub(crate) fn start_with_clock(&mut self, name: &str, clock_percent: u32) -> Result<ProcessId> {
        let (name, lease_duration) = (name.to_owned(), self.lease_duration());
        let spec = CandidateSpec { name, lease_duration, clock_percent };
        let name = &spec.name;
        let id = ProcessId(self.next_id);
        self.next_id += 1;
        let process = Process::start((self.spawn)(&spec), name, id, self.sender.clone())?;
        let candidate = Candidate {
            process,
            sees: None,
            leading: None,
            frozen: false,
            ending: false,
            requests: None,
        };
        self.processes.insert(id, candidate);
        Ok(id)
    }

    /// The operating system's id of a candidate, while it is there.
    pub fn pid(&self, id: ProcessId) -> Option<u32> {
        self.processes.get(&id).map(|candidate| candidate.process.pid())
    }

    /// The candidates that are there, with their names.
    pub fn candidates(&self) -> impl Iterator<Item = (ProcessId, &str)> {
        self.processes.iter().map(|(id, candidate)| (*id, candidate.process.name.as_str()))
    }

    /// The judge of all that was heard so far.
    pub fn judge(&self) -> &Judge {
        &self.judge
    }

    /// What was heard so far of a register that the leaders wrote.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Waits until one candidate leads and every other that is not frozen follows it.
    ///
    /// # Errors
    ///
    /// [`TrialError::TooLate`], or [`TrialError::Candidate`] when a candidate gave up.
    pub fn settled(&mut self) -> Result<Leader> {
        self.wait("one leads and the others follow", |stage| {
            let mut awake = stage.processes.values().filter(|other| !other.frozen && !other.ending);
            let leaders = awake.clone().filter_map(|candidate| candidate.leading.as_ref());
            let leader = leaders.max_by_key(|leader| leader.token)?;
            awake.all(|candidate| candidate.sees == Some(leader.token)).then(|| leader.clone())
        })
    }

    /// Waits for a leader with a token above `token`.
    ///
    /// # Errors
    ///
    /// As [`settled`](Self::settled).
    pub fn next_leader(&mut self, token: u64) -> Result<Leader> {
        self.wait("somebody else leads", |stage| {
            let leaders = stage.processes.values().filter_map(|other| other.leading.as_ref());
            // Of several the first one counts, or a short term would be taken for a long wait.
            leaders.filter(|leader| leader.token > token).min_by_key(|leader| leader.since).cloned()
        })
    }

    /// Waits until the term with `token` of a candidate is over, as it says itself.
    ///
    /// # Errors
    ///
    /// As [`settled`](Self::settled).
    pub fn ended(&mut self, id: ProcessId, token: u64) -> Result<()> {
        self.wait("the old leader has stopped", |stage| {
            let leading = stage.processes.get(&id)?.leading.as_ref();
            leading.is_none_or(|leader| leader.token != token).then_some(())
        })
    }

    /// Asks a candidate for what it asked of the store.
    ///
    /// # Errors
    ///
    /// When it cannot be asked, or does not answer.
    pub fn requests(&mut self, id: ProcessId) -> Result<Requests> {
        if let Some(candidate) = self.processes.get_mut(&id) {
            candidate.requests = None;
            candidate.process.ask()?;
        }
        self.wait("a candidate says its requests", |stage| stage.processes.get(&id)?.requests)
    }

    /// Listens for `duration`.
    ///
    /// # Errors
    ///
    /// [`TrialError::Candidate`] when a candidate gave up.
    pub fn listen(&mut self, duration: Duration) -> Result<()> {
        let until = now().saturating_add(nanos(duration));
        while now() < until {
            self.hear(until)?;
        }
        Ok(())
    }

    /// Kills a candidate. What it said before is still to be heard.
    pub(crate) fn kill(&mut self, id: ProcessId) -> Result<()> {
        let Some(candidate) = self.processes.get_mut(&id) else { return Ok(()) };
        candidate.ending = true;
        self.ledger.killed(id);
        candidate.process.send(Signal::SIGKILL)
    }

    /// Lets a candidate end as one that is shut down. What it says until then is still to be heard.
    pub(crate) fn end(&mut self, id: ProcessId) {
        if let Some(candidate) = self.processes.get_mut(&id) {
            candidate.ending = true;
            candidate.process.end();
        }
    }

    /// Waits until all that a killed or ended candidate had said is heard, and forgets it.
    pub(crate) fn bury(&mut self, id: ProcessId) -> Result<()> {
        self.wait("the process is gone", |stage| (!stage.processes.contains_key(&id)).then_some(()))
    }

    /// Kills every candidate, frozen or not, and waits until all that they had said is heard.
    ///
    /// # Errors
    ///
    /// When a process cannot be killed, or does not end.
    pub fn clear(&mut self) -> Result<()> {
        let ids: Vec<_> = self.processes.keys().copied().collect();
        ids.iter().try_for_each(|id| self.kill(*id))?;
        ids.iter().try_for_each(|id| self.bury(*id))
    }

    /// The candidate that leads with the greatest token, of those that are not frozen.
    pub(crate) fn leader(&self) -> Option<&Leader> {
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
    pub(crate) fn freeze(&mut self, id: ProcessId) -> Result<()> {
        let Some(candidate) = self.processes.get_mut(&id) else { return Ok(()) };
        candidate.frozen = true;
        candidate.process.stop()
    }

    pub(crate) fn thaw(&mut self, id: ProcessId) -> Result<()> {
        let Some(candidate) = self.processes.get_mut(&id) else { return Ok(()) };
        candidate.frozen = false;
        candidate.process.send(Signal::SIGCONT)
    }

    /// Until when the term of `leader` was valid at the latest check that was heard of.
    pub(crate) fn valid_until(&self, leader: &Leader) -> Option<u64> {
        let latest = self.processes.get(&leader.process)?.leading.as_ref()?;
        (latest.token == leader.token).then_some(latest.until)
    }

    /// How often a follower asks the store although its watch is healthy.
    pub(crate) fn poll(&self) -> Option<Duration> {
        self.backend.guarantees().poll
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

    /// Asks the leader of the term with `token` to resign.
    pub(crate) fn ask_to_resign(&self, token: u64) -> Result<()> {
        let Ok(token) = FencingToken::new(token) else { return Ok(()) };
        let request = Request::resign(token, "trial");
        self.runtime.block_on(self.backend.request(&request)).map_err(TrialError::Store)
    }

    fn wait<T>(&mut self, until: &str, mut done: impl FnMut(&Self) -> Option<T>) -> Result<T> {
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
    fn hear(&mut self, deadline: u64) -> Result<()> {
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

impl fmt::Debug for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stage")
            .field("lease_duration", &self.lease_duration())
            .field("candidates", &self.candidates().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}
