//! What three candidates ask of the API server while nothing happens, counted by the server.

use std::thread;
use std::time::Duration;

use elector_testing::servers::kubernetes::Requests;
use elector_tests::{Cluster, block_on};

use crate::fleet::{Fleet, Kind};

/// After which a fleet that has settled has opened its watches.
const BEGIN: Duration = Duration::from_secs(3);

/// By kind, each on an API server of its own, at one time.
pub(crate) fn measure(idle: Duration, lease: Duration) -> [Vec<(&'static str, String)>; 2] {
    let clusters = Kind::BOTH.map(|_| Cluster::alone());
    let mut fleets = [0, 1].map(|n| Fleet::start(Kind::BOTH[n], clusters[n].place("idle"), lease));
    for fleet in &mut fleets {
        fleet.stage.settled().unwrap();
    }
    thread::sleep(BEGIN);
    let count = || [0, 1].map(|n: usize| block_on(clusters[n].server().requests()).unwrap());
    let before = count();
    let listening = fleets.map(|mut fleet| {
        thread::spawn(move || {
            fleet.stage.listen(idle).unwrap();
            fleet
        })
    });
    let fleets = listening.map(|listening| listening.join().unwrap());
    let after = count();
    drop(fleets);
    [0, 1].map(|n| rows(&before[n], &after[n], idle))
}

fn rows(before: &Requests, after: &Requests, idle: Duration) -> Vec<(&'static str, String)> {
    let counted = |verb| after.count("leases", verb) - before.count("leases", verb);
    let all = after.total("leases") - before.total("leases");
    let per_second = |count: u64| format!("{:.3}", count as f64 / idle.as_secs_f64());
    vec![
        ("three candidates, idle: requests per second", per_second(all)),
        ("  PUT (the leader's renewals)", format!("{} in {idle:?}", counted("PUT"))),
        ("  GET", counted("GET").to_string()),
        ("  LIST", counted("LIST").to_string()),
        ("  WATCH (that have ended)", counted("WATCH").to_string()),
        ("  watches open", after.open_watches("leases").to_string()),
    ]
}
