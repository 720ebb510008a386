//! What the kernel says of a process: its parent, its children, its group and its session.
//!
//! A group or a session whose leader lies outside our namespace of processes, as in many containers, has the number 0.
//! `nix` gives it as it is; `rustix` takes every number for one that is not 0, and fails or worse.

use std::path::PathBuf;
use std::{fs, io};

use nix::unistd::{getpgid, getsid};
use rustix::process::{Pid, getpid};

/// Refuses a `/proc` that numbers processes otherwise than our namespace does, or none: it would name strangers as our
/// children, or nobody.
pub(crate) fn check() -> io::Result<()> {
    judge(fs::read_link("/proc/self"), getpid())
}

fn judge(link: io::Result<PathBuf>, own: Pid) -> io::Result<()> {
    match link {
        Ok(link) if link.to_str().and_then(parse) == Some(own) => Ok(()),
        found => Err(io::Error::other(format!(
            "/proc is not that of this namespace of processes ({}), so that what CMD starts could not be found and stopped: \
             mount it here, as `unshare --pid --fork --mount-proc` and container engines do",
            match found {
                Ok(link) => format!("/proc/self is {}, this process {own}", link.display()),
                Err(error) => error.to_string(),
            },
        ))),
    }
}

/// The number of a process's group; 0 if its leader lies outside our namespace.
pub(crate) fn group_of(pid: Pid) -> nix::Result<i32> {
    getpgid(Some(number(pid))).map(nix::unistd::Pid::as_raw)
}

/// The number of a process's session; 0 if its leader lies outside our namespace.
pub(crate) fn session_of(pid: Pid) -> nix::Result<i32> {
    getsid(Some(number(pid))).map(nix::unistd::Pid::as_raw)
}

fn number(pid: Pid) -> nix::unistd::Pid {
    nix::unistd::Pid::from_raw(pid.as_raw_pid())
}

/// The children of a process, dead ones that nobody reaped included.
pub(crate) fn children_of(parent: Pid) -> Vec<Pid> {
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
    fn a_proc_of_other_processes_is_refused() {
        assert!(check().is_ok());
        let own = getpid();
        let other = (own.as_raw_pid() + 1).to_string();
        assert!(judge(Ok(other.into()), own).is_err());
        assert!(judge(Err(io::ErrorKind::NotFound.into()), own).is_err());
    }

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
