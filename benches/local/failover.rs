//! How long it takes until somebody leads again.

use std::thread;
use std::time::Duration;

use elector_trial::faults::{self, Mended};
use elector_trial::{Stage, Times, TrialError, Verdict};

use crate::candidates::{Place, stage};
use crate::findings::Findings;

/// Elections in which leaders are frozen side by side, because each freeze takes more than a lease.
const SIDE_BY_SIDE: u32 = 5;

/// Kills the leader again and again; whoever was killed stands again.
pub(crate) fn kills(findings: &mut Findings, place: Place, times: u32, lease: u64) {
    let (_folder, mut stage) = stage(place, 3, Duration::from_secs(lease));
    let took = (0..times).map(|_| {
        let leader = at_a_random_moment(&mut stage, Duration::from_millis(50));
        let name = leader.name.clone();
        let mended = faults::kill(&mut stage, leader).unwrap();
        let took = findings.add_mended(&mended);
        if took > Duration::from_secs(1) {
            eprintln!("a takeover from {name} took {took:?}");
        }
        stage.start(&name).unwrap();
        took
    });
    let took: Times = took.collect();
    let what = format!("kill -9 of a leader, lease {lease} s, files in {}", place.name());
    findings.add_times(&what, 50.0, &took);
    findings.add_verdict(stage.judge().verdict());
}

/// Asks the leader to resign again and again. Who resigned leaves the election to others for a renewal interval, a
/// third of a lease; a short one, and enough others, keep anybody from waiting for that.
pub(crate) fn resigns(findings: &mut Findings, place: Place, times: u32) {
    let (_folder, mut stage) = stage(place, 4, Duration::from_secs(1));
    let took = (0..times).map(|_| {
        stage.listen(Duration::from_millis(120)).unwrap();
        let leader = at_a_random_moment(&mut stage, Duration::from_millis(50));
        findings.add_mended(&faults::resign(&mut stage, leader).unwrap())
    });
    let took: Times = took.collect();
    let what = format!("resignation of a leader, by request, files in {}", place.name());
    findings.add_times(&what, 10.0, &took);
    findings.add_verdict(stage.judge().verdict());
}

/// Freezes leaders past their lease.
pub(crate) fn freezes(findings: &mut Findings, times: u32) {
    let outcomes: Vec<(Vec<Option<Mended>>, Verdict)> = thread::scope(|scope| {
        let trials: Vec<_> = (0..SIDE_BY_SIDE)
            .map(|n| (times + n) / SIDE_BY_SIDE)
            .map(|times| scope.spawn(move || freezes_of_one(times)))
            .collect();
        trials.into_iter().map(|trial| trial.join().unwrap()).collect()
    });
    let all = || outcomes.iter().flat_map(|(freezes, _)| freezes.iter());
    for mended in all().flatten() {
        findings.add_mended(mended);
    }
    let overshoots: Times = all().flatten().filter_map(|mended| mended.overshoot).collect();
    if let Some(summary) = overshoots.summary() {
        let found =
            format!("{}: p50 {:.1}, max {:.1} ms", summary.n, summary.p50_ms, summary.max_ms);
        findings.add("freeze: takeover after the earliest permitted moment", "", found, None);
    }
    let blocked = all().filter(|mended| mended.is_none()).count();
    let what = "freeze: in the store's lock, so that nobody could take over until it woke";
    findings.add(what, "", format!("{blocked} of {}", all().count()), None);
    for (_, verdict) in outcomes {
        findings.add_verdict(verdict);
    }
}

/// Each takeover; `None` where nobody could take over.
fn freezes_of_one(times: u32) -> (Vec<Option<Mended>>, Verdict) {
    let lease = Duration::from_secs(1);
    let (_folder, mut stage) = stage(Place::Disk, 3, lease);
    let freezes = (0..times).map(|_| {
        let leader = at_a_random_moment(&mut stage, lease / 2);
        match faults::freeze(&mut stage, leader) {
            Ok(mended) => Some(mended),
            Err(TrialError::Blocked { .. }) => None,
            Err(error) => panic!("{error}"),
        }
    });
    let freezes = freezes.collect();
    (freezes, stage.judge().verdict())
}

/// The leader, at a random moment after everybody follows it.
fn at_a_random_moment(stage: &mut Stage, within: Duration) -> elector_trial::Leader {
    stage.settled().unwrap();
    stage.listen(within.mul_f64(rand::random())).unwrap();
    stage.settled().unwrap()
}
