//! Tokio's clock, which tests can pause.

use std::sync::OnceLock;
use std::time::Duration;

use tokio::time::Instant;

use super::{Clock, Moment, Sleep};

/// The clock of the tokio runtime it is used on: real time there, virtual time in a paused runtime.
///
/// For tests and simulators. It stops while a machine is suspended (it is `CLOCK_MONOTONIC`), so it must not
/// decide about real leases.
#[derive(Clone, Debug, Default)]
pub struct TokioClock {
    origin: OnceLock<Instant>,
}

impl TokioClock {
    /// A clock that starts an hour after its origin, so that a test can look back.
    pub fn new() -> Self {
        Self::default()
    }

    fn origin(&self) -> Instant {
        #[allow(clippy::disallowed_methods)]
        *self.origin.get_or_init(Instant::now)
    }
}

const START: Duration = Duration::from_secs(3600);

impl Clock for TokioClock {
    fn now(&self) -> Moment {
        let origin = self.origin();
        #[allow(clippy::disallowed_methods)]
        let elapsed = Instant::now().saturating_duration_since(origin);
        Moment::new(START + elapsed)
    }

    fn sleep_until(&self, at: Moment) -> Sleep {
        let instant = self.origin() + at.since(Moment::new(START));
        Box::pin(tokio::time::sleep_until(instant))
    }
}
