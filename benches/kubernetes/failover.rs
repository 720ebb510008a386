//! How long nobody leads after a leader was killed, and after one that ended by itself.

use std::thread;
use std::time::Duration;

use elector_tests::Cluster;
use elector_tests::go::Programs;
use elector_trial::{Times, now};

use crate::fleet::{Fleet, Kind};
use crate::{Options, text};

/// What was measured in one election.
#[derive(Debug, Default)]
struct Measured {
    kills: Vec<Duration>,
    /// After the earliest moment at which a rival may start: the last renewal and one lease.
    overshoots: Vec<Duration>,
    releases: Vec<Duration>,
}

/// By kind, all on one API server at one time.
pub(crate) fn measure(options: &Options, lease: Duration) -> [Vec<(&'static str, String)>; 2] {
    let cluster = Cluster::new();
    // Built before the first candidate starts.
    let _ = Programs::get();
    thread::scope(|scope| {
        let elections = Kind::BOTH.map(|kind| {
            let one = |n: u32| {
                let share = |all: u32| (all + n) / options.elections;
                let place = cluster.place(&format!("{kind:?}-{n}").to_lowercase());
                let (kills, releases) = (share(options.kills), share(options.releases));
                scope.spawn(move || one(Fleet::start(kind, place, lease), kills, releases))
            };
            (0..options.elections).map(one).collect::<Vec<_>>()
        });
        elections.map(|elections| {
            let all: Vec<_> = elections.into_iter().map(|one| one.join().unwrap()).collect();
            let times = |of: fn(&Measured) -> &[Duration]| -> Times {
                all.iter().flat_map(|one| of(one).iter().copied()).collect()
            };
            vec![
                ("kill -9 to the next leader", text(&times(|one| &one.kills))),
                ("  later than the rule allows", text(&times(|one| &one.overshoots))),
                ("end of a leader to the next one", text(&times(|one| &one.releases))),
            ]
        })
    })
}

fn one(mut fleet: Fleet, kills: u32, releases: u32) -> Measured {
    let mut measured = Measured::default();
    let lease = fleet.stage.lease_duration();
    for _ in 0..kills {
        let leader = fleet.at_a_random_moment(lease / 3);
        let at = now();
        fleet.stage.kill(leader.process).unwrap();
        let earliest = fleet.stage.earliest_after(&leader);
        let next = fleet.stage.next_leader(leader.token).unwrap();
        fleet.stage.bury(leader.process).unwrap();
        measured.kills.push(Duration::from_nanos(next.since.saturating_sub(at)));
        let overshoot = earliest.map(|earliest| next.since.saturating_sub(earliest));
        measured.overshoots.extend(overshoot.map(Duration::from_nanos));
        fleet.start_one();
    }
    for _ in 0..releases {
        let leader = fleet.at_a_random_moment(lease / 3);
        let at = now();
        fleet.stage.end(leader.process);
        let next = fleet.stage.next_leader(leader.token).unwrap();
        measured.releases.push(Duration::from_nanos(next.since.saturating_sub(at)));
        fleet.stage.bury(leader.process).unwrap();
        fleet.start_one();
    }
    measured
}
