//! Stamps: readings of the clock that all processes of a host share.

use std::sync::LazyLock;
use std::time::Duration;

use elector::clock::{BootClock, Clock as _};

/// Nanoseconds on the host's boot-time clock: one clock for all processes of a host and a time namespace.
pub fn now() -> u64 {
    static CLOCK: LazyLock<BootClock> = LazyLock::new(BootClock::new);
    CLOCK.now().as_nanos()
}

/// A duration in nanoseconds, at most 584 years.
pub(crate) fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
