//! The processes below this one: finding, signalling and reaping them.
//!
//! A child subreaper becomes the parent of every descendant whose own parent died, also of one that made a session
//! of its own. Two facts follow that everything here stands on: when there is no child left, no descendant is left;
//! and killing the children again and again reaches every descendant.

use std::collections::BTreeSet;
use std::fs;

use rustix::io::Errno;
use rustix::process::{
    Pid, Signal, WaitOptions, WaitStatus, getpgid, getpgrp, getpid, kill_process,
    kill_process_group, set_child_subreaper, wait,
};

/// Makes this process the parent of its orphaned descendants.
pub(crate) fn adopt_orphans() -> rustix::io::Result<()> {
    set_child_subreaper(Some(getpid()))
}

/// A dead child that was reaped, or what else there was.
pub(crate) enum Reaped {
    /// This child is dead.
    Child(Pid, WaitStatus),
    /// There are children, and all of them live.
    AllAlive,
    /// There is no child, hence no descendant.
    NoneLeft,
}

/// Reaps one dead child, without waiting.
pub(crate) fn reap() -> Reaped {
    loop {
        match wait(WaitOptions::NOHANG) {
            Ok(Some((pid, status))) => return Reaped::Child(pid, status),
            Err(Errno::CHILD) => return Reaped::NoneLeft,
            Err(Errno::INTR) => {}
            Ok(None) | Err(_) => return Reaped::AllAlive,
        }
    }
}

/// Kills all children with their process groups.
///
/// Children that are not reaped keep their process id, so that nobody else can be hit, and a signal to a group cannot
/// be outrun by a fork in it (the kernel restarts the fork). Whoever left the group of its parent becomes a child
/// when the parent is dead: reap, and kill again.
pub(crate) fn kill_children() {
    kill_groups(own_children());
}

/// The children of this process, dead ones that were not reaped included.
pub(crate) fn own_children() -> Vec<Pid> {
    children(getpid())
}

/// Kills these processes with their process groups.
pub(crate) fn kill_groups(processes: Vec<Pid>) {
    signal_groups(processes, &[Signal::KILL]);
}

/// Asks all descendants to end; the stopped ones are woken for it.
pub(crate) fn terminate_descendants() {
    let mut found = children(getpid());
    let mut known: BTreeSet<i32> = found.iter().map(|pid| pid.as_raw_pid()).collect();
    let mut next = 0;
    while let Some(pid) = found.get(next).copied() {
        found.extend(children(pid).into_iter().filter(|child| known.insert(child.as_raw_pid())));
        next += 1;
    }
    signal_groups(found, &[Signal::TERM, Signal::CONT]);
}

/// Sends signals to the groups of these processes; to the process alone where the group is our own.
fn signal_groups(processes: Vec<Pid>, signals: &[Signal]) {
    let own = getpgrp();
    let mut done = BTreeSet::new();
    for pid in processes {
        let Ok(group) = getpgid(Some(pid)) else { continue };
        if group != own && !done.insert(group.as_raw_pid()) {
            continue;
        }
        for signal in signals {
            // Whoever has died meanwhile needs no signal.
            let _ = match group == own {
                true => kill_process(pid, *signal),
                false => kill_process_group(group, *signal),
            };
        }
    }
}

/// The children of a process, dead ones that nobody reaped included.
fn children(parent: Pid) -> Vec<Pid> {
    children_by_thread(parent).unwrap_or_else(|| children_by_scan(parent))
}

/// Reads the kernel's lists of children. A thread that ends meanwhile has nothing to say; `None` where the kernel
/// keeps no lists (it was built without `CONFIG_PROC_CHILDREN`).
fn children_by_thread(parent: Pid) -> Option<Vec<Pid>> {
    let tasks = format!("/proc/{}/task", parent.as_raw_pid());
    let Ok(threads) = fs::read_dir(&tasks) else { return Some(Vec::new()) };
    let mut found = Vec::new();
    for thread in threads.flatten() {
        match fs::read_to_string(thread.path().join("children")) {
            Ok(list) => found.extend(list.split_whitespace().filter_map(parse)),
            Err(_) if thread.path().exists() => return None,
            Err(_) => {}
        }
    }
    Some(found)
}

/// Looks through all processes for those with this parent.
fn children_by_scan(parent: Pid) -> Vec<Pid> {
    let Ok(processes) = fs::read_dir("/proc") else { return Vec::new() };
    let child = |entry: fs::DirEntry| {
        let pid = parse(entry.file_name().to_str()?)?;
        (parent_of(pid)? == parent).then_some(pid)
    };
    processes.flatten().filter_map(child).collect()
}

/// The parent of a process, if there is one.
pub(crate) fn parent_of(pid: Pid) -> Option<Pid> {
    let stat = fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_pid())).ok()?;
    // The name stands in brackets and may hold any character; the state and the parent follow.
    let (_, fields) = stat.rsplit_once(')')?;
    parse(fields.split_whitespace().nth(1)?)
}

fn parse(number: &str) -> Option<Pid> {
    Pid::from_raw(number.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn both_ways_find_the_same_children() {
        let mut child = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
        let pid = Pid::from_child(&child);
        let by_thread = children_by_thread(getpid());
        let by_scan = children_by_scan(getpid());
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(by_scan.contains(&pid));
        assert!(by_thread.is_none_or(|children| children.contains(&pid)));
    }
}
