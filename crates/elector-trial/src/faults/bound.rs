//! Within what time somebody leads again: one place, from which tests, benchmarks and docs take it.

use std::time::Duration;

use elector::Budget;

use super::{Fault, Reach};

/// Within what time after `fault` exactly one candidate leads again. The others are awake and have a processor, and the
/// store tells of a change at once.
///
/// ```text
/// next    = 2 * attempt_timeout + backoff                        a bid may fail once
/// expiry  = lease_duration / (1 - rho) + next                    on the slowest clock of a rival
/// kill    = next                                                 where the store proves a death, such as the local one
///         = expiry                                               elsewhere
/// resign  = 2 * attempt_timeout + next                           the request and the release are written
/// restart = resign                                               a renewal under way, and the release
/// deaf    = resign                                               the other followers hear of it
/// cut off = expiry                                               frozen, or nothing it says reaches the store
/// unheard = renew_interval + expiry                              one more renewal may arrive before it stops
/// outage  = attempt_timeout + renew_interval + expiry            after its end: a bid under way, and the longest back-off
/// touched = 0                                                    nothing may come of it
/// ```
///
/// A record that was deleted or written by others takes as long as a freeze: who saw the leader alive waits out its
/// lease. So do freezes with wrong clocks, as long as some clock is right.
///
/// It is what a candidate may take, not what it takes: each request is given its whole time-out.
pub fn bound(fault: Fault, budget: &Budget, proof_of_death: bool) -> Duration {
    let attempt = budget.attempt_timeout();
    let next = 2 * attempt + budget.backoff();
    let rho = f64::from(budget.clock_rate_ppm()) / 1e6;
    let expiry = budget.lease_duration().div_f64(1.0 - rho) + next;
    match fault {
        Fault::Kill if proof_of_death => next,
        Fault::Resign | Fault::Restart | Fault::DeafFollower => 2 * attempt + next,
        Fault::LostReplies | Fault::LateReplies => budget.renew_interval() + expiry,
        Fault::RecordTouched => Duration::ZERO,
        outage if outage.reach() == Reach::Everybody => attempt + budget.renew_interval() + expiry,
        _ => expiry,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The figures of docs/guarantees.md.
    #[test]
    fn the_published_bounds() {
        let budget = |lease| Budget::new(Duration::from_secs(lease)).unwrap();
        let of = |lease, fault| bound(fault, &budget(lease), true);
        assert_eq!(of(15, Fault::Kill), Duration::from_millis(3250));
        assert_eq!(of(15, Fault::Resign), Duration::from_millis(6250));
        assert_eq!(of(15, Fault::Freeze).as_millis(), 19_039);
        assert_eq!(of(1, Fault::Kill).as_millis(), 216);
        assert_eq!(of(1, Fault::Resign).as_millis(), 416);
        assert_eq!(of(1, Fault::Freeze).as_millis(), 1_269);
        let observed = |lease, fault| bound(fault, &budget(lease), false).as_millis();
        assert_eq!(observed(15, Fault::Kill), 19_039);
        assert_eq!(observed(15, Fault::Partition), 19_039);
        assert_eq!(observed(15, Fault::LostReplies), 24_039);
        assert_eq!(observed(15, Fault::StoreKilled), 25_539);
        assert_eq!(observed(2, Fault::Kill), 2_538);
        assert_eq!(observed(2, Fault::Resign), 833);
        assert_eq!(observed(2, Fault::LostReplies), 3_205);
        assert_eq!(observed(2, Fault::StoreKilled), 3_405);
    }
}
