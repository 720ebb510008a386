//! The network between the candidates and the store, which delays, loses and re-orders.

use std::sync::{Arc, Mutex};

use elector::Result;
use elector::store::{
    Acquire, Bid, Lease, Observation, Record, Release, Renew, Request, Seen, Stored, Version,
};
use elector::{Error, ErrorKind};
use tokio::sync::{mpsc, oneshot};

use super::fact::{Fact, Who};
use super::world::{MILLISECOND, SECOND, World, lock};

/// How long a message takes on a good day, at most.
pub(crate) const LATENCY: u64 = 25 * MILLISECOND;
/// How long news of a change takes on a good day, at most.
pub(crate) const NEWS: u64 = 50 * MILLISECOND;
/// How many requests in a thousand arrive twice, on a good day too.
const REPEATED: u64 = 2;
/// After how long an unruly watch has found out that it missed something.
const HEALS_AFTER: u64 = 5 * SECOND;

/// What a client asks of the store.
#[derive(Clone, Debug)]
pub(crate) enum Operation {
    Load,
    Store(Box<Record>, Version),
    Acquire(Box<Bid>),
    Renew(Box<Bid>, Lease),
    Release(Box<Release>),
    Request(Request),
}

/// What the store answers.
#[derive(Debug)]
pub(crate) enum Answer {
    Loaded(Box<Seen>),
    Stored(Stored),
    Acquired(Box<Acquire>),
    Renewed(Box<Renew>),
    Done,
}

/// What a watch shows.
#[derive(Clone, Debug)]
pub(crate) enum View {
    Seen(Seen),
    Observation(Observation),
}

pub(crate) type News = Result<View>;
type ReplyTo = oneshot::Sender<Result<Answer>>;

/// Something on its way.
#[derive(Debug)]
pub(crate) enum Delivery {
    /// A request reaches the store.
    Arrives { who: Who, operation: Operation, reply: ReplyTo },
    /// An answer reaches its caller.
    Answers { reply: ReplyTo, answer: Result<Answer> },
    /// A new watcher reaches the store.
    Watches(u64),
    /// News reach a watcher.
    Shows(u64, News),
    /// A watcher that missed something reads the state.
    Repeats(u64),
    /// A lease of a store with expiry of its own may have run out.
    Expires,
    /// A process goes on.
    Thaws(Who),
    /// A process stands still from now on, for so long.
    Freezes(Who, u64),
}

impl Delivery {
    /// Whether this is a message that a network can lose.
    pub(crate) fn is_message(&self) -> bool {
        matches!(self, Self::Arrives { .. } | Self::Answers { .. } | Self::Shows(..))
    }
}

/// What the way between one process and the store does.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Link {
    pub(crate) requests_lost: bool,
    pub(crate) replies_lost: bool,
    /// The longest that a message takes; 0 for a good day.
    pub(crate) slow: u64,
    /// The longest that an answer takes; 0 for a good day.
    pub(crate) slow_replies: u64,
    /// How many messages in a thousand are lost.
    pub(crate) loss: u64,
    /// The watch shows nothing.
    pub(crate) watch_stalled: bool,
    /// News of the watch are lost and overtake each other.
    pub(crate) watch_unruly: bool,
}

#[derive(Debug)]
struct Watcher {
    number: u64,
    who: Who,
    to: mpsc::UnboundedSender<News>,
    /// Changes were kept from it.
    missed: bool,
    /// When the last news arrive that are on their way.
    last: u64,
}

impl Watcher {
    /// When news that take until `at` arrive: a watch that is not unruly keeps the order of the changes.
    fn in_order(&mut self, at: u64, unruly: bool) -> u64 {
        let at = if unruly { at } else { at.max(self.last) };
        self.last = self.last.max(at);
        at
    }
}

#[derive(Debug, Default)]
struct State {
    links: Vec<Link>,
    watchers: Vec<Watcher>,
    number: u64,
}

#[derive(Debug)]
pub(crate) struct Network {
    world: Arc<World>,
    state: Mutex<State>,
}

pub(crate) fn no_answer(operation: &'static str) -> Error {
    let message = "the simulated network failed the call";
    Error::new(ErrorKind::Unavailable, "simulation", operation, message)
}

pub(crate) fn denied(operation: &'static str) -> Error {
    let message = "the simulated store denied the call";
    Error::new(ErrorKind::Denied, "simulation", operation, message)
}

impl Network {
    pub(crate) fn new(world: &Arc<World>, slots: usize) -> Arc<Self> {
        let state = State { links: vec![Link::default(); slots], ..State::default() };
        Arc::new(Self { world: Arc::clone(world), state: Mutex::new(state) })
    }

    fn link(&self, who: Who) -> Link {
        lock(&self.state).links[usize::from(who.slot)]
    }

    pub(crate) fn change(&self, slot: usize, change: impl FnOnce(&mut Link)) {
        change(&mut lock(&self.state).links[slot]);
    }

    fn latency(&self, slow: u64) -> u64 {
        match slow {
            0 => self.world.between(MILLISECOND / 2, LATENCY),
            slow => self.world.between(MILLISECOND, slow),
        }
    }

    /// Sends a request on its way.
    pub(crate) fn send(&self, who: Who, operation: Operation, reply: ReplyTo) {
        let (link, now) = (self.link(who), self.world.now());
        if link.requests_lost || self.world.permille(link.loss) {
            self.world.note(Fact::RequestLost);
            // Some networks say at once that there is no way.
            if self.world.permille(200) {
                let at = now + self.latency(0);
                let answer = Err(no_answer("send"));
                self.world.deliver_at(at, Delivery::Answers { reply, answer });
            }
            return;
        }
        if self.world.permille(REPEATED) || (link.loss > 0 && self.world.permille(link.loss)) {
            // Some part of the way sends it again; nobody waits for that answer.
            let operation = operation.clone();
            let at = now + self.latency(10 * SECOND);
            let reply = oneshot::channel().0;
            self.world.deliver_at(at, Delivery::Arrives { who, operation, reply });
            self.world.note(Fact::RequestRepeated);
        }
        let at = now + self.latency(link.slow);
        self.world.deliver_at(at, Delivery::Arrives { who, operation, reply });
    }

    /// Sends the answer to a request that was applied.
    pub(crate) fn answer(&self, who: Who, reply: ReplyTo, answer: Result<Answer>) {
        let link = self.link(who);
        if link.replies_lost || self.world.permille(link.loss) {
            self.world.note(Fact::ReplyLost);
            return;
        }
        let at = self.world.now() + self.latency(link.slow.max(link.slow_replies));
        self.world.deliver_at(at, Delivery::Answers { reply, answer });
    }

    /// Opens a watch.
    pub(crate) fn watch(&self, who: Who) -> mpsc::UnboundedReceiver<News> {
        let (to, news) = mpsc::unbounded_channel();
        let number = {
            let mut state = lock(&self.state);
            state.number += 1;
            let number = state.number;
            state.watchers.push(Watcher { number, who, to, missed: true, last: 0 });
            number
        };
        let at = self.world.now() + self.latency(0);
        self.world.deliver_at(at, Delivery::Watches(number));
        news
    }

    /// Tells every watcher of a change.
    pub(crate) fn publish(&self, view: &View) {
        let mut state = lock(&self.state);
        let state = &mut *state;
        let now = self.world.now();
        for watcher in &mut state.watchers {
            let link = state.links[usize::from(watcher.who.slot)];
            let cut = link.replies_lost || link.requests_lost || link.watch_stalled;
            if cut || (link.watch_unruly && self.world.permille(300)) {
                if link.watch_unruly && !watcher.missed {
                    let delivery = Delivery::Repeats(watcher.number);
                    self.world.deliver_at(now + HEALS_AFTER, delivery);
                }
                watcher.missed = true;
                continue;
            }
            let longest = if link.watch_unruly { 3 * SECOND } else { NEWS.max(link.slow) };
            let at = now + self.world.between(MILLISECOND / 2, longest);
            let at = watcher.in_order(at, link.watch_unruly);
            self.world.deliver_at(at, Delivery::Shows(watcher.number, Ok(view.clone())));
            if link.watch_unruly && !watcher.missed {
                // What is overtaken must not be the last word.
                watcher.missed = true;
                let delivery = Delivery::Repeats(watcher.number);
                self.world.deliver_at(now + HEALS_AFTER, delivery);
            }
        }
    }

    /// Shows the present state to a watcher that is new or has missed something, unless nothing gets through.
    pub(crate) fn repeat(&self, number: u64, view: &View) {
        let mut state = lock(&self.state);
        let state = &mut *state;
        let Some(watcher) = state.watchers.iter_mut().find(|one| one.number == number) else {
            return;
        };
        let link = state.links[usize::from(watcher.who.slot)];
        if link.replies_lost || link.requests_lost || link.watch_stalled {
            watcher.missed = true;
            return;
        }
        watcher.missed = false;
        let at = self.world.now() + self.world.between(MILLISECOND / 2, NEWS);
        let at = watcher.in_order(at, link.watch_unruly);
        self.world.deliver_at(at, Delivery::Shows(number, Ok(view.clone())));
    }

    /// Shows the present state to every watcher of `slot` that has missed something.
    pub(crate) fn catch_up(&self, slot: usize, view: &View) {
        let numbers: Vec<u64> = {
            let state = lock(&self.state);
            let of_slot = |one: &&Watcher| usize::from(one.who.slot) == slot && one.missed;
            state.watchers.iter().filter(of_slot).map(|one| one.number).collect()
        };
        for number in numbers {
            self.repeat(number, view);
        }
    }

    /// News have arrived.
    pub(crate) fn show(&self, number: u64, news: News) {
        let mut state = lock(&self.state);
        let Some(index) = state.watchers.iter().position(|one| one.number == number) else {
            return;
        };
        if state.watchers[index].to.send(news).is_err() {
            state.watchers.remove(index);
        }
    }

    /// Ends the watches of `slot`.
    pub(crate) fn close_watches(&self, slot: usize) {
        lock(&self.state).watchers.retain(|one| usize::from(one.who.slot) != slot);
    }
}
