//! Followers see every renewal of the other side, and never take over from a leader that renews.

use std::time::Duration;

use elector_tests::go::Programs;
use elector_tests::{Cluster, Fleet, Side, Timing};

const LEASES: u32 = 10;
/// A leader that got no processor for a lease is lost with right; one that is not seen to renew is lost each time.
const ATTEMPTS: u32 = 3;

/// Several renewals within each second: whoever compared whole seconds would take over.
const QUICK: Timing = Timing {
    lease: Duration::from_secs(1),
    renew_deadline: Duration::from_millis(700),
    retry_period: Duration::from_millis(200),
    request_timeout: None,
};

/// `leader` leads for ten leases while followers of the other side look on; what was wrong with it.
fn is_followed(leader: Side, timing: Timing) -> Result<(), String> {
    let (cluster, programs) = (Cluster::new(), Programs::get());
    let mut fleet = Fleet::new(&cluster, "steady", timing, super::interop());
    match leader {
        Side::Rust => fleet.start_rust(),
        Side::Go => fleet.start_go(programs.newest()),
    };
    let (first, before) = fleet.calm();
    let followers: Vec<_> = match leader {
        Side::Rust => programs.candidates.iter().map(|program| fleet.start_go(program)).collect(),
        Side::Go => (0..2).map(|_| fleet.start_rust()).collect(),
    };
    for _ in 0..LEASES {
        fleet.stage.listen(timing.lease).unwrap();
        let now = fleet.stage.leader().cloned();
        if now.as_ref().map(|leader| leader.token) != Some(first.token) {
            return Err(format!("{now:?} leads after {first:?}: {}", fleet.verdict()));
        }
    }
    let after = fleet.lease();
    assert_eq!((after.holder(), after.transitions()), (before.holder(), before.transitions()));
    for follower in followers {
        let asked = fleet.stage.requests(follower).unwrap();
        let looked = asked.acquire + asked.watch_items;
        assert!(
            looked > u64::from(LEASES),
            "a follower that does not look shows nothing: {asked:?}"
        );
    }
    Ok(())
}

fn is_followed_at_last(leader: Side, timing: Timing) {
    let mut wrong = Vec::new();
    for _ in 0..ATTEMPTS {
        match is_followed(leader, timing) {
            Ok(()) => return,
            Err(why) => wrong.push(why),
        }
    }
    panic!("{wrong:#?}");
}

#[test]
fn go_followers_see_ours_once_a_second() {
    is_followed_at_last(Side::Rust, Timing::SHORT);
}

#[test]
fn go_followers_see_ours_three_times_a_second() {
    is_followed_at_last(Side::Rust, QUICK);
}

#[test]
fn we_see_those_of_go_five_times_a_second() {
    is_followed_at_last(Side::Go, QUICK);
}
