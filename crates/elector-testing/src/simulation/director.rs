//! The course of a run: storms of faults, each followed by a calm in which everything must come right.

use std::collections::BTreeMap;

use super::app::Order;
use super::cures::Cure;
use super::fact::{Drill, Fact};
use super::faults::Fault;
use super::network::{Delivery, LATENCY, Link, NEWS};
use super::seat::Temper;
use super::sim::Sim;
use super::world::SECOND;

/// How long nothing at all happens in a calm.
const QUIET: u64 = 30 * SECOND;

/// How long those that are started again in a calm are given to see who leads.
const COMPANY: u64 = 10 * SECOND;

/// Lets a run take its course until `end`.
#[derive(Debug)]
pub(crate) struct Director {
    cures: BTreeMap<(u64, u64), Cure>,
    number: u64,
    faults: bool,
    end: u64,
    is_calm: bool,
    /// Who was left alone last.
    alone: usize,
}

impl Director {
    pub(crate) fn new(faults: bool, end: u64) -> Self {
        Self { cures: BTreeMap::new(), number: 0, faults, end, is_calm: false, alone: 0 }
    }

    pub(crate) fn direct(&mut self, sim: &mut Sim) {
        for slot in 0..sim.setting.slots {
            sim.start(slot);
        }
        while sim.world.now() < self.end && !sim.failed() {
            if self.faults {
                self.storm(sim);
            }
            self.calm(sim);
        }
        // The last calm and its drills are judged like the others: at what follows.
        sim.world.note(Fact::Stormy);
    }

    fn storm(&mut self, sim: &mut Sim) {
        self.is_calm = false;
        sim.world.note(Fact::Stormy);
        let until = sim.world.now() + sim.world.between(120 * SECOND, 420 * SECOND);
        let until = until.min(self.end);
        let mut next = sim.world.now();
        while sim.world.now() < until && !sim.failed() {
            if sim.world.now() >= next {
                let fault = sim.draw_fault();
                self.inflict(sim, fault);
                if sim.world.permille(100) {
                    sim.backup = sim.store.clone();
                }
                next = sim.world.now() + sim.world.between(2 * SECOND, 60 * SECOND);
            }
            self.pass(sim, next.min(until));
        }
    }

    fn inflict(&mut self, sim: &mut Sim, fault: Fault) {
        for (at, cure) in sim.inflict(fault) {
            self.plan(at, cure);
        }
    }

    fn plan(&mut self, at: u64, cure: Cure) {
        self.number += 1;
        self.cures.insert((at, self.number), cure);
    }

    /// Lets time pass until `until`, with the cures that fall due, and replaces processes that have ended.
    fn pass(&mut self, sim: &mut Sim, until: u64) {
        while sim.world.now() < until && !sim.failed() {
            let due = self.cures.keys().next().map(|(at, _)| *at);
            // Ended processes are looked for now and then.
            let look = sim.world.now() + SECOND;
            sim.run_until(due.unwrap_or(until).min(until).min(look));
            while let Some(first) = self.cures.first_entry()
                && first.key().0 <= sim.world.now()
            {
                let cure = first.remove();
                sim.cure(cure);
            }
            self.replace_ended(sim);
        }
    }

    fn replace_ended(&mut self, sim: &mut Sim) {
        for slot in 0..sim.setting.slots {
            let ended = |one: &super::process::Process| one.shared.has_exited() && !one.leaving;
            if let Some(process) = sim.processes[slot].as_mut().filter(|one| ended(one)) {
                process.leaving = true;
                let longest = if self.is_calm { SECOND } else { 20 * SECOND };
                let at = sim.world.now() + sim.world.between(SECOND / 2, longest);
                self.plan(at, Cure::Replace(slot));
            }
        }
    }

    /// Puts everything right.
    fn heal(&mut self, sim: &mut Sim) {
        let cures = std::mem::take(&mut self.cures);
        for cure in cures.into_values() {
            sim.cure(cure);
        }
        // What is still on its way after a good day's time is lost.
        let soon = sim.world.now() + LATENCY.max(NEWS);
        sim.world.lose_after(soon, Delivery::is_message);
        sim.store_is_up = true;
        for slot in 0..sim.setting.slots {
            sim.network.change(slot, |link| *link = Link::default());
            sim.machines[slot].hold_timers(0);
            match &sim.processes[slot] {
                Some(process) if process.shared.has_exited() => {
                    sim.kill(slot);
                    sim.start(slot);
                }
                Some(process) => {
                    let who = process.who;
                    process.shared.set_temper(Temper::Steady);
                    process.shared.freeze_at_check(None);
                    sim.thaw(who);
                    sim.wake_all(who);
                }
                None => sim.start(slot),
            }
            sim.catch_up(slot);
        }
        sim.world.note(Fact::Healed);
    }

    fn calm(&mut self, sim: &mut Sim) {
        self.is_calm = true;
        self.heal(sim);
        let settled = sim.world.now() + sim.settles_within();
        self.pass(sim, settled);
        sim.world.note(Fact::Calm);
        let until = sim.world.now() + QUIET;
        self.pass(sim, until);
        for _ in 0..2 {
            if sim.failed() || sim.world.now() >= self.end {
                return;
            }
            self.drill(sim);
        }
    }

    /// Takes the leader away, in one way or another, and gives the others the time they are allowed.
    fn drill(&mut self, sim: &mut Sim) {
        let Some(slot) = sim.leader() else { return };
        let Some(process) = &sim.processes[slot] else { return };
        if process.shared.has_exited() {
            return;
        }
        match sim.world.between(0, 4) {
            0 => {
                sim.world.note(Fact::Drill(Drill::HandOver));
                process.order(Order::Resign);
            }
            1 => {
                sim.world.note(Fact::Drill(Drill::HandOver));
                process.order(Order::Shutdown);
            }
            2 => {
                sim.world.note(Fact::Drill(Drill::HandOver));
                sim.request_resignation();
            }
            3 => return self.leave_alone(sim, slot),
            _ => {
                sim.world.note(Fact::Drill(Drill::Kill));
                sim.kill(slot);
                let now = sim.world.now();
                self.plan(now + 2 * SECOND, Cure::Restart(slot));
                if sim.world.permille(500) {
                    // A dead leader whose record somebody labels is as dead.
                    (1..10).for_each(|number| self.plan(now + number * 3 * SECOND, Cure::Touch));
                }
            }
        }
        let until = sim.world.now() + sim.settles_within();
        self.pass(sim, until);
    }

    /// Kills all but one that does not lead, each in its turn, and has it lead: one that is dead to the world would
    /// never be missed among others.
    fn leave_alone(&mut self, sim: &mut Sim, leader: usize) {
        let slots = sim.setting.slots;
        let turn = (1..=slots).map(|step| (self.alone + step) % slots);
        let Some(alone) = turn.into_iter().find(|slot| *slot != leader) else { return };
        let is_there = |one: &super::process::Process| !one.shared.has_exited();
        if !sim.processes[alone].as_ref().is_some_and(is_there) {
            return;
        }
        self.alone = alone;
        sim.world.note(Fact::Drill(Drill::Alone));
        let others = || (0..slots).filter(|slot| *slot != alone);
        others().for_each(|slot| sim.kill(slot));
        let until = sim.world.now() + sim.settles_within();
        self.pass(sim, until);
        sim.world.note(Fact::Drill(Drill::Company));
        others().for_each(|slot| sim.start(slot));
        let until = sim.world.now() + COMPANY;
        self.pass(sim, until);
    }
}
