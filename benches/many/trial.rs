//! One trial: a process leads, another follows, the first is killed.

use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use elector_trial::{Times, now};
use serde::Serialize;

use crate::cluster;
use crate::process::Process;

/// After this time without work tokio has ended the threads that it started for blocking calls.
const QUIET: Duration = Duration::from_secs(12);

/// A number of elections to try.
pub(crate) struct Trial {
    pub(crate) elections: usize,
    pub(crate) lease: Duration,
    pub(crate) idle: Duration,
    pub(crate) place: PathBuf,
    pub(crate) kubernetes: bool,
}

/// What was found, as rows of a table.
#[derive(Debug, Serialize)]
pub(crate) struct Found {
    pub(crate) elections: usize,
    pub(crate) terms_lost: usize,
    pub(crate) rows: Vec<(&'static str, String)>,
}

impl Trial {
    pub(crate) fn run(self) -> Found {
        let Self { elections, lease, idle, place, kubernetes } = self;
        eprintln!("{elections} elections");
        let folder = tempfile::tempdir_in(place).unwrap();
        let cluster = kubernetes.then(|| cluster::start(folder.path()));
        let counts = || cluster.as_ref().map(cluster::counts);
        let mut leader = Process::start(folder.path(), "leader", elections, lease);
        leader.leads_all();
        let (elected, at_start) = (won(&leader, leader.started), leader.calls());
        let threads_at_start = leader.most_threads;

        let mut follower = Process::start(folder.path(), "follower", elections, lease);
        follower.follows_all();
        // Until the threads and the processor time of the start are past.
        thread::sleep(QUIET);
        (leader.most_threads, follower.most_threads) = (0, 0);
        let (before, begun, counted) = (leader.calls(), now(), counts());
        let used = (leader.usage().cpu, follower.usage().cpu);
        while now() - begun < idle.as_nanos() as u64 {
            thread::sleep(Duration::from_millis(20));
            leader.look();
            follower.look();
        }
        let watched = Duration::from_nanos(now() - begun);
        let (leads, follows, after) = (leader.usage(), follower.usage(), leader.calls());
        let renewals = (after.renewals - before.renewals) as f64 / watched.as_secs_f64();
        let asked = counts().zip(counted);
        let idle_threads = (leader.most_threads, follower.most_threads);

        let (before, killed) = (follower.calls(), leader.kill());
        follower.most_threads = 0;
        follower.leads_all();
        let taken = won(&follower, killed);
        let failed = follower.calls().acquires_failed - before.acquires_failed;
        let terms_lost = leader.lost + follower.lost;
        let mut rows = vec![
            ("all elected", times(&elected)),
            ("  threads at most", threads_at_start.to_string()),
            ("  bids that failed", at_start.acquires_failed.to_string()),
            ("leading: threads at most", idle_threads.0.to_string()),
            ("  descriptors, inotify", format!("{}, {}", leads.descriptors, leads.inotify)),
            ("  resident", format!("{} KiB", leads.rss_kib)),
            ("  processor per minute", per_minute(leads.cpu - used.0, watched)),
            ("  renewals per second", format!("{renewals:.1}")),
            ("  renewals that failed", after.renewals_failed.to_string()),
            ("  slowest renewal", format!("{:.0} ms", after.longest as f64 / 1e6)),
            ("  terms lost", terms_lost.to_string()),
            ("following: threads at most", idle_threads.1.to_string()),
            ("  descriptors, inotify", format!("{}, {}", follows.descriptors, follows.inotify)),
            ("  resident", format!("{} KiB", follows.rss_kib)),
            ("  processor per minute", per_minute(follows.cpu - used.1, watched)),
            ("kill -9 to taken over", times(&taken)),
            ("  threads at most", follower.most_threads.to_string()),
            ("  bids that failed", failed.to_string()),
        ];
        if let Some((after, before)) = asked {
            let [get, list, put, post] = [0, 1, 2, 3].map(|verb| after[verb] - before[verb]);
            let seconds = watched.as_secs_f64();
            rows.push(("the server, idle: PUT per second", format!("{:.1}", put as f64 / seconds)));
            rows.push(("  GET, LIST, POST in all", format!("{get}, {list}, {post}")));
            rows.push(("  watches open", after[4].to_string()));
            let open = (leads.sockets, follows.sockets);
            rows.push(("  sockets of the leader, of the follower", format!("{open:?}")));
        }
        Found { elections, terms_lost, rows }
    }
}

/// How long after `begin` each election was won.
fn won(process: &Process, begin: u64) -> Times {
    process.led.iter().flatten().map(|at| Duration::from_nanos(at.saturating_sub(begin))).collect()
}

fn times(times: &Times) -> String {
    let summary = times.summary().unwrap();
    format!("p50 {:.0}, p99 {:.0}, max {:.0} ms", summary.p50_ms, summary.p99_ms, summary.max_ms)
}

fn per_minute(used: Duration, watched: Duration) -> String {
    format!("{:.2} s", used.as_secs_f64() * 60.0 / watched.as_secs_f64())
}
