//! The wall clock: for seeds of fencing tokens and for what people read, never for a decision about leadership.

use std::time::{SystemTime, UNIX_EPOCH};

/// Milliseconds since 1970 by this machine's wall clock, or 0 before.
///
/// For a store that has no memory left of its earlier tokens and must start above them. No decision about leadership
/// follows from the wall clock anywhere.
pub fn unix_millis() -> u64 {
    unix_micros() / 1000
}

/// Microseconds since 1970 by this machine's wall clock, or 0 before.
///
/// For times that people read in a record. No decision about leadership follows from the wall clock anywhere.
#[allow(clippy::disallowed_methods)]
pub fn unix_micros() -> u64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since_epoch.as_micros()).unwrap_or(u64::MAX)
}
