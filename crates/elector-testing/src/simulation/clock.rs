//! The clock of one simulated machine.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use elector::clock::{Clock, Moment, Sleep};

use super::world::{World, lock};

const MILLION: i128 = 1_000_000;

/// A clock with a rate and an offset of its own. A clone is the same clock.
#[derive(Clone, Debug)]
pub(crate) struct MachineClock {
    world: Arc<World>,
    line: Arc<Mutex<Line>>,
}

/// `own` at `at`, and from there so many millionths faster than true time.
#[derive(Clone, Copy, Debug)]
struct Line {
    at: u64,
    own: u64,
    ppm: i64,
    /// No timer fires before this true moment.
    held_until: u64,
}

impl Line {
    fn own(&self, at: u64) -> u64 {
        let passed = i128::from(at.saturating_sub(self.at));
        self.own + (passed * (MILLION + i128::from(self.ppm)) / MILLION) as u64
    }

    /// The first true moment at which the clock shows `own` or later.
    fn at(&self, own: u64) -> u64 {
        let passed = i128::from(own.saturating_sub(self.own));
        let rate = MILLION + i128::from(self.ppm);
        let at = self.at + ((passed * MILLION + rate - 1) / rate) as u64;
        at.max(self.at)
    }
}

impl MachineClock {
    pub(crate) fn new(world: &Arc<World>, ppm: i64, ahead: u64) -> Self {
        let at = world.now();
        let line = Line { at, own: at + ahead, ppm, held_until: 0 };
        Self { world: Arc::clone(world), line: Arc::new(Mutex::new(line)) }
    }

    pub(crate) fn own(&self) -> u64 {
        lock(&self.line).own(self.world.now())
    }

    /// The first true moment at which this clock shows `own`, as it runs now.
    pub(crate) fn true_of(&self, own: u64) -> u64 {
        lock(&self.line).at(own)
    }

    /// Runs at another rate from now on. Whoever sleeps must be woken.
    pub(crate) fn bend(&self, ppm: i64) {
        let mut line = lock(&self.line);
        let at = self.world.now();
        *line = Line { at, own: line.own(at), ppm, held_until: line.held_until };
    }

    pub(crate) fn held_until(&self) -> u64 {
        lock(&self.line).held_until
    }

    /// Keeps every timer from firing before the true moment `until`; the clock goes on.
    pub(crate) fn hold_timers(&self, until: u64) {
        lock(&self.line).held_until = until;
    }
}

impl Clock for MachineClock {
    fn now(&self) -> Moment {
        Moment::from_nanos(self.own())
    }

    fn sleep_until(&self, at: Moment) -> Sleep {
        Box::pin(Sleeper { clock: self.clone(), own: at.as_nanos(), timer: None })
    }
}

struct Sleeper {
    clock: MachineClock,
    own: u64,
    timer: Option<(u64, u64)>,
}

impl Sleeper {
    fn unset(&mut self) {
        if let Some(timer) = self.timer.take() {
            self.clock.world.unset_timer(timer);
        }
    }
}

impl Future for Sleeper {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        self.unset();
        let line = *lock(&self.clock.line);
        let now = self.clock.world.now();
        let due = line.at(self.own).max(line.held_until);
        if line.own(now) >= self.own && now >= line.held_until {
            return Poll::Ready(());
        }
        let timer = self.clock.world.set_timer(due.max(now), context.waker().clone());
        self.timer = Some(timer);
        Poll::Pending
    }
}

impl Drop for Sleeper {
    fn drop(&mut self) {
        self.unset();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_and_its_inverse_agree() {
        for ppm in [-50_000, -1, 0, 600, 50_000, 1_000_000] {
            let line = Line { at: 1_000, own: 77_000, ppm, held_until: 0 };
            for own in [77_000, 77_001, 1_000_000_007, u64::from(u32::MAX)] {
                let at = line.at(own);
                assert!(line.own(at) >= own, "{ppm} {own}");
                assert!(at == 1_000 || line.own(at - 1) < own, "{ppm} {own}");
            }
        }
    }
}
