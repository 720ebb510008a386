//! One life of one simulated process: its elector, its application, and what can be seen of them.

use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Waker};

use elector::clock::Clock;
use elector::store::SessionId;
use elector::{Budget, Changes, Elector, Host, Runtime, Status, Term};
use futures_core::Stream as _;
use futures_core::future::BoxFuture;
use tokio::sync::{mpsc, watch};

use super::app::{Order, Style, app};
use super::clock::MachineClock;
use super::executor::{Owner, Queue};
use super::fact::{Fact, Kind, Who};
use super::network::Network;
use super::register::Register;
use super::seat::{Seat, Shared};
use super::store::{StoreKind, backend};
use super::world::World;

/// What a process is made of.
#[derive(Debug)]
pub(crate) struct Making<'a> {
    pub(crate) world: &'a Arc<World>,
    pub(crate) queue: &'a Arc<Queue>,
    pub(crate) network: &'a Arc<Network>,
    pub(crate) register: &'a Arc<Mutex<Register>>,
    pub(crate) clock: &'a MachineClock,
    pub(crate) kind: StoreKind,
    pub(crate) budget: Budget,
    pub(crate) style: Style,
    pub(crate) gate: bool,
    pub(crate) distrust_missing: bool,
    pub(crate) one_name: bool,
}

#[derive(Debug)]
pub(crate) struct Process {
    pub(crate) who: Who,
    pub(crate) clock: MachineClock,
    pub(crate) shared: Arc<Shared>,
    pub(crate) frozen: bool,
    /// It has ended, and its successor is planned.
    pub(crate) leaving: bool,
    world: Arc<World>,
    orders: mpsc::UnboundedSender<Order>,
    status: watch::Receiver<Status>,
    changes: Changes,
    term: Option<Term>,
    /// What was last written down of the term.
    stood: (u64, u64, u64),
}

/// The tasks and the chances of one process.
#[derive(Debug)]
struct SimulatedHost {
    world: Arc<World>,
    queue: Arc<Queue>,
    who: Who,
    session: SessionId,
}

impl Host for SimulatedHost {
    fn spawn(&self, task: BoxFuture<'static, ()>) {
        self.queue.spawn(Owner { who: self.who, is_driver: true }, task);
    }

    fn session(&self) -> SessionId {
        self.session
    }

    fn chance(&self) -> u32 {
        let mut dice = self.world.dice();
        // The ends of the scale more often than chance would have them.
        match dice.between(0, 19) {
            0 => 0,
            1 => u32::MAX,
            _ => dice.number() as u32,
        }
    }
}

impl Process {
    pub(crate) fn start(who: Who, making: &Making<'_>) -> elector::Result<Self> {
        let Making { world, queue, network, register, clock, .. } = *making;
        let (high, low) = (world.number(), world.number());
        let session = SessionId::from_u128(u128::from(high) << 64 | u128::from(low));
        let host =
            SimulatedHost { world: Arc::clone(world), queue: Arc::clone(queue), who, session };
        let time: Arc<dyn Clock> = Arc::new(clock.clone());
        let backend = backend(world, network, clock, who, making.kind);
        let name = if making.one_name { 0 } else { who.slot };
        let mut builder = Elector::builder(backend, format!("node-{name}"))
            .budget(making.budget)
            .distrust_missing(making.distrust_missing)
            .runtime(Runtime::hosted(Arc::new(host), time));
        if making.gate {
            builder = builder.liveness_gate(making.budget.renew_deadline());
        }
        let elector = builder.build()?;
        let shared: Arc<Shared> = Arc::default();
        let seat = Seat {
            world: Arc::clone(world),
            who,
            session,
            clock: clock.clone(),
            register: Arc::clone(register),
            shared: Arc::clone(&shared),
        };
        let (orders, inbox) = mpsc::unbounded_channel();
        let process = Self {
            who,
            clock: clock.clone(),
            shared,
            frozen: false,
            leaving: false,
            world: Arc::clone(world),
            orders,
            status: elector.status(),
            changes: elector.changes(),
            term: None,
            stood: (0, 0, 0),
        };
        process.note(Fact::Began { session, forces: making.style != Style::Guard });
        let application = Box::pin(app(seat, making.style, elector, inbox));
        queue.spawn(Owner { who, is_driver: false }, application);
        Ok(process)
    }

    pub(crate) fn note(&self, fact: Fact) {
        self.world.note_of(self.who, self.clock.own(), fact);
    }

    pub(crate) fn order(&self, order: Order) {
        // An application that has exited takes no more orders.
        let _ = self.orders.send(order);
    }

    /// The term that this process has now, by its own status.
    pub(crate) fn leads(&self) -> bool {
        matches!(&*self.status.borrow(), Status::Leading(term) if term.is_current())
    }

    /// Writes down what has changed since this was called last.
    pub(crate) fn look(&mut self) {
        let mut context = Context::from_waker(Waker::noop());
        while let std::task::Poll::Ready(Some(change)) =
            Pin::new(&mut self.changes).poll_next(&mut context)
        {
            let kind = Kind::of(&change.kind);
            self.note(Fact::Change { number: change.number, kind });
        }
        let latest = self.status.borrow().term().cloned();
        if let Some(latest) = latest
            && self.term.as_ref() != Some(&latest)
        {
            self.stand();
            self.term = Some(latest);
        }
        self.stand();
    }

    fn stand(&mut self) {
        let Some(term) = &self.term else { return };
        let until = term.valid_until().as_nanos();
        let ends = if until == 0 { 0 } else { self.clock.true_of(until) };
        let token = term.token().get();
        if self.stood != (token, until, ends) {
            self.stood = (token, until, ends);
            self.note(Fact::Stands { token, until, ends });
        }
    }
}
