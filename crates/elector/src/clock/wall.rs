//! The wall clock: for seeds of fencing tokens, never for a decision about leadership.

use std::time::{SystemTime, UNIX_EPOCH};

/// Milliseconds since 1970 by this machine's wall clock, or 0 before.
///
/// For a store that has no memory left of its earlier tokens and must start above them. The wall clock decides
/// nothing else anywhere.
#[allow(clippy::disallowed_methods)]
pub fn unix_millis() -> u64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX)
}
