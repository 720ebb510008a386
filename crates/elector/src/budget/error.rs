//! The lines a budget must hold, and how a broken one is told.

use std::fmt;
use std::time::Duration;

use super::{Budget, MILLION, SPARE_ATTEMPTS, Text};

/// The lines that a budget breaks, with their numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BudgetError {
    violations: Vec<Violation>,
}

/// One broken line.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Violation {
    /// The line, in the names of the budget's parts.
    pub line: &'static str,
    /// The same with the numbers.
    pub numbers: String,
}

impl BudgetError {
    /// The broken lines, at least one.
    pub fn violations(&self) -> &[Violation] {
        &self.violations
    }
}

impl fmt::Display for BudgetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the time budget cannot hold")?;
        for (n, violation) in self.violations.iter().enumerate() {
            let before = if n == 0 { ": " } else { "; " };
            write!(f, "{before}{} is broken ({})", violation.line, violation.numbers)?;
        }
        Ok(())
    }
}

impl std::error::Error for BudgetError {}

const SHORTEST_LEASE: Duration = Duration::from_millis(1);

pub(super) fn check(budget: &Budget) -> Result<(), BudgetError> {
    let Budget { renew_interval, renew_deadline, attempt_timeout, backoff, .. } = *budget;
    let Budget { stop_budget, pause_allowance, .. } = *budget;
    let mut violations = Vec::new();
    let mut require = |holds: bool, line, numbers: String| {
        if !holds {
            violations.push(Violation { line, numbers });
        }
    };

    let lease = budget.lease_duration;
    require(lease >= SHORTEST_LEASE, "lease_duration >= 1 ms", format!("{} < 1 ms", Text(lease)));
    require(
        budget.clock_rate_ppm < MILLION,
        "clock_rate_ppm < 1000000",
        format!("{} >= {MILLION}", budget.clock_rate_ppm),
    );
    if lease < SHORTEST_LEASE {
        // What else is broken follows from it.
        return Err(BudgetError { violations });
    }
    for (line, part) in [
        ("renew_interval > 0", renew_interval),
        ("attempt_timeout > 0", attempt_timeout),
        ("stop_budget > 0", stop_budget),
        ("pause_allowance > 0", pause_allowance),
    ] {
        require(!part.is_zero(), line, "0 s".to_owned());
    }

    let hold = budget.hold();
    let stop = renew_deadline.saturating_add(stop_budget).saturating_add(pause_allowance);
    require(
        stop <= hold,
        "renew_deadline + stop_budget + pause_allowance <= hold",
        format!(
            "{} + {} + {} = {} > {}",
            Text(renew_deadline),
            Text(stop_budget),
            Text(pause_allowance),
            Text(stop),
            Text(hold),
        ),
    );

    let spare = attempt_timeout.saturating_add(backoff).saturating_mul(SPARE_ATTEMPTS);
    let tries = renew_interval.saturating_add(spare).saturating_add(attempt_timeout);
    require(
        tries <= renew_deadline,
        "renew_interval + 2 * (attempt_timeout + backoff) + attempt_timeout <= renew_deadline",
        format!(
            "{interval} + {SPARE_ATTEMPTS} * ({attempt} + {backoff}) + {attempt} = {tries} > {deadline}",
            interval = Text(renew_interval),
            attempt = Text(attempt_timeout),
            backoff = Text(backoff),
            tries = Text(tries),
            deadline = Text(renew_deadline),
        ),
    );

    if violations.is_empty() { Ok(()) } else { Err(BudgetError { violations }) }
}
