//! Carries out what the protocol decides: calls, timers, signals to the work. It decides nothing.

mod calls;
mod effects;
mod publishing;
mod watching;

use std::collections::VecDeque;
use std::future::{Future, pending};
use std::pin::Pin;
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot, watch};
use tracing::info;

use crate::changes::{ChangeKind, ChangeLog};
use crate::clock::Clock;
use crate::error::{Error, ErrorKind, Result};
use crate::leadership::Leadership;
use crate::metrics::Meters;
use crate::protocol::{Chance, Ended, Event, Phase, Protocol};
use crate::runtime::Host;
use crate::status::Status;
use crate::store::{Backend, Leader};
use crate::term::TermState;
use crate::token::FencingToken;
use calls::Calls;

pub(crate) use watching::Watching;

/// What to do when work ignores its stop until its lease is about to run out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OnOverrun {
    /// Say so, in the log, in the metrics and in [`ChangeKind::Overrun`]. A rival may then lead while the work still
    /// runs; only the fencing token keeps them apart.
    #[default]
    Report,
    /// Abort the process before a rival may start: nothing less stops a thread that does not listen.
    Abort,
}

/// What the handles of an elector ask of its driver.
#[derive(Debug)]
pub(crate) enum Command {
    /// Somebody waits to lead.
    Contend(oneshot::Sender<Leadership>),
    /// Somebody who waited has gone: look for closed waiters.
    Withdraw,
    /// This process wants to give its term up.
    Resign,
    /// The work of a term is over; answers whether the store knows that the lease was given up.
    WorkEnded(FencingToken, Option<oneshot::Sender<bool>>),
    /// The election ends for this process; answers when it has.
    Shutdown(Option<oneshot::Sender<()>>),
}

/// What a driver is made of.
pub(crate) struct Parts {
    pub(crate) election: Arc<str>,
    pub(crate) backend: Arc<dyn Backend>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) host: Arc<dyn Host>,
    pub(crate) protocol: Protocol,
    pub(crate) me: Leader,
    pub(crate) on_overrun: OnOverrun,
    pub(crate) status: watch::Sender<Status>,
    pub(crate) changes: ChangeLog,
    pub(crate) failure: Arc<std::sync::OnceLock<Error>>,
    /// For the guards that the driver hands out; weak, so that a driver nobody can reach any more ends.
    pub(crate) sender: mpsc::WeakUnboundedSender<Command>,
    pub(crate) commands: mpsc::UnboundedReceiver<Command>,
    pub(crate) shutdown: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

pub(crate) struct Driver {
    parts: Parts,
    meters: Meters,
    calls: Calls,
    watching: Watching,
    waiters: VecDeque<oneshot::Sender<Leadership>>,
    term: Option<Arc<TermState>>,
    ended: Option<Ended>,
    /// Who waits for the release of the current lease.
    releases: Vec<oneshot::Sender<bool>>,
    /// Whether the store confirmed the latest release.
    settled: Option<bool>,
    shutdowns: Vec<oneshot::Sender<()>>,
    leader: Option<Leader>,
    orphaned: bool,
    /// What follows from an effect, told to the protocol once all effects of a step are carried out.
    following: VecDeque<Event>,
}

impl Driver {
    pub(crate) fn new(parts: Parts) -> Self {
        let guarantees = parts.backend.guarantees();
        let meters = Meters::new(&parts.election, guarantees.backend);
        meters.started();
        Self {
            meters: meters.clone(),
            calls: Calls::new(Arc::clone(&parts.backend), Arc::clone(&parts.clock), meters.clone()),
            watching: Watching::new(Arc::clone(&parts.backend), Arc::clone(&parts.clock), meters),
            parts,
            waiters: VecDeque::new(),
            term: None,
            ended: None,
            releases: Vec::new(),
            settled: None,
            shutdowns: Vec::new(),
            leader: None,
            orphaned: false,
            following: VecDeque::new(),
        }
    }

    pub(crate) async fn run(mut self) {
        while self.parts.protocol.phase() != Phase::Stopped {
            let event = self.next_event().await;
            self.step(event);
        }
        self.finish();
    }

    async fn next_event(&mut self) -> Event {
        loop {
            let wakeup = self.parts.protocol.wakeup();
            let clock = &self.parts.clock;
            let timer = async move {
                match wakeup {
                    Some(at) => clock.sleep_until(at).await,
                    None => pending().await,
                }
            };
            let shutdown = async {
                match &mut self.parts.shutdown {
                    Some(signal) => signal.await,
                    None => pending().await,
                }
            };
            tokio::select! {
                biased;
                () = timer => return Event::Tick,
                command = self.parts.commands.recv(), if !self.orphaned => {
                    if let Some(event) = self.command(command) {
                        return event;
                    }
                }
                () = shutdown => {
                    self.parts.shutdown = None;
                    return Event::Shutdown;
                }
                event = self.calls.next() => return event,
                event = self.watching.next() => return event,
            }
        }
    }

    fn command(&mut self, command: Option<Command>) -> Option<Event> {
        match command {
            Some(Command::Contend(waiter)) => {
                self.waiters.push_back(waiter);
                Some(Event::Contend)
            }
            Some(Command::Withdraw) => {
                self.waiters.retain(|waiter| !waiter.is_closed());
                self.waiters.is_empty().then_some(Event::Withdraw)
            }
            Some(Command::Resign) => Some(Event::Resign),
            Some(Command::WorkEnded(token, reply)) => {
                let current = self.term.as_ref().is_some_and(|term| term.token() == token);
                if current {
                    self.releases.extend(reply);
                    return Some(Event::WorkEnded);
                }
                if let Some(reply) = reply {
                    let _ = reply.send(false);
                }
                None
            }
            Some(Command::Shutdown(reply)) => {
                self.shutdowns.extend(reply);
                Some(Event::Shutdown)
            }
            None => {
                // Nobody is left who could wait, lead or work.
                self.orphaned = true;
                Some(Event::Shutdown)
            }
        }
    }

    fn step(&mut self, event: Event) {
        if let Some(alive_at) = self.term.as_ref().map(|term| term.alive_at()) {
            self.apply(Event::Alive(alive_at));
        }
        self.apply(event);
        while let Some(event) = self.following.pop_front() {
            self.apply(event);
        }
        self.publish();
    }

    fn apply(&mut self, event: Event) {
        // Read before anything is sent: a lease counts from here.
        let now = self.parts.clock.now();
        let chance = Chance::new(self.parts.host.chance());
        let overdue = self.parts.protocol.is_overdue(now);
        for effect in self.parts.protocol.step(now, chance, event) {
            self.carry_out(effect, overdue);
        }
    }

    fn finish(&mut self) {
        info!(election = %self.parts.election, "stopped");
        self.parts.changes.record(ChangeKind::Stopped);
        for reply in self.shutdowns.drain(..) {
            let _ = reply.send(());
        }
    }
}

impl Drop for Driver {
    /// Fails closed when the runtime goes away or the driver panics: nobody may believe a term nobody renews.
    fn drop(&mut self) {
        if let Some(term) = &self.term {
            term.end(Ended::Shutdown);
            // Nobody is left who could force the work later.
            term.force();
            self.meters.ended();
        }
        if self.parts.protocol.phase() != Phase::Stopped {
            let message = "the elector's task is gone: it panicked, or its runtime was shut down";
            let error = Error::new(ErrorKind::Stopped, "elector", "lead", message);
            let _ = self.parts.failure.set(error);
        }
        self.parts.status.send_replace(Status::Stopped);
    }
}

/// The result of an elector whose driver has ended.
pub(crate) fn ended_with(failure: &std::sync::OnceLock<Error>) -> Result<()> {
    failure.get().map_or(Ok(()), |error| Err(error.clone()))
}
