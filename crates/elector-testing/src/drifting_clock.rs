//! A clock that is not like the others.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use elector::clock::{Clock, Moment, Sleep};
use tokio::sync::watch;

/// A clock over another one, with a rate and an offset of its own, that can be suspended.
///
/// A clone is the same clock.
#[derive(Clone, Debug)]
pub struct DriftingClock {
    inner: Arc<dyn Clock>,
    line: Arc<Mutex<Line>>,
    bent: Arc<watch::Sender<()>>,
}

/// The straight line on which this clock runs: `own` at `inner`, and from there by `rate`.
#[derive(Clone, Copy, Debug)]
struct Line {
    inner: Moment,
    own: Moment,
    rate: f64,
}

impl Line {
    fn own(&self, inner: Moment) -> Moment {
        self.own + inner.since(self.inner).mul_f64(self.rate)
    }

    /// The first moment of the inner clock at which this clock reads `own` or later.
    fn inner(&self, own: Moment) -> Moment {
        // A nanosecond more, because both directions round down.
        self.inner + own.since(self.own).div_f64(self.rate) + Duration::from_nanos(1)
    }
}

impl DriftingClock {
    /// A clock that runs `rate` times as fast as `inner`, and is `ahead` of it now.
    ///
    /// # Panics
    ///
    /// When `rate` is not a positive number.
    pub fn new(inner: Arc<dyn Clock>, rate: f64, ahead: Duration) -> Self {
        assert!(rate.is_finite() && rate > 0.0, "a clock runs forward, not at the rate {rate}");
        let now = inner.now();
        let line = Line { inner: now, own: now + ahead, rate };
        Self { inner, line: Arc::new(Mutex::new(line)), bent: Arc::default() }
    }

    /// Changes the rate from now on.
    ///
    /// # Panics
    ///
    /// When `rate` is not a positive number.
    pub fn set_rate(&self, rate: f64) {
        assert!(rate.is_finite() && rate > 0.0, "a clock runs forward, not at the rate {rate}");
        self.bend(Duration::ZERO, rate);
    }

    /// Lets `duration` of this clock pass at once, as if the machine had been suspended: sleepers whose time has come
    /// wake.
    pub fn suspend(&self, duration: Duration) {
        self.bend(duration, self.line().rate);
    }

    fn line(&self) -> Line {
        *self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn bend(&self, jump: Duration, rate: f64) {
        let mut line = self.line.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.inner.now();
        *line = Line { inner: now, own: line.own(now) + jump, rate };
        drop(line);
        self.bent.send_replace(());
    }
}

impl Clock for DriftingClock {
    fn now(&self) -> Moment {
        self.line().own(self.inner.now())
    }

    fn sleep_until(&self, at: Moment) -> Sleep {
        let clock = self.clone();
        Box::pin(async move {
            let mut bent = clock.bent.subscribe();
            while clock.now() < at {
                let line = clock.line();
                tokio::select! {
                    () = clock.inner.sleep_until(line.inner(at)) => {}
                    _ = bent.changed() => {}
                }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use elector::clock::TokioClock;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn runs_at_its_rate_from_its_offset() {
        let inner = Arc::new(TokioClock::new());
        let clock = DriftingClock::new(Arc::<TokioClock>::clone(&inner), 1.5, 7 * SECOND);
        let (own, other) = (clock.now(), inner.now());
        assert_eq!(own, other + 7 * SECOND);
        tokio::time::sleep(4 * SECOND).await;
        assert_eq!(clock.now().since(own), 6 * SECOND);
        clock.set_rate(0.5);
        tokio::time::sleep(4 * SECOND).await;
        assert_eq!(clock.now().since(own), 8 * SECOND);
    }

    #[tokio::test(start_paused = true)]
    async fn sleeps_by_its_own_time() {
        let inner = Arc::new(TokioClock::new());
        let clock = DriftingClock::new(Arc::<TokioClock>::clone(&inner), 0.5, Duration::ZERO);
        let (own, other) = (clock.now(), inner.now());
        clock.sleep_until(own + 3 * SECOND).await;
        assert!(clock.now() >= own + 3 * SECOND);
        let slept = inner.now().since(other);
        assert!(slept >= 6 * SECOND && slept < 6 * SECOND + SECOND / 100, "{slept:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn suspend_wakes_who_is_due_and_nobody_else() {
        let inner = Arc::new(TokioClock::new());
        let clock = DriftingClock::new(Arc::<TokioClock>::clone(&inner), 1.0, Duration::ZERO);
        let start = inner.now();
        let due = tokio::spawn(clock.sleep_until(clock.now() + 100 * SECOND));
        let later = tokio::spawn(clock.sleep_until(clock.now() + 102 * SECOND));
        tokio::time::sleep(SECOND).await;
        clock.suspend(100 * SECOND);
        due.await.unwrap();
        assert!(inner.now().since(start) < 2 * SECOND);
        later.await.unwrap();
        assert!(inner.now().since(start) >= 2 * SECOND);
    }
}
