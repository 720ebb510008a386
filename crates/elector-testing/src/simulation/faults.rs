//! What goes wrong, drawn from the seed.

use std::sync::Arc;

use super::app::Order;
use super::cures::Cure;
use super::fact::{Damage, Fact};
use super::network::Link;
use super::seat::Temper;
use super::sim::{Sim, rate_within};
use super::store::Store;
use super::world::{MILLISECOND, SECOND};

/// A fault; durations are in nanoseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fault {
    Kill(usize),
    Freeze(usize, u64),
    FreezeAtCheck(usize, u64),
    /// The whole machine sleeps: the process stands still, its connections break.
    Suspend(usize, u64),
    HoldTimers(usize, u64),
    Cut(usize, u64),
    LoseRequests(usize, u64),
    LoseReplies(usize, u64),
    Slow(usize, u64),
    /// Slow answers, and then none.
    SlowThenCut(usize, u64),
    Lossy(usize, u64),
    StallWatch(usize, u64),
    UnrulyWatch(usize, u64),
    CloseWatch(usize),
    Outage(u64),
    RestartStore,
    Corrupt(u64),
    Touch(u64),
    Rate(usize),
    Order(usize, Order),
    Temper(usize, Temper, u64),
    RequestResignation,
    KillDriver(usize),
    RollingRestart,
    Damage(Damage),
    /// The clock of one machine runs at twice or half its rate.
    WildClock(usize, u64, i64),
}

impl Sim {
    /// Draws a fault.
    pub(crate) fn draw_fault(&self) -> Fault {
        let slots = self.setting.slots;
        let leader = self.leader();
        let mut dice = self.world.dice();
        // Leaders get most of it.
        let slot = match leader {
            Some(slot) if dice.permille(600) => slot,
            _ => dice.pick(slots),
        };
        let lease = self.setting.budget.lease_duration().as_nanos() as u64;
        let span = dice.between(lease / 20, 3 * lease);
        if self.setting.damaged && dice.permille(250) {
            return match dice.between(0, 8) {
                0 | 1 => Fault::Damage(Damage::Deleted),
                2 => Fault::Damage(Damage::Vacated),
                3 => Fault::Damage(Damage::Forged),
                4 => Fault::Damage(Damage::Wiped),
                5 | 6 => Fault::Damage(Damage::Restored),
                7 => Fault::WildClock(slot, span, 1_000_000),
                _ => Fault::WildClock(slot, span, -500_000),
            };
        }
        match dice.between(0, 39) {
            0..=3 => Fault::Kill(slot),
            4..=5 => Fault::Freeze(slot, span),
            6..=7 => Fault::FreezeAtCheck(slot, span),
            8 => Fault::Suspend(slot, span),
            9 => Fault::HoldTimers(slot, span / 2),
            10..=12 => Fault::Cut(slot, span),
            13..=14 => Fault::LoseRequests(slot, span),
            15..=16 => Fault::LoseReplies(slot, span),
            17..=18 => Fault::Slow(slot, span),
            19 => Fault::SlowThenCut(slot, span),
            20 => Fault::Lossy(slot, span),
            21 => Fault::StallWatch(slot, span),
            22 => Fault::UnrulyWatch(slot, span),
            23 => Fault::CloseWatch(slot),
            24 => Fault::Outage(span),
            25 => Fault::RestartStore,
            26 => Fault::Corrupt(span / 2),
            27 => Fault::Touch(span),
            28 => Fault::Rate(slot),
            29..=30 => Fault::Order(slot, Order::Resign),
            31 => Fault::Order(slot, Order::Shutdown),
            32 => Fault::Order(slot, Order::Drop),
            33 => Fault::Order(slot, Order::Withdraw(span)),
            34 => Fault::RequestResignation,
            35 => match dice.pick(4) {
                0 => Fault::Temper(slot, Temper::Returns, span),
                1 => Fault::Temper(slot, Temper::Panics, span),
                // Long enough for a gate to notice.
                _ => Fault::Temper(slot, Temper::Silent, span + lease),
            },
            // Long enough for a term to end meanwhile.
            36..=37 => Fault::Temper(slot, Temper::Ignores(span + lease), span + lease),
            38 => Fault::KillDriver(slot),
            _ => Fault::RollingRestart,
        }
    }

    /// Does it, and says what puts it right, and when.
    pub(crate) fn inflict(&mut self, fault: Fault) -> Vec<(u64, Cure)> {
        self.world.note(Fact::Fault(format!("{fault:?}")));
        let now = self.world.now();
        let soon = now + self.world.between(SECOND / 2, 40 * SECOND);
        let network = Arc::clone(&self.network);
        let link = |slot: usize, change: &dyn Fn(&mut Link), until: u64| {
            network.change(slot, |link| change(link));
            vec![(until, Cure::Link(slot))]
        };
        match fault {
            Fault::Kill(slot) => {
                self.kill(slot);
                vec![(soon, Cure::Restart(slot))]
            }
            Fault::Freeze(slot, span) => {
                self.freeze_slot(slot, span);
                vec![]
            }
            Fault::FreezeAtCheck(slot, span) => {
                if let Some(process) = &self.processes[slot] {
                    process.shared.freeze_at_check(Some(span));
                }
                vec![]
            }
            Fault::Suspend(slot, span) => {
                #[cfg(elector_flaws)]
                self.stand_still_if_wrong(slot, now + span);
                self.freeze_slot(slot, span);
                self.network.close_watches(slot);
                // A short while longer than the sleep: what was on its way is lost.
                link(slot, &|link| link.replies_lost = true, now + span + 100 * MILLISECOND)
            }
            Fault::HoldTimers(slot, span) => {
                self.machines[slot].hold_timers(now + span);
                if let Some(process) = &self.processes[slot] {
                    process.note(Fact::TimersHeld(now + span));
                    self.wake_all(process.who);
                }
                vec![]
            }
            Fault::Cut(slot, span) => {
                let cut = |link: &mut Link| (link.requests_lost, link.replies_lost) = (true, true);
                link(slot, &cut, now + span)
            }
            Fault::LoseRequests(slot, span) => {
                link(slot, &|link| link.requests_lost = true, now + span)
            }
            Fault::LoseReplies(slot, span) => {
                link(slot, &|link| link.replies_lost = true, now + span)
            }
            Fault::Slow(slot, span) => link(slot, &|link| link.slow = span / 3, now + span),
            Fault::SlowThenCut(slot, span) => {
                let slow = |link: &mut Link| link.slow_replies = 1400 * MILLISECOND;
                let mut cures = link(slot, &slow, now + span + 40 * SECOND);
                cures.push((now + span, Cure::CutNow(slot)));
                cures
            }
            Fault::Lossy(slot, span) => link(slot, &|link| link.loss = 300, now + span),
            Fault::StallWatch(slot, span) => {
                link(slot, &|link| link.watch_stalled = true, now + span)
            }
            Fault::UnrulyWatch(slot, span) => {
                link(slot, &|link| link.watch_unruly = true, now + span)
            }
            Fault::CloseWatch(slot) => {
                self.network.close_watches(slot);
                vec![]
            }
            Fault::Outage(span) => {
                self.store_is_up = false;
                self.store_denies = self.world.permille(500);
                vec![(now + span, Cure::StoreUp)]
            }
            Fault::RestartStore => {
                (self.store_is_up, self.store_denies) = (false, false);
                (0..self.setting.slots).for_each(|slot| self.network.close_watches(slot));
                vec![(now + 2 * SECOND, Cure::StoreUp)]
            }
            Fault::Corrupt(span) => {
                self.store.set_corrupt(true);
                self.publish();
                vec![(now + span, Cure::Readable)]
            }
            Fault::Touch(span) => {
                (1..20).map(|number| (now + number * span / 20, Cure::Touch)).collect()
            }
            Fault::Rate(slot) => {
                let rate = rate_within(&self.world, self.bound());
                self.bend(slot, rate);
                vec![]
            }
            Fault::Order(slot, order) => {
                if let Some(process) = &self.processes[slot] {
                    process.order(order);
                }
                vec![]
            }
            Fault::Temper(slot, temper, span) => {
                if let Some(process) = &self.processes[slot] {
                    process.shared.set_temper(temper);
                }
                vec![(now + span, Cure::Temper(slot))]
            }
            Fault::RequestResignation => {
                self.request_resignation();
                vec![]
            }
            Fault::KillDriver(slot) => {
                self.kill_driver(slot);
                vec![]
            }
            Fault::RollingRestart => {
                let step = self.world.between(SECOND / 2, 3 * SECOND);
                (0..self.setting.slots)
                    .map(|slot| (now + step * (slot as u64 + 1), Cure::Replace(slot)))
                    .collect()
            }
            Fault::Damage(damage) => {
                self.damage(damage);
                vec![]
            }
            Fault::WildClock(slot, span, ppm) => {
                self.world.note(Fact::Damaged(Damage::Clock));
                self.bend(slot, ppm);
                vec![(now + span, Cure::Rate(slot))]
            }
        }
    }

    pub(crate) fn bound(&self) -> i64 {
        i64::from(self.setting.budget.clock_rate_ppm())
    }

    fn freeze_slot(&mut self, slot: usize, span: u64) {
        if let Some(who) = self.processes[slot].as_ref().map(|process| process.who) {
            self.freeze(who, span);
        }
    }

    fn damage(&mut self, damage: Damage) {
        self.world.note(Fact::Damaged(damage));
        let backup: Store = self.backup.clone();
        self.store.damage(damage, &backup, self.setting.budget.lease_duration());
        if damage.forgets_tokens() {
            self.forget_fence();
        }
        self.publish();
    }
}
