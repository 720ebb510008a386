//! How long it takes until somebody leads again.

use std::thread;
use std::time::Duration;

use elector_trial::{Stage, Times, TrialError, Verdict, faults};

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
        let took = faults::kill(&mut stage, leader).unwrap().took;
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
        faults::resign(&mut stage, leader).unwrap().took
    });
    let took: Times = took.collect();
    let what = format!("resignation of a leader, by request, files in {}", place.name());
    findings.add_times(&what, 10.0, &took);
    findings.add_verdict(stage.judge().verdict());
}

/// Freezes leaders past their lease.
pub(crate) fn freezes(findings: &mut Findings, times: u32) {
    let outcomes: Vec<(Vec<Option<Duration>>, Verdict)> = thread::scope(|scope| {
        let trials: Vec<_> = (0..SIDE_BY_SIDE)
            .map(|n| (times + n) / SIDE_BY_SIDE)
            .map(|times| scope.spawn(move || freezes_of_one(times)))
            .collect();
        trials.into_iter().map(|trial| trial.join().unwrap()).collect()
    });
    let all = || outcomes.iter().flat_map(|(overshoots, _)| overshoots.iter());
    let overshoots: Times = all().flatten().copied().collect();
    if let Some(summary) = overshoots.summary() {
        let found =
            format!("{}: p50 {:.1}, max {:.1} ms", summary.n, summary.p50_ms, summary.max_ms);
        findings.add("freeze: takeover after the earliest permitted moment", "", found, None);
    }
    let blocked = all().filter(|overshoot| overshoot.is_none()).count();
    let what = "freeze: nobody took over until it woke (as when it sits in the write lock)";
    findings.add(what, "", format!("{blocked} of {}", all().count()), None);
    for (_, verdict) in outcomes {
        findings.add_verdict(verdict);
    }
}

/// By how much each takeover was later than it had to be; `None` where nobody could take over.
fn freezes_of_one(times: u32) -> (Vec<Option<Duration>>, Verdict) {
    let lease = Duration::from_secs(1);
    let (_folder, mut stage) = stage(Place::Disk, 3, lease);
    let overshoots = (0..times).map(|_| {
        let leader = at_a_random_moment(&mut stage, lease / 2);
        match faults::freeze(&mut stage, leader) {
            Ok(mended) => mended.overshoot,
            Err(TrialError::TooLate { .. }) => None,
            Err(error) => panic!("{error}"),
        }
    });
    let overshoots = overshoots.collect();
    (overshoots, stage.judge().verdict())
}

/// The leader, at a random moment after everybody follows it.
fn at_a_random_moment(stage: &mut Stage, within: Duration) -> elector_trial::Leader {
    stage.settled().unwrap();
    stage.listen(within.mul_f64(rand::random())).unwrap();
    stage.settled().unwrap()
}
