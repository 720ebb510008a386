//! The only place that reads a clock.

mod alarm;
mod boot;
mod virtual_time;
mod wall;

use std::fmt;
use std::future::Future;
use std::ops::Add;
use std::pin::Pin;
use std::time::Duration;

pub use boot::BootClock;
pub use virtual_time::TokioClock;
pub use wall::{unix_micros, unix_millis};

/// A future in a box, as [`Clock::sleep_until`] returns it.
pub type Sleep = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A reading of a [`Clock`]: the time since an unknown instant in the past, the same for one clock.
///
/// Moments of two machines cannot be compared. Moments of [`BootClock`] can be compared between processes of one
/// host, as long as they share a time namespace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(Duration);

impl Moment {
    /// The moment `elapsed` after the clock's origin.
    pub const fn new(elapsed: Duration) -> Self {
        Self(elapsed)
    }

    /// The moment `nanos` nanoseconds after the clock's origin.
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(Duration::from_nanos(nanos))
    }

    /// Nanoseconds since the clock's origin, at most `u64::MAX` (584 years).
    pub fn as_nanos(self) -> u64 {
        u64::try_from(self.0.as_nanos()).unwrap_or(u64::MAX)
    }

    /// How long after `earlier` this is; zero if it is not later.
    pub fn since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }

    /// This moment less `duration`, at least the clock's origin.
    #[must_use]
    pub fn back(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(duration))
    }
}

impl Add<Duration> for Moment {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(duration))
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.6}s", self.0.as_secs_f64())
    }
}

/// A clock that validity is measured with.
///
/// The library brings [`BootClock`]; a simulator brings its own, with a rate per node and suspends.
pub trait Clock: fmt::Debug + Send + Sync + 'static {
    /// The time now. It must go on while the machine is suspended, must never go back, and must be cheap:
    /// [`Term::is_current`](crate::Term::is_current) calls it.
    fn now(&self) -> Moment;

    /// Completes at `at` or soon after, also when the machine was suspended meanwhile.
    ///
    /// Called on the elector's runtime. Dropping the future cancels the timer.
    fn sleep_until(&self, at: Moment) -> Sleep;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_shown_in_seconds() {
        assert_eq!(Moment::new(Duration::from_millis(1_500)).to_string(), "1.500000s");
    }
}
