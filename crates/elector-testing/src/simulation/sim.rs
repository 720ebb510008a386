//! One run: the processes, the network, the store, and the loop that lets time pass.

use std::sync::{Arc, Mutex};

use elector::store::Request;
use elector::{Budget, FencingToken};

use super::app::Style;
use super::clock::MachineClock;
use super::executor::{Executor, Owner, Ran};
use super::fact::{Fact, Who};
use super::network::{Delivery, Network};
use super::process::{Making, Process};
use super::register::Register;
use super::store::{Store, StoreKind, backend};
use super::world::{SECOND, World, lock};

/// How many candidates there are at most.
pub(crate) const SLOTS: usize = 5;

/// What is drawn for a run before it begins.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setting {
    pub(crate) slots: usize,
    pub(crate) kind: StoreKind,
    /// The longest of all budgets.
    pub(crate) budget: Budget,
    /// Each slot's own: a fleet may be on its way from one setting to another.
    pub(crate) budgets: [Budget; SLOTS],
    /// Whether work has to give signs of life.
    pub(crate) gate: bool,
    pub(crate) distrust_missing: bool,
    /// Whether all candidates have one name.
    pub(crate) one_name: bool,
    /// Whether things happen that no store promises to survive with one leader.
    pub(crate) damaged: bool,
}

#[derive(Debug)]
pub(crate) struct Sim {
    pub(crate) world: Arc<World>,
    pub(crate) setting: Setting,
    pub(crate) network: Arc<Network>,
    pub(crate) store: Store,
    pub(crate) store_clock: MachineClock,
    pub(crate) store_is_up: bool,
    /// A store that is not up answers, and denies everything.
    pub(crate) store_denies: bool,
    pub(crate) machines: Vec<MachineClock>,
    pub(crate) processes: Vec<Option<Process>>,
    pub(crate) register: Arc<Mutex<Register>>,
    /// An older state of the store, for a restore.
    pub(crate) backup: Store,
    executor: Executor,
    lives: u32,
}

impl Sim {
    pub(crate) fn new(world: Arc<World>, setting: Setting) -> Self {
        let ppm = i64::from(setting.budget.clock_rate_ppm());
        let machine = || {
            let rate = rate_within(&world, ppm);
            MachineClock::new(&world, rate, world.between(0, 1 << 50))
        };
        let machines: Vec<MachineClock> = (0..setting.slots).map(|_| machine()).collect();
        let store_clock = machine();
        let store = Store::new(setting.kind, store_clock.clone());
        Self {
            // One more for the operator.
            network: Network::new(&world, setting.slots + 1),
            backup: store.clone(),
            store,
            store_clock,
            store_is_up: true,
            store_denies: false,
            machines,
            processes: (0..setting.slots).map(|_| None).collect(),
            register: Arc::default(),
            executor: Executor::new(Arc::clone(&world)),
            lives: 0,
            setting,
            world,
        }
    }

    /// Starts a process in an empty slot.
    pub(crate) fn start(&mut self, slot: usize) {
        if self.processes[slot].is_some() {
            return;
        }
        self.lives += 1;
        let who = Who { slot: slot as u8, life: self.lives };
        let styles = [Style::Run, Style::Run, Style::Guard, Style::Callbacks];
        let style = styles[self.world.dice().pick(styles.len())];
        let making = Making {
            world: &self.world,
            queue: self.executor.queue(),
            network: &self.network,
            register: &self.register,
            clock: &self.machines[slot],
            kind: self.setting.kind,
            budget: self.setting.budgets[slot],
            style,
            gate: self.setting.gate,
            distrust_missing: self.setting.distrust_missing,
            one_name: self.setting.one_name,
        };
        match Process::start(who, &making) {
            Ok(process) => {
                let held_until = self.machines[slot].held_until();
                if held_until > self.world.now() {
                    process.note(Fact::TimersHeld(held_until));
                }
                self.processes[slot] = Some(process);
            }
            Err(error) => self.fail("start", format!("no elector could be built: {error}")),
        }
    }

    /// Ends a process at once: nothing of it runs any more, not even what it does on its way out.
    pub(crate) fn kill(&mut self, slot: usize) {
        let Some(process) = self.processes[slot].take() else { return };
        process.note(Fact::Killed);
        process.shared.die();
        self.executor.kill(|owner| owner.who == process.who);
        self.network.close_watches(slot);
    }

    /// Takes the elector's task away from a process that goes on.
    pub(crate) fn kill_driver(&mut self, slot: usize) {
        let Some(process) = &mut self.processes[slot] else { return };
        process.note(Fact::DriverGone);
        let who = process.who;
        self.executor.kill(|owner| owner == Owner { who, is_driver: true });
        process.look();
    }

    pub(crate) fn freeze(&mut self, who: Who, nanos: u64) {
        let Some(process) = self.living(who) else { return };
        if !process.frozen {
            process.frozen = true;
            process.note(Fact::Frozen);
        }
        self.world.deliver_at(self.world.now() + nanos, Delivery::Thaws(who));
    }

    pub(crate) fn thaw(&mut self, who: Who) {
        let Some(process) = self.living(who).filter(|process| process.frozen) else { return };
        process.frozen = false;
        process.note(Fact::Thawed);
        self.executor.thaw();
    }

    /// Gives a machine's clock another rate.
    pub(crate) fn bend(&mut self, slot: usize, ppm: i64) {
        self.machines[slot].bend(ppm);
        self.wake_to_another_time(slot);
    }

    /// Stops the clock of a machine that falls asleep, where that wrong rule is asked for.
    #[cfg(elector_flaws)]
    pub(crate) fn stand_still_if_wrong(&mut self, slot: usize, until: u64) {
        if !elector::flaw::Flaw::ClockStopsAsleep.is_set() {
            return;
        }
        self.machines[slot].stand_still(until);
        self.wake_to_another_time(slot);
    }

    /// Lets whoever sleeps by a machine's clock look at it anew.
    fn wake_to_another_time(&mut self, slot: usize) {
        if let Some(process) = &mut self.processes[slot] {
            self.executor.wake_all(process.who);
            process.look();
        }
    }

    pub(crate) fn wake_all(&self, who: Who) {
        self.executor.wake_all(who);
    }

    fn living(&mut self, who: Who) -> Option<&mut Process> {
        let process = self.processes.get_mut(usize::from(who.slot))?.as_mut();
        process.filter(|process| process.who == who)
    }

    /// The slot of the process that leads by its own word.
    pub(crate) fn leader(&self) -> Option<usize> {
        self.processes.iter().position(|one| one.as_ref().is_some_and(Process::leads))
    }

    /// Asks the leader of the present record to resign, as an operator does.
    pub(crate) fn request_resignation(&mut self) {
        let Some((_, token)) = self.store.holder() else { return };
        let Ok(token) = FencingToken::new(token) else { return };
        let who = Who { slot: self.setting.slots as u8, life: 0 };
        let (world, network) = (&self.world, &self.network);
        let backend = backend(world, network, &self.store_clock, who, self.setting.kind);
        let request = Request::resign(token, "operator");
        let task = async move {
            // Nobody repeats it: a request is a wish.
            let _ = backend.request(&request).await;
        };
        self.executor.queue().spawn(Owner { who, is_driver: false }, Box::pin(task));
    }

    /// How long it may take at most, once nothing goes wrong any more, until there is a leader.
    ///
    /// The lease of a leader that is dead, seen just then for the first time; before that a call that is not answered,
    /// the wait after it, and the answer to the next; a leader that stops and gives its term up; all of it by the
    /// slowest clock.
    pub(crate) fn settles_within(&self) -> u64 {
        let budget = &self.setting.budget;
        let lease = self.setting.kind.guarantees().granted(budget.lease_duration());
        let own =
            lease + budget.renew_interval() + 2 * budget.attempt_timeout() + budget.stop_budget();
        let slowest = u128::from(1_000_000 - budget.clock_rate_ppm());
        (own.as_nanos() * 1_000_000 / slowest) as u64 + 2 * SECOND
    }

    /// Ends every process.
    pub(crate) fn end(&mut self) {
        for slot in 0..self.setting.slots {
            if let Some(process) = self.processes[slot].take() {
                process.shared.die();
            }
        }
        self.executor.kill(|_| true);
    }

    pub(crate) fn failed(&self) -> bool {
        self.world.journal().violation().is_some()
    }

    pub(crate) fn fail(&self, rule: &'static str, message: String) {
        self.world.journal().fail(rule, message, self.world.now());
    }

    /// Lets time pass until `end`, or until a rule is broken.
    pub(crate) fn run_until(&mut self, end: u64) {
        loop {
            self.run_tasks();
            if self.failed() {
                return;
            }
            let (timer, delivery) = (self.world.next_timer(), self.world.next_delivery());
            let next = timer.into_iter().chain(delivery).min().unwrap_or(end);
            if next >= end {
                self.world.advance(end);
                return;
            }
            self.world.advance(next);
            if !self.world.ring()
                && let Some(delivery) = self.world.take_delivery()
            {
                self.deliver(delivery);
            }
        }
    }

    fn run_tasks(&mut self) {
        loop {
            let processes = &self.processes;
            let is_frozen = |who: Who| {
                let process = processes.get(usize::from(who.slot)).and_then(Option::as_ref);
                process.is_some_and(|process| process.who == who && process.frozen)
            };
            match self.executor.run_one(is_frozen) {
                Ran::Nothing => return,
                Ran::Task(owner) => self.look(owner.who),
                Ran::PanickedOnPurpose(owner) => {
                    if let Some(process) = self.living(owner.who) {
                        process.note(Fact::Returned("panicked"));
                        process.shared.exit();
                    }
                    self.look(owner.who);
                }
                Ran::Panicked(owner, message) => {
                    self.fail("panic", format!("{owner:?} panicked: {message}"));
                }
            }
        }
    }

    fn look(&mut self, who: Who) {
        if let Some(process) = self.living(who) {
            process.look();
        }
    }

    /// Forgets what the fence has seen, when the store has forgotten its tokens.
    pub(crate) fn forget_fence(&self) {
        lock(&self.register).forget();
    }
}

/// A rate within the bound, and often at its ends.
pub(crate) fn rate_within(world: &World, ppm: i64) -> i64 {
    match world.between(0, 5) {
        0 | 1 => ppm,
        2 | 3 => -ppm,
        _ => world.between(0, 2 * ppm.unsigned_abs()) as i64 - ppm,
    }
}
