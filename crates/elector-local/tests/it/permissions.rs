//! Files and folders that this user may not read or write: denied, by name, and elected as soon as it may.
#![cfg(target_os = "linux")]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a test")]

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::candidate::*;
use elector::ErrorKind;
use elector::store::{Bid, Candidate, Release, Store as _};
use elector_local::Local;
use futures_util::StreamExt as _;
use tempfile::TempDir;

/// Whom the superuser plays, who may do everything and so could test nothing.
const NOBODY: u32 = 65_534;

fn allow(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// Runs the test called `role` as a user who is not the superuser, on a folder of that user; whether it went well.
fn as_a_plain_user(role: &str) {
    let folder: TempDir = tempfile::tempdir().unwrap();
    let mut command = Process::command(role, folder.path());
    if nix::unistd::geteuid().is_root() {
        chown(folder.path(), Some(NOBODY), Some(NOBODY)).unwrap();
        // That user may not get at where this program was built.
        let program = folder.path().join("program");
        fs::copy(command.get_program(), &program).unwrap();
        let mut plain = Command::new(&program);
        plain.args(command.get_args()).uid(NOBODY).gid(NOBODY).current_dir(folder.path());
        plain.envs(command.get_envs().filter_map(|(key, value)| Some((key, value?))));
        command = plain;
    }
    let (lines, well) = Process::run(&mut command).rest();
    assert!(well && lines.iter().any(|line| line == "held"), "{lines:?}");
}

/// Not a test: takes away one permission after the other.
#[test]
fn role_plain() {
    let Some(folder) = folder_of_this_process() else { return };
    let folder = folder.join("elections");
    fs::create_dir(&folder).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (backend, one) = (election(&folder), Candidate::new("one"));
        win(&backend, &one).await;
        let whole: [(PathBuf, u32, &str); 4] = [
            (record(&folder), 0o000, "cannot read"),
            (token(&folder), 0o000, "cannot read"),
            (folder.clone(), 0o500, "cannot write in"),
            (folder.clone(), 0o000, "cannot"),
        ];
        for (path, mode, says) in whole {
            let before = fs::read(record(&folder)).unwrap();
            let was = fs::metadata(&path).unwrap().permissions();
            allow(&path, mode);
            let mut errors =
                vec![backend.acquire(&Bid::new(one.clone(), 1, LEASE)).await.unwrap_err()];
            errors.extend(backend.release(&Release::new(one.clone(), 9, None)).await.err());
            if mode == 0 {
                errors.push(backend.watch().next().await.unwrap().unwrap_err());
            }
            for error in errors {
                assert_eq!(error.kind(), ErrorKind::Denied, "{mode:o} {}: {error}", path.display());
                let message = error.to_string();
                assert!(message.contains(says), "{message}");
                assert!(message.contains(path.to_str().unwrap()), "{message}");
                assert!(message.contains("give this user access"), "{message}");
            }
            fs::set_permissions(&path, was).unwrap();
            assert_eq!(before, fs::read(record(&folder)).unwrap());
            win(&backend, &one).await;
        }
        // Nor may the folder be made.
        let closed = folder.with_extension("closed");
        fs::create_dir(&closed).unwrap();
        allow(&closed, 0o500);
        let bid = Bid::new(Candidate::new("one"), 1, LEASE);
        let error = election(&closed.join("elections")).acquire(&bid).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Denied, "{error}");
        assert!(error.to_string().contains("cannot make the folder"), "{error}");
    });
    println!("\nheld");
}

#[test]
fn what_a_user_may_not_read_or_write_is_denied() {
    as_a_plain_user("permissions::role_plain");
}

/// Not a test: a lock of the living that may not be read.
#[test]
fn role_blind() {
    let Some(folder) = folder_of_this_process() else { return };
    let folder = folder.join("elections");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut leader = Process::start("permissions::role_leader", &folder);
        leader.says("leads");
        let lock = files(&folder, ".alive").pop().unwrap();
        allow(&lock, 0o000);
        leader.kill();
        leader.ends();
        let backend = Local::new(&folder).election(ELECTION).unwrap();
        assert!(!gone(&backend.watch().next().await.unwrap().unwrap()));
        allow(&lock, 0o400);
        assert!(gone(&backend.watch().next().await.unwrap().unwrap()));
    });
    println!("\nheld");
}

/// Not a test: what the process of the blind does.
#[test]
fn role_leader() {
    if let Some(folder) = folder_of_this_process() {
        lead_until_killed(&folder);
    }
}

#[test]
fn a_lock_of_the_living_that_may_not_be_read_proves_nothing() {
    as_a_plain_user("permissions::role_blind");
}

/// Not a test: on a file system that is mounted read-only after the first term.
#[test]
fn role_read_only() {
    let Some(folder) = folder_of_this_process() else { return };
    println!("\nhas a disk");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (backend, one) = (election(&folder), Candidate::new("one"));
        let lease = win(&backend, &one).await;
        // Mounted once more, because what has a file open for writing cannot become read-only.
        let mount = |options: &[&str]| {
            Command::new("mount").args(options).arg(&folder).status().unwrap().success()
        };
        let bind = Command::new("mount").arg("--bind").args([&folder, &folder]).status();
        assert!(bind.unwrap().success() && mount(&["-o", "remount,ro,bind"]));
        let bid = Bid::new(one, 2, LEASE);
        for error in [
            backend.renew(&bid, &lease).await.unwrap_err(),
            backend.acquire(&bid).await.unwrap_err(),
        ] {
            assert_eq!(error.kind(), ErrorKind::Denied, "{error}");
            assert!(error.to_string().contains("mounted read-only"), "{error}");
        }
        // Who only watches needs no more.
        assert!(backend.watch().next().await.unwrap().unwrap().leader().is_some());
    });
    println!("\nheld");
}

/// Where the kernel lets us mount one; the folder without permission above is there everywhere.
#[test]
fn a_read_only_file_system_is_denied() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = on_a_file_system("permissions::role_read_only", folder.path(), "128k");
    let (lines, well) = Process::run(&mut command).rest();
    if lines.iter().any(|line| line == "has a disk") {
        assert!(well && lines.iter().any(|line| line == "held"), "{lines:?}");
    } else {
        eprintln!("this kernel lets us mount nothing: a folder without permission was tried only");
    }
}
