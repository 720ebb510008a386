//! The candidate processes of one election, and what they said.

mod control;
mod hearing;

use std::collections::BTreeMap;
use std::fmt;
use std::process::Command;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use elector::Budget;
use elector::store::Backend;

use crate::counted::Requests;
use crate::error::{Result, TrialError};
use crate::judge::Judge;
use crate::ledger::Ledger;
use crate::line::{Event, ProcessId};
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
        let budget = Budget::new(lease_duration)?;
        let granted = backend.guarantees().granted(lease_duration);
        Ok(Self {
            spawn: Box::new(spawn),
            backend,
            runtime: runtime.map_err(TrialError::Runtime)?,
            budget,
            is_blocked: Box::new(|| false),
            processes: BTreeMap::new(),
            next_id: 0,
            events,
            sender,
            judge: Judge::new(granted, budget.clock_rate_ppm()),
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
        if clock_percent != RIGHT_CLOCK {
            self.judge.wrong_clock(id);
        }
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
            candidate.process.tell("")?;
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
}

impl fmt::Debug for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stage")
            .field("lease_duration", &self.lease_duration())
            .field("candidates", &self.candidates().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}
