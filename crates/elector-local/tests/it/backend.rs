//! One process, one election: the backend's calls and what they leave on the disk.

use std::fs;
use std::time::Duration;

use crate::candidate::*;
use elector::store::{
    Acquire, Bid, Candidate, Consistency, Expiry, MayTake, Release, Renew, Request, Standing,
    Store as _,
};
use elector::{ErrorKind, FencingToken};
use elector_local::Local;

#[tokio::test]
async fn acquires_renews_and_releases() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("made/when/needed");
    let backend = election(&folder);
    let (one, two) = (Candidate::new("one").with_metadata("at \"home\"\n"), Candidate::new("two"));

    let lease = win(&backend, &one).await;
    let bid = Bid::new(two.clone(), 1, LEASE);
    let Acquire::Held(held) = backend.acquire(&bid).await.unwrap() else { panic!("two leaders") };
    let leader = held.leader().unwrap();
    assert_eq!((&*leader.name, leader.session), ("one", Some(one.session)));
    assert_eq!(leader.metadata.as_deref(), Some("at \"home\"\n"));

    let request = Request::resign(lease.token, "somebody");
    backend.request(&request).await.unwrap();
    let bid = Bid::new(one.clone(), 2, LEASE);
    let Renew::Kept(lease, asked) = backend.renew(&bid, &lease).await.unwrap() else {
        panic!("lost")
    };
    assert_eq!(asked, Some(request));

    backend.release(&Release::new(one, 9, Some(lease.clone()))).await.unwrap();
    let after = win(&backend, &two).await;
    assert!(after.token > lease.token);
    let text = fs::read_to_string(record(&folder)).unwrap();
    assert!(text.contains("election = \"billing/scheduler\""), "{text}");
    assert_eq!(files(&folder, ".tmp").len(), 0);
}

#[tokio::test]
async fn tokens_rise_whatever_is_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let candidate = Candidate::new("one");
    let (record, token) = (record(folder.path()), token(folder.path()));
    let cases = [
        vec![],
        vec![&record],
        vec![&token],
        vec![&record],
        vec![&record, &token],
        vec![&token],
        vec![&record],
    ];
    let mut last = FencingToken::ZERO;
    for deleted in cases {
        for file in deleted {
            fs::remove_file(file).unwrap();
        }
        // The wall clock, which seeds the tokens of a wiped folder, has to go on for a millisecond.
        tokio::time::sleep(Duration::from_millis(5)).await;
        // A new store each time: nothing is remembered but what the files say.
        let lease = win(&election(folder.path()), &candidate).await;
        assert!(lease.token > last, "{} after {last}", lease.token);
        last = lease.token;
        assert_eq!(fs::read_to_string(&token).unwrap(), format!("{last}\n"));
    }
}

#[tokio::test]
async fn renewals_leave_the_token_file_alone() {
    let folder = tempfile::tempdir().unwrap();
    let backend = election(folder.path());
    let candidate = Candidate::new("one");
    let lease = win(&backend, &candidate).await;
    let inode =
        || std::os::unix::fs::MetadataExt::ino(&fs::metadata(token(folder.path())).unwrap());
    let before = inode();
    backend.renew(&Bid::new(candidate, 2, LEASE), &lease).await.unwrap();
    assert_eq!(before, inode());
}

#[tokio::test]
async fn a_token_file_that_is_ahead_is_passed() {
    let folder = tempfile::tempdir().unwrap();
    // What a crash between the two renames leaves.
    fs::write(token(folder.path()), "9000000000000000000\n").unwrap();
    let lease = win(&election(folder.path()), &Candidate::new("one")).await;
    assert_eq!(lease.token.get(), 9_000_000_000_000_000_001);
}

#[tokio::test]
async fn an_unexplained_record_is_left_to_who_may_take_it() {
    let folder = tempfile::tempdir().unwrap();
    let bid = Bid::new(Candidate::new("one"), 1, LEASE)
        .with_may_take(MayTake::released(FencingToken::ZERO));
    let Acquire::Held(held) = election(folder.path()).acquire(&bid).await.unwrap() else {
        panic!("taken")
    };
    assert_eq!(held.standing, Standing::Missing);
    assert_eq!(files(folder.path(), "").len(), 0, "a bid that may not take writes nothing");
}

#[tokio::test]
async fn writing_does_not_wait_for_a_folder_of_ours() {
    let folder = tempfile::tempdir().unwrap();
    let backend = election(folder.path());
    win(&backend, &Candidate::new("one")).await;
    fs::remove_dir_all(folder.path()).unwrap();
    let lease = win(&backend, &Candidate::new("two")).await;
    assert!(lease.token > FencingToken::ZERO);
}

#[tokio::test]
async fn a_file_system_that_is_not_local_is_refused_by_name() {
    let refused = election(std::path::Path::new("/proc/elector")).watch();
    drop(refused);
    let backend = election(std::path::Path::new("/proc"));
    let error = backend.acquire(&Bid::new(Candidate::new("one"), 1, LEASE)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(error.to_string().contains("/proc is on proc"), "{error}");
}

#[test]
fn promises() {
    let local = Local::new("nowhere").poll_interval(Duration::from_secs(7));
    assert_eq!(local.election("a/b").unwrap().election(), "a/b");
    let guarantees = local.election("x").unwrap().guarantees();
    assert_eq!((guarantees.backend, guarantees.expiry), ("local", Expiry::Observed));
    assert_eq!(guarantees.consistency, Consistency::Linearizable);
    assert_eq!(guarantees.poll, Some(Duration::from_secs(7)));
    assert_eq!(guarantees.proof_of_death, cfg!(target_os = "linux"));
    let weak = local.allow_weak(true).election("x").unwrap().guarantees();
    assert!(!weak.proof_of_death);
    assert_eq!(weak.consistency, Consistency::MayLoseWrites);
    assert!(!std::path::Path::new("nowhere").exists(), "building a store does no I/O");
}

#[test]
fn refuses_names_and_folders_that_cannot_be() {
    let invalid = |folder: &str, name: &str| Local::new(folder).election(name).unwrap_err().kind();
    assert_eq!(invalid("folder", ""), ErrorKind::Invalid);
    assert_eq!(invalid("folder", &"x".repeat(300)), ErrorKind::Invalid);
    assert_eq!(invalid("", "x"), ErrorKind::Invalid);
}
