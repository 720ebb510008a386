//! What the application of one simulated process works with.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use elector::clock::{Clock as _, Sleep};
use elector::store::SessionId;

use super::clock::MachineClock;
use super::fact::{Fact, Who};
use super::register::Register;
use super::world::{World, lock};

/// How the work behaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Temper {
    /// Works until it is told to stop, and stops soon.
    #[default]
    Steady,
    /// Ends by itself.
    Returns,
    Panics,
    /// Goes on for so many nanoseconds after it was told to stop.
    Ignores(u64),
    /// Works, and gives no sign of life.
    Silent,
}

/// The application's side of a process.
#[derive(Clone, Debug)]
pub(crate) struct Seat {
    pub(crate) world: Arc<World>,
    pub(crate) who: Who,
    pub(crate) session: SessionId,
    pub(crate) clock: MachineClock,
    pub(crate) register: Arc<Mutex<Register>>,
    pub(crate) shared: Arc<Shared>,
}

/// What the director of the run decides about an application.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    mood: Mutex<Mood>,
    /// The process was killed: nothing that happens to its remains is a fact.
    dead: AtomicBool,
    exited: AtomicBool,
}

#[derive(Debug, Default)]
struct Mood {
    temper: Temper,
    freeze_at_check: Option<u64>,
}

impl Shared {
    pub(crate) fn set_temper(&self, temper: Temper) {
        lock(&self.mood).temper = temper;
    }

    /// Freezes the process for so long right after its next successful check.
    pub(crate) fn freeze_at_check(&self, nanos: Option<u64>) {
        lock(&self.mood).freeze_at_check = nanos;
    }

    pub(crate) fn die(&self) {
        self.dead.store(true, Ordering::Relaxed);
    }

    pub(crate) fn exit(&self) {
        self.exited.store(true, Ordering::Relaxed);
    }

    pub(crate) fn has_exited(&self) -> bool {
        self.exited.load(Ordering::Relaxed)
    }
}

impl Seat {
    pub(crate) fn temper(&self) -> Temper {
        lock(&self.shared.mood).temper
    }

    pub(crate) fn take_freeze(&self) -> Option<u64> {
        lock(&self.shared.mood).freeze_at_check.take()
    }

    pub(crate) fn note(&self, fact: Fact) {
        if !self.shared.dead.load(Ordering::Relaxed) {
            self.world.note_of(self.who, self.clock.own(), fact);
        }
    }

    /// Sleeps on the process's own clock.
    pub(crate) fn sleep(&self, nanos: u64) -> Sleep {
        self.clock.sleep_until(self.clock.now() + Duration::from_nanos(nanos))
    }
}
