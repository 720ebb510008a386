//! The budget of time: one lease duration, everything else derived, every line checked.

mod error;

use std::fmt;
use std::time::Duration;

pub use error::{BudgetError, Violation};

use crate::flaw::{self, Flaw};

/// How many failed attempts to renew in a row a term survives at least.
pub const SPARE_ATTEMPTS: u32 = 2;

const DEFAULT_LEASE: Duration = Duration::from_secs(15);
const DEFAULT_CLOCK_RATE_PPM: u32 = 50_000;
const MILLION: u32 = 1_000_000;

/// The durations that make two leaders at once impossible, all derived from one: the lease duration.
///
/// With `L` the lease duration, `rho` the bound on the clock rate and `R = (1 + rho) / (1 - rho)`, everything counted
/// from just before the request to the store was sent:
///
/// ```text
/// hold = L / R
/// renew_deadline + stop_budget + pause_allowance <= hold
/// renew_interval + 2 * (attempt_timeout + backoff) + attempt_timeout <= renew_deadline
/// ```
///
/// The first line is Gray and Cheriton's rule for leases (SOSP 1989) with the clocks' rates bounded instead of their
/// offsets; the third keeps two failed attempts in a row from costing a term. A budget that breaks a line cannot be
/// made: the error names the line and its numbers.
///
/// ```
/// use std::time::Duration;
///
/// let budget = elector::Budget::new(Duration::from_secs(15))?;
/// assert_eq!(
///     budget.to_string(),
///     "stops after at most 13.5 s without the store; a rival may start after 15 s",
/// );
/// # Ok::<(), elector::BudgetError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    lease_duration: Duration,
    clock_rate_ppm: u32,
    renew_interval: Duration,
    renew_deadline: Duration,
    attempt_timeout: Duration,
    backoff: Duration,
    stop_budget: Duration,
    pause_allowance: Duration,
}

impl Budget {
    /// The budget of a lease duration, with everything else derived.
    ///
    /// # Errors
    ///
    /// When `lease_duration` is below a millisecond.
    pub fn new(lease_duration: Duration) -> Result<Self, BudgetError> {
        Self::builder(lease_duration).build()
    }

    /// A budget in which single durations differ from what would be derived.
    pub fn builder(lease_duration: Duration) -> BudgetBuilder {
        BudgetBuilder { lease_duration, ..BudgetBuilder::default() }
    }

    /// `L`: how long a lease lasts, as the record or the store holds it.
    pub fn lease_duration(&self) -> Duration {
        self.lease_duration
    }

    /// `rho` in millionths: by how much a clock may run too fast or too slow. 50,000 (5 %) unless set.
    pub fn clock_rate_ppm(&self) -> u32 {
        self.clock_rate_ppm
    }

    /// From one renewal to the next: `L / 3` unless set.
    ///
    /// The first one of a term, and the first after one that failed, come up to half of it earlier: elections that
    /// were won together are then not renewed together.
    pub fn renew_interval(&self) -> Duration {
        self.renew_interval
    }

    /// After how long without a renewal the work is told to stop: `2 L / 3` unless set.
    pub fn renew_deadline(&self) -> Duration {
        self.renew_deadline
    }

    /// How long one request to the store may take: `L / 10` unless set.
    pub fn attempt_timeout(&self) -> Duration {
        self.attempt_timeout
    }

    /// The longest wait between two attempts to renew: `L / 60` unless set.
    pub fn backoff(&self) -> Duration {
        self.backoff
    }

    /// How long the work has to stop by itself: `2 L / 15` unless set.
    pub fn stop_budget(&self) -> Duration {
        self.stop_budget
    }

    /// How long a process may be paused between a check and its effect without harm: what is left of the hold, unless
    /// set.
    pub fn pause_allowance(&self) -> Duration {
        self.pause_allowance
    }

    /// `L / R`: for how long a term may be valid after a renewal was sent.
    pub fn hold(&self) -> Duration {
        self.hold_of(self.lease_duration)
    }

    /// The hold of a lease of another duration, for a store that granted more than was asked for.
    pub(crate) fn hold_of(&self, lease_duration: Duration) -> Duration {
        if flaw::is_on(Flaw::HoldIsLease) {
            return lease_duration;
        }
        let slow = u128::from(MILLION - self.clock_rate_ppm);
        let fast = u128::from(MILLION + self.clock_rate_ppm);
        // Rounded down: a hold may be too short, never too long.
        let nanos = lease_duration.as_nanos() * slow / fast;
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }

    /// The lines of the budget with their numbers, one a line, for people.
    pub fn explain(&self) -> String {
        let Self { renew_deadline, stop_budget, pause_allowance, .. } = *self;
        let Self { renew_interval, attempt_timeout, backoff, .. } = *self;
        format!(
            "lease_duration {lease}, clock rates within {percent} %\n\
             hold {hold} = lease_duration / R\n\
             renew_deadline {deadline} + stop_budget {stop} + pause_allowance {pause} <= hold {hold}\n\
             renew_interval {interval} + {SPARE_ATTEMPTS} * (attempt_timeout {attempt} + backoff {backoff}) \
             + attempt_timeout {attempt} <= renew_deadline {deadline}\n\
             {self}",
            lease = Text(self.lease_duration),
            percent = f64::from(self.clock_rate_ppm) / 10_000.0,
            hold = Text(self.hold()),
            deadline = Text(renew_deadline),
            stop = Text(stop_budget),
            pause = Text(pause_allowance),
            interval = Text(renew_interval),
            attempt = Text(attempt_timeout),
            backoff = Text(backoff),
        )
    }
}

impl Default for Budget {
    /// The budget of a lease of 15 s.
    fn default() -> Self {
        BudgetBuilder { lease_duration: DEFAULT_LEASE, ..BudgetBuilder::default() }.derive()
    }
}

impl fmt::Display for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (hold, lease) = (Text(self.hold()), Text(self.lease_duration));
        write!(f, "stops after at most {hold} without the store; a rival may start after {lease}")
    }
}

/// Makes a [`Budget`]; what is not set is derived from the lease duration.
#[derive(Clone, Copy, Debug, Default)]
pub struct BudgetBuilder {
    lease_duration: Duration,
    clock_rate_ppm: Option<u32>,
    renew_interval: Option<Duration>,
    renew_deadline: Option<Duration>,
    attempt_timeout: Option<Duration>,
    backoff: Option<Duration>,
    stop_budget: Option<Duration>,
    pause_allowance: Option<Duration>,
}

impl BudgetBuilder {
    /// Sets the bound on the clock rate, in millionths.
    #[must_use]
    pub fn clock_rate_ppm(mut self, clock_rate_ppm: u32) -> Self {
        self.clock_rate_ppm = Some(clock_rate_ppm);
        self
    }

    /// Sets the time from one renewal to the next.
    #[must_use]
    pub fn renew_interval(mut self, renew_interval: Duration) -> Self {
        self.renew_interval = Some(renew_interval);
        self
    }

    /// Sets the time without a renewal after which the work is told to stop.
    #[must_use]
    pub fn renew_deadline(mut self, renew_deadline: Duration) -> Self {
        self.renew_deadline = Some(renew_deadline);
        self
    }

    /// Sets how long one request may take.
    #[must_use]
    pub fn attempt_timeout(mut self, attempt_timeout: Duration) -> Self {
        self.attempt_timeout = Some(attempt_timeout);
        self
    }

    /// Sets the longest wait between two attempts to renew.
    #[must_use]
    pub fn backoff(mut self, backoff: Duration) -> Self {
        self.backoff = Some(backoff);
        self
    }

    /// Sets how long the work has to stop by itself.
    #[must_use]
    pub fn stop_budget(mut self, stop_budget: Duration) -> Self {
        self.stop_budget = Some(stop_budget);
        self
    }

    /// Demands at least this allowance for pauses.
    #[must_use]
    pub fn pause_allowance(mut self, pause_allowance: Duration) -> Self {
        self.pause_allowance = Some(pause_allowance);
        self
    }

    /// Derives the rest and checks every line.
    ///
    /// # Errors
    ///
    /// When a line is broken; the error names every broken line with its numbers.
    pub fn build(self) -> Result<Budget, BudgetError> {
        let budget = self.derive();
        error::check(&budget)?;
        Ok(budget)
    }

    fn derive(self) -> Budget {
        let lease = self.lease_duration;
        let mut budget = Budget {
            lease_duration: lease,
            clock_rate_ppm: self.clock_rate_ppm.unwrap_or(DEFAULT_CLOCK_RATE_PPM).min(MILLION),
            renew_interval: self.renew_interval.unwrap_or(lease / 3),
            renew_deadline: self.renew_deadline.unwrap_or(lease.saturating_mul(2) / 3),
            attempt_timeout: self.attempt_timeout.unwrap_or(lease / 10),
            backoff: self.backoff.unwrap_or(lease / 60),
            stop_budget: self.stop_budget.unwrap_or(lease.saturating_mul(2) / 15),
            pause_allowance: Duration::ZERO,
        };
        let left =
            budget.hold().saturating_sub(budget.renew_deadline.saturating_add(budget.stop_budget));
        budget.pause_allowance = self.pause_allowance.unwrap_or(left);
        budget
    }
}

/// A duration for people: tenths of a second from one second on, milliseconds below, rounded down.
pub(crate) struct Text(pub(crate) Duration);

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = self.0.as_millis();
        let (seconds, tenths) = (millis / 1000, millis % 1000 / 100);
        match (seconds, tenths) {
            (0, _) if millis == 0 => write!(f, "{} µs", self.0.as_micros()),
            (0, _) => write!(f, "{millis} ms"),
            (_, 0) => write!(f, "{seconds} s"),
            _ => write!(f, "{seconds}.{tenths} s"),
        }
    }
}

#[cfg(test)]
mod tests;
