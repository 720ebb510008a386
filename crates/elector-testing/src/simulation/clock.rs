//! The clock of one simulated machine.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use elector::clock::{Clock, Moment, Sleep};

use super::world::{World, lock};

/// What it takes to read a clock; two, so that the slowest one has moved too.
const READING: u64 = 2;

/// What a step takes at most, with all that it reads.
pub(crate) const STEP: u64 = 1_000;

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

    /// Stands still until the true moment `until`, as a wrong clock does while its machine sleeps. Whoever sleeps must
    /// be woken.
    #[cfg(elector_flaws)]
    pub(crate) fn stand_still(&self, until: u64) {
        let mut line = lock(&self.line);
        *line = Line { at: until, own: line.own(self.world.now()), ..*line };
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
    /// A reading takes time, so that what was read before something else differs from what was read after it.
    fn now(&self) -> Moment {
        self.world.advance(self.world.now() + READING);
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
    use super::super::journal::Journal;
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

    #[test]
    fn whoever_reads_later_reads_more() {
        let world = World::new(1, Journal::new(Vec::new(), 0));
        for ppm in [-500_000, -50_000, 0, 1_000_000] {
            let clock = MachineClock::new(&world, ppm, 7);
            let first = clock.now();
            assert!(clock.now() > first && clock.own() == clock.own(), "{ppm}");
        }
    }
}
