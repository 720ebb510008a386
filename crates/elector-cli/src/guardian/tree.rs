//! The processes below this one: finding, signalling and reaping them.
//!
//! A child subreaper becomes the parent of every descendant whose own parent died, also of one that made a session
//! of its own. Two facts follow that everything here stands on: when there is no child left, no descendant is left;
//! and killing the children again and again reaches every descendant.

use std::collections::BTreeSet;

use rustix::io::Errno;
use rustix::process::{
    Pid, Signal, WaitOptions, WaitStatus, getpid, kill_process, kill_process_group,
    set_child_subreaper, wait,
};

use crate::kinship::{children_of, group_of};

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
    children_of(getpid())
}

/// Kills these processes with their process groups.
pub(crate) fn kill_groups(processes: Vec<Pid>) {
    signal_groups(processes, &[Signal::KILL]);
}

/// Asks all descendants to end; the stopped ones are woken for it.
pub(crate) fn terminate_descendants() {
    let mut found = children_of(getpid());
    let mut known: BTreeSet<i32> = found.iter().map(|pid| pid.as_raw_pid()).collect();
    let mut next = 0;
    while let Some(pid) = found.get(next).copied() {
        found.extend(children_of(pid).into_iter().filter(|child| known.insert(child.as_raw_pid())));
        next += 1;
    }
    signal_groups(found, &[Signal::TERM, Signal::CONT]);
}

/// Sends signals to the groups of these processes; to the process alone where the group is our own.
fn signal_groups(processes: Vec<Pid>, signals: &[Signal]) {
    let own = group_of(getpid());
    let mut done = BTreeSet::new();
    for pid in processes {
        let Ok(group) = group_of(pid) else { continue };
        // A group without a number here can only be our own.
        let other = Pid::from_raw(group).filter(|_| own != Ok(group));
        if other.is_some() && !done.insert(group) {
            continue;
        }
        for signal in signals {
            // Whoever has died meanwhile needs no signal.
            let _ = match other {
                Some(group) => kill_process_group(group, *signal),
                None => kill_process(pid, *signal),
            };
        }
    }
}
