//! Within what time somebody leads again: one place, from which tests, benchmarks and docs take it.

use std::time::Duration;

use elector::Budget;

use super::Fault;

/// Within what time after `fault` exactly one candidate leads again, on a store that proves a death and tells of a
/// change at once, such as the local one. Candidates are awake and have a processor.
///
/// ```text
/// next    = 2 * attempt_timeout + backoff                        a bid may fail once
/// kill    = next                                                 the death is proven
/// resign  = 2 * attempt_timeout + next                           the request and the release are written
/// restart = resign                                               a renewal under way, and the release
/// freeze  = lease_duration / (1 - rho) + next                    on the slowest clock of a rival
/// ```
///
/// A wipe takes as long as a freeze: who saw the leader alive waits out its lease. So do freezes with wrong clocks, as
/// long as some clock is right.
///
///
/// It is what a candidate may take, not what it takes: each request is given its whole time-out.
pub fn bound(fault: Fault, budget: &Budget) -> Duration {
    let attempt = budget.attempt_timeout();
    let next = 2 * attempt + budget.backoff();
    match fault {
        Fault::Kill => next,
        Fault::Resign | Fault::Restart => 2 * attempt + next,
        Fault::Freeze | Fault::Wipe | Fault::SlowClock | Fault::FastClock => {
            let rho = f64::from(budget.clock_rate_ppm()) / 1e6;
            budget.lease_duration().div_f64(1.0 - rho) + next
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The figures of docs/guarantees.md.
    #[test]
    fn the_published_bounds() {
        let of = |lease, fault| bound(fault, &Budget::new(Duration::from_secs(lease)).unwrap());
        assert_eq!(of(15, Fault::Kill), Duration::from_millis(3250));
        assert_eq!(of(15, Fault::Resign), Duration::from_millis(6250));
        assert_eq!(of(15, Fault::Freeze).as_millis(), 19_039);
        assert_eq!(of(1, Fault::Kill).as_millis(), 216);
        assert_eq!(of(1, Fault::Resign).as_millis(), 416);
        assert_eq!(of(1, Fault::Freeze).as_millis(), 1_269);
    }
}
