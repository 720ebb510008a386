//! What the handles of a term share with the elector's thread.

use std::sync::Arc;

use crate::clock::{Clock, Moment};
use crate::protocol::Ended;
use crate::sync::{AtomicU64, Ordering, watch};
use crate::token::FencingToken;

/// What the elector's thread tells the work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Signal {
    Work,
    Stop(Ended),
    Force(Ended),
}

/// What a term's handles share. Only the driver writes it, apart from `alive_at`.
pub(crate) struct TermState {
    token: FencingToken,
    clock: Arc<dyn Clock>,
    /// Nanoseconds on the clock; 0 once the term is over.
    valid_until: AtomicU64,
    /// When the work last said that it is alive.
    alive_at: AtomicU64,
    signal: watch::Sender<Signal>,
}

impl TermState {
    pub(crate) fn new(token: FencingToken, clock: Arc<dyn Clock>, valid_until: Moment) -> Self {
        let now = clock.now().as_nanos();
        Self {
            token,
            clock,
            valid_until: AtomicU64::new(valid_until.as_nanos()),
            alive_at: AtomicU64::new(now),
            signal: watch::Sender::new(Signal::Work),
        }
    }

    /// The time on the clock that the term is measured with.
    pub(super) fn now(&self) -> Moment {
        self.clock.now()
    }

    pub(super) fn valid_until(&self) -> Moment {
        Moment::from_nanos(self.valid_until.load(Ordering::Acquire))
    }

    /// Notes a sign of life of the work.
    pub(super) fn alive(&self) {
        self.alive_at.fetch_max(self.now().as_nanos(), Ordering::AcqRel);
    }

    pub(super) fn signal(&self) -> watch::Receiver<Signal> {
        self.signal.subscribe()
    }

    pub(super) fn reason(&self) -> Option<Ended> {
        match &*self.signal.borrow() {
            Signal::Work => None,
            Signal::Stop(why) | Signal::Force(why) => Some(why.clone()),
        }
    }

    pub(crate) fn token(&self) -> FencingToken {
        self.token
    }

    pub(crate) fn alive_at(&self) -> Moment {
        Moment::from_nanos(self.alive_at.load(Ordering::Acquire))
    }

    pub(crate) fn extend(&self, valid_until: Moment) {
        self.valid_until.store(valid_until.as_nanos(), Ordering::Release);
    }

    /// Tells the work to stop. A term that was lost is over before anybody hears of it.
    pub(crate) fn stop(&self, why: Ended) {
        if matches!(why, Ended::Lost(_)) {
            self.valid_until.store(0, Ordering::Release);
        }
        self.signal.send_replace(Signal::Stop(why));
    }

    pub(crate) fn force(&self) {
        self.signal.send_modify(|signal| {
            if let Signal::Stop(why) = signal {
                *signal = Signal::Force(why.clone());
            }
        });
    }

    /// The term is over: no check succeeds from here on.
    pub(crate) fn end(&self, why: Ended) {
        self.valid_until.store(0, Ordering::Release);
        self.signal.send_modify(|signal| {
            if *signal == Signal::Work {
                *signal = Signal::Stop(why);
            }
        });
    }
}
