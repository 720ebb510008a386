//! One process, one election: the backend's calls and what they leave on the disk.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use elector::FencingToken;
use elector::store::{
    Acquire, Backend, Bid, Candidate, Lease, MayTake, Release, Renew, Request, Standing, Store as _,
};
use elector_local::Local;

const LEASE: Duration = Duration::from_secs(15);

fn election(folder: &Path) -> Arc<dyn Backend> {
    Local::new(folder).election("billing/scheduler").unwrap()
}

async fn win(backend: &Arc<dyn Backend>, candidate: &Candidate, attempt: u64) -> Lease {
    match backend.acquire(&Bid::new(candidate.clone(), attempt, LEASE)).await.unwrap() {
        Acquire::Won(lease) => lease,
        Acquire::Held(observation) => panic!("held: {observation:?}"),
    }
}

#[tokio::test]
async fn acquires_renews_and_releases() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("made/when/needed");
    let backend = election(&folder);
    let (one, two) = (Candidate::new("one").with_metadata("at \"home\"\n"), Candidate::new("two"));

    let lease = win(&backend, &one, 1).await;
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

    backend.release(&Release::new(one, Some(lease.clone()))).await.unwrap();
    let after = win(&backend, &two, 2).await;
    assert!(after.token > lease.token);
    let text = fs::read_to_string(folder.join("billing%2Fscheduler.election")).unwrap();
    assert!(text.contains("election = \"billing/scheduler\""), "{text}");
    println!("{text}");
}

#[tokio::test]
async fn tokens_rise_whatever_is_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let backend = election(folder.path());
    let candidate = Candidate::new("one");
    let record = folder.path().join("billing%2Fscheduler.election");
    let token = folder.path().join("billing%2Fscheduler.token");

    let mut last = FencingToken::ZERO;
    for (attempt, deleted) in
        [vec![], vec![&record], vec![&token], vec![&record], vec![&record, &token], vec![&record]]
            .into_iter()
            .enumerate()
    {
        for file in deleted {
            fs::remove_file(file).unwrap();
        }
        // The wall clock, which seeds the tokens of a wiped folder, has to go on for a millisecond.
        tokio::time::sleep(Duration::from_millis(5)).await;
        let lease = win(&backend, &candidate, attempt as u64 + 1).await;
        assert!(lease.token > last, "{} after {last}", lease.token);
        last = lease.token;
        assert_eq!(fs::read_to_string(&token).unwrap(), format!("{last}\n"));
    }
}

#[tokio::test]
async fn an_unexplained_record_is_left_to_who_may_take_it() {
    let folder = tempfile::tempdir().unwrap();
    let backend = election(folder.path());
    let bid = Bid::new(Candidate::new("one"), 1, LEASE)
        .with_may_take(MayTake::released(FencingToken::ZERO));
    let Acquire::Held(held) = backend.acquire(&bid).await.unwrap() else { panic!("taken") };
    assert_eq!(held.standing, Standing::Missing);
}
