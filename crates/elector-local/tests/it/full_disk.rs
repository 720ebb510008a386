//! A disk that is full: the record stays whole, nothing is left behind, and a leader keeps its term for its lease.
#![cfg(target_os = "linux")]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a test")]

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::symlink;
use std::path::Path;

use crate::candidate::*;
use crate::crowd::{Crowd, stand};
use elector::ErrorKind;
use elector::store::{Bid, Candidate, Release, Store as _};
use elector_local::Local;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::signal::{SigSet, Signal};

/// Not a test: stands; told "full" it may write no file any more, told otherwise it may again.
#[test]
fn role_contender() {
    let Some(folder) = folder_of_this_process() else { return };
    heed_no_limit_signal();
    stand(&folder, |line| limit_files(if line == "full" { Some(0) } else { None }));
}

/// A write beyond the limit is then an error, and not the end of the process. For the threads started from here.
fn heed_no_limit_signal() {
    let mut signals = SigSet::empty();
    signals.add(Signal::SIGXFSZ);
    signals.thread_block().unwrap();
}

/// How long a file of this process may be, in bytes.
fn limit_files(longest: Option<u64>) {
    let (_, most) = getrlimit(Resource::RLIMIT_FSIZE).unwrap();
    setrlimit(Resource::RLIMIT_FSIZE, longest.unwrap_or(most), most).unwrap();
}

#[test]
fn a_leader_that_cannot_write_stops_in_time_and_another_follows() {
    let folder = tempfile::tempdir().unwrap();
    let mut crowd = Crowd::led("full_disk::role_contender", folder.path(), 1);
    let full = crate::crowd::now();
    crowd.process(0).tell("full");
    crowd.hears(0, "may write no file of this size (ulimit -f)");
    let next = crowd.leader();
    assert_eq!(next.who, 1);
    // It is renewed every third of its lease, and told to stop two thirds after the last time.
    let term = crowd.ended(0);
    assert_eq!(term.why, "expired");
    let until = term.until.unwrap();
    assert!(
        until >= full + crate::crowd::LEASE / 4 && until < full + crate::crowd::LEASE,
        "{:?}",
        until - full
    );
    assert_eq!(files(folder.path(), ".tmp").len(), 0);
    // It stands again when it can write.
    crowd.process(0).tell("room");
    crowd.kill(1);
    assert_eq!(crowd.leader().who, 0);
    crowd.judge();
}

/// Every call of a leader and a rival between `fill` and `room` is an error that says so, and changes nothing.
async fn nothing_changes(folder: &Path, says: &str, fill: impl FnOnce(), room: impl FnOnce()) {
    let (backend, one) = (election(folder), Candidate::new("one"));
    let lease = win(&backend, &one).await;
    let whole = |path| fs::read_to_string(path).unwrap();
    let before = (whole(record(folder)), whole(token(folder)));
    // By another path it is another store, which has to make a lock of its own first.
    let link = folder.join("again");
    symlink(folder, &link).unwrap();
    let other = Local::new(&link).election("other").unwrap();
    fill();
    let bid = Bid::new(one.clone(), 2, LEASE);
    let errors = [
        backend.renew(&bid, &lease).await.unwrap_err(),
        backend.acquire(&bid).await.unwrap_err(),
        backend.release(&Release::new(one.clone(), 9, Some(lease.clone()))).await.unwrap_err(),
        other.acquire(&bid).await.unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
        assert!(error.to_string().contains(says), "{error}");
    }
    assert_eq!(before, (whole(record(folder)), whole(token(folder))));
    assert!(!gone(&look(&backend).await));
    assert_eq!((files(folder, ".tmp").len(), files(folder, ".alive").len()), (0, 1));
    room();
    backend.renew(&Bid::new(one, 3, LEASE), &lease).await.unwrap();
}

fn checks(folder: &Path, says: &str, fill: impl FnOnce(), room: impl FnOnce()) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(nothing_changes(folder, says, fill, room));
}

/// Not a test: a process that may write no byte after its first term, or only a few.
#[test]
fn role_limited() {
    let Some(folder) = folder_of_this_process() else { return };
    heed_no_limit_signal();
    for bytes in [0, 20] {
        let folder = folder.join(bytes.to_string());
        checks(&folder, "ulimit -f", || limit_files(Some(bytes)), || limit_files(None));
    }
}

#[test]
fn a_write_that_fails_or_is_cut_short_leaves_the_record_whole() {
    let folder = tempfile::tempdir().unwrap();
    let (_, well) = Process::start("full_disk::role_limited", folder.path()).rest();
    assert!(well);
}

/// Not a test: a process on a file system of a few pages of its own.
#[test]
fn role_on_a_small_disk() {
    let Some(folder) = folder_of_this_process() else { return };
    println!("\nhas a disk");
    let full = folder.join("full");
    let fill = || {
        let mut file = fs::File::create(&full).unwrap();
        while file.write_all(&[0; 512]).is_ok() {}
    };
    checks(&folder, "the file system is full", fill, || fs::remove_file(&full).unwrap());
}

/// Where the kernel lets us mount one; the limit above is there everywhere.
#[test]
fn a_full_file_system_leaves_the_record_whole() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = on_a_file_system("full_disk::role_on_a_small_disk", folder.path(), "128k");
    let (lines, well) = Process::run(&mut command).rest();
    if lines.iter().any(|line| line == "has a disk") {
        assert!(well, "{lines:?}");
    } else {
        eprintln!("this kernel lets us mount nothing: a full disk was tried by a limit only");
    }
}
