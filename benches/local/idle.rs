//! What a follower does while nothing happens.

use std::fs;
use std::time::Duration;

use crate::candidates::{Place, stage};
use crate::findings::Findings;

/// Watches an idle follower for some seconds.
pub(crate) fn measure(findings: &mut Findings, seconds: u64, lease: u64) {
    let (_folder, mut stage) = stage(Place::Disk, 3, Duration::from_secs(lease));
    let leader = stage.settled().unwrap();
    stage.listen(Duration::from_millis(500)).unwrap();
    let follower = stage.candidates().map(|(id, _)| id).find(|id| *id != leader.process).unwrap();
    let pid = stage.pid(follower).unwrap();

    let (asked, woken, read) =
        (stage.requests(follower).unwrap(), wake_ups(pid), system_reads(pid));
    let renewals = stage.requests(leader.process).unwrap().renew;
    stage.listen(Duration::from_secs(seconds)).unwrap();
    let (woken, read) = (wake_ups(pid) - woken, system_reads(pid) - read);
    let asked = stage.requests(follower).unwrap().since(&asked);
    let renewals = stage.requests(leader.process).unwrap().renew - renewals;

    let what = format!("a follower for {seconds} s: requests of its own");
    findings.add(&what, "0", asked.calls().to_string(), Some(asked.calls() == 0));
    let found = format!(
        "{} watch items, {renewals} renewals of the leader, poll every 5 s; \
         {woken} wake-ups of its threads, {read} reads of files",
        asked.watch_items
    );
    findings.add("a follower: what woke it", "the leader's renewals, the poll", found, None);
}

/// How often threads of a process waited and were woken.
fn wake_ups(pid: u32) -> u64 {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).unwrap().flatten();
    tasks
        .filter_map(|task| fs::read_to_string(task.path().join("status")).ok())
        .map(|status| number_after(&status, "voluntary_ctxt_switches:"))
        .sum()
}

/// How many read calls a process has made.
fn system_reads(pid: u32) -> u64 {
    number_after(&fs::read_to_string(format!("/proc/{pid}/io")).unwrap(), "syscr:")
}

fn number_after(text: &str, key: &str) -> u64 {
    let value = text.lines().find_map(|line| line.strip_prefix(key));
    value.map_or(0, |value| value.trim().parse().unwrap())
}
