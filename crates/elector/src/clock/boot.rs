//! The clock that goes on while the machine sleeps.

use std::sync::Arc;

use super::alarm::Alarms;
use super::{Clock, Moment, Sleep};

/// The time since the machine was started, suspends included: `CLOCK_BOOTTIME` on Linux, read through libc.
///
/// On other Unix systems it is `CLOCK_MONOTONIC`, which on macOS goes on in sleep too. Timers are alarms on the same
/// clock (a `timerfd` on Linux), so that work is stopped at once when a suspended machine wakes.
#[derive(Clone, Debug, Default)]
pub struct BootClock {
    alarms: Arc<Alarms>,
}

impl BootClock {
    /// A clock whose alarms run on the runtime that sleeps on them.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Clock for BootClock {
    fn now(&self) -> Moment {
        read()
    }

    fn sleep_until(&self, at: Moment) -> Sleep {
        Alarms::sleep_until(&self.alarms, at)
    }
}

/// Reads the boot-time clock.
#[cfg(unix)]
pub(super) fn read() -> Moment {
    use std::time::Duration;

    use nix::time::{ClockId, clock_gettime};

    #[cfg(any(target_os = "linux", target_os = "android"))]
    const CLOCK: ClockId = ClockId::CLOCK_BOOTTIME;
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    const CLOCK: ClockId = ClockId::CLOCK_MONOTONIC;

    // A clock that cannot be read must look late, not early: everything that is valid until a moment has ended then.
    clock_gettime(CLOCK)
        .map_or(Moment::new(Duration::MAX), |time| Moment::new(Duration::from(time)))
}

#[cfg(not(unix))]
pub(super) fn read() -> Moment {
    use std::sync::OnceLock;
    use std::time::Instant;

    static ORIGIN: OnceLock<Instant> = OnceLock::new();
    #[allow(clippy::disallowed_methods)]
    let elapsed = ORIGIN.get_or_init(Instant::now).elapsed();
    Moment::new(elapsed)
}
