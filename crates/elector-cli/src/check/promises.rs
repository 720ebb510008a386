//! What a store promises, in words.

use std::time::Duration;

use elector::store::{Consistency, Expiry, Guarantees};

/// The promises, one a line, for a lease of `asked`.
pub(super) fn in_words(guarantees: &Guarantees, asked: Duration) -> String {
    let mut lines = vec![match guarantees.expiry {
        Expiry::Server => "a lease runs out by the store's own clock".to_owned(),
        Expiry::Observed => "a lease runs out for each rival by its own clock, counted from the \
                             latest sign of life it saw"
            .to_owned(),
        _ => "how a lease runs out is not known to this program".to_owned(),
    }];
    lines.push(match guarantees.consistency {
        Consistency::Linearizable => {
            "an acknowledged write is never lost: one leader at a time, and tokens that always rise"
                .to_owned()
        }
        _ => "WEAK: an acknowledged write can be lost; two leaders are possible then, and tokens \
              rise only along one history of the store"
            .to_owned(),
    });
    let most = guarantees.lease_max.map(|most| format!(", at most {most:?}")).unwrap_or_default();
    lines.push(format!(
        "leases are whole multiples of {:?}, at least {:?}{most}; this one is granted as {:?}",
        guarantees.lease_step,
        guarantees.lease_min,
        guarantees.granted(asked),
    ));
    lines.push(match (guarantees.push, guarantees.poll) {
        (true, None) => "followers are told of a change at once, and read nothing".to_owned(),
        (true, Some(poll)) => {
            format!("followers are told of a change at once, and read every {poll:?} besides")
        }
        (false, Some(poll)) => format!("followers hear of a change by reading every {poll:?}"),
        (false, None) => "followers hear of a change only when they bid".to_owned(),
    });
    lines.push(
        if guarantees.proof_of_death {
            "a leader whose process died is replaced at once"
        } else {
            "a leader whose process died is replaced when its lease has run out"
        }
        .to_owned(),
    );
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weak_store_is_called_weak() {
        let mut guarantees = Guarantees::new("test", Expiry::Server);
        guarantees.lease_step = Duration::from_secs(1);
        let strong = in_words(&guarantees, Duration::from_millis(2500));
        assert!(!strong.contains("WEAK"), "{strong}");
        assert!(strong.contains("granted as 3s"), "{strong}");
        guarantees.consistency = Consistency::MayLoseWrites;
        assert!(in_words(&guarantees, Duration::from_secs(1)).contains("WEAK"));
    }

    #[test]
    fn the_longest_lease_is_told_where_there_is_one() {
        let mut guarantees = Guarantees::new("test", Expiry::Observed);
        assert!(!in_words(&guarantees, Duration::from_secs(1)).contains("at most"));
        guarantees.lease_max = Some(Duration::from_secs(3600));
        assert!(
            in_words(&guarantees, Duration::from_secs(1)).contains("at least 1ms, at most 3600s;")
        );
    }
}
