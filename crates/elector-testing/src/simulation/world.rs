//! What everything in a run shares: true time, timers, chance, what is on its way, and the journal.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use super::dice::Dice;
use super::fact::{Entry, Fact, Who};
use super::journal::Journal;
use super::network::Delivery;

pub(crate) const MILLISECOND: u64 = 1_000_000;
pub(crate) const SECOND: u64 = 1_000 * MILLISECOND;

/// One thread runs a world; the locks are for the types' sake and never waited for.
#[derive(Debug)]
pub(crate) struct World {
    now: AtomicU64,
    dice: Mutex<Dice>,
    timers: Mutex<Timers>,
    agenda: Mutex<Agenda>,
    journal: Mutex<Journal>,
}

#[derive(Debug, Default)]
struct Timers {
    number: u64,
    wakers: BTreeMap<(u64, u64), Waker>,
}

#[derive(Debug, Default)]
struct Agenda {
    number: u64,
    deliveries: BinaryHeap<Reverse<Due>>,
}

#[derive(Debug)]
struct Due {
    at: u64,
    number: u64,
    delivery: Delivery,
}

impl PartialEq for Due {
    fn eq(&self, other: &Self) -> bool {
        (self.at, self.number) == (other.at, other.number)
    }
}

impl Eq for Due {}

impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Due {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.number).cmp(&(other.at, other.number))
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl World {
    pub(crate) fn new(seed: u64, journal: Journal) -> Arc<Self> {
        Arc::new(Self {
            // An hour after the origin, so that nothing is ever before it.
            now: AtomicU64::new(3600 * SECOND),
            dice: Mutex::new(Dice::new(seed)),
            timers: Mutex::default(),
            agenda: Mutex::default(),
            journal: Mutex::new(journal),
        })
    }

    pub(crate) fn now(&self) -> u64 {
        self.now.load(Ordering::Relaxed)
    }

    pub(crate) fn advance(&self, to: u64) {
        self.now.store(to.max(self.now()), Ordering::Relaxed);
    }

    pub(crate) fn dice(&self) -> MutexGuard<'_, Dice> {
        lock(&self.dice)
    }

    pub(crate) fn number(&self) -> u64 {
        self.dice().number()
    }

    pub(crate) fn between(&self, least: u64, most: u64) -> u64 {
        self.dice().between(least, most)
    }

    pub(crate) fn permille(&self, share: u64) -> bool {
        self.dice().permille(share)
    }

    pub(crate) fn journal(&self) -> MutexGuard<'_, Journal> {
        lock(&self.journal)
    }

    /// Writes a fact about nobody in particular.
    pub(crate) fn note(&self, fact: Fact) {
        let entry = Entry { at: self.now(), own: 0, who: None, fact };
        self.journal().write(entry);
    }

    /// Writes a fact about one process, whose clock shows `own`.
    pub(crate) fn note_of(&self, who: Who, own: u64, fact: Fact) {
        let entry = Entry { at: self.now(), own, who: Some(who), fact };
        self.journal().write(entry);
    }

    /// Has `waker` woken at `at`; the number takes it back.
    pub(crate) fn set_timer(&self, at: u64, waker: Waker) -> (u64, u64) {
        let mut timers = lock(&self.timers);
        timers.number += 1;
        let key = (at, timers.number);
        timers.wakers.insert(key, waker);
        key
    }

    pub(crate) fn unset_timer(&self, key: (u64, u64)) {
        lock(&self.timers).wakers.remove(&key);
    }

    pub(crate) fn next_timer(&self) -> Option<u64> {
        lock(&self.timers).wakers.keys().next().map(|(at, _)| *at)
    }

    /// Wakes whoever is due first, if that is now.
    pub(crate) fn ring(&self) -> bool {
        let now = self.now();
        let due = {
            let mut timers = lock(&self.timers);
            match timers.wakers.first_entry() {
                Some(first) if first.key().0 <= now => Some(first.remove()),
                _ => None,
            }
        };
        due.map(Waker::wake).is_some()
    }

    pub(crate) fn deliver_at(&self, at: u64, delivery: Delivery) {
        let mut agenda = lock(&self.agenda);
        agenda.number += 1;
        let number = agenda.number;
        agenda.deliveries.push(Reverse(Due { at, number, delivery }));
    }

    pub(crate) fn next_delivery(&self) -> Option<u64> {
        lock(&self.agenda).deliveries.peek().map(|due| due.0.at)
    }

    /// Takes what is due first, if that is now.
    pub(crate) fn take_delivery(&self) -> Option<Delivery> {
        let mut agenda = lock(&self.agenda);
        let due = agenda.deliveries.peek().is_some_and(|due| due.0.at <= self.now());
        if !due {
            return None;
        }
        agenda.deliveries.pop().map(|due| due.0.delivery)
    }

    /// Forgets whatever was to arrive later than `at`.
    pub(crate) fn lose_after(&self, at: u64, lost: impl Fn(&Delivery) -> bool) {
        lock(&self.agenda).deliveries.retain(|due| due.0.at <= at || !lost(&due.0.delivery));
    }
}
