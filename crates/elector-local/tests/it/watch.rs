//! What a follower hears, and when.

use std::fs;
use std::time::Duration;

use crate::candidate::*;
use elector::store::{Bid, Candidate, Observation, Release, Standing, Store as _};
use elector_local::Local;
use futures_core::stream::BoxStream;
use futures_util::StreamExt as _;

/// No follower of these tests is saved by its poll.
const NEVER: Duration = Duration::from_secs(3600);

type Watch = BoxStream<'static, elector::Result<Observation>>;

async fn next(watch: &mut Watch) -> Observation {
    tokio::time::timeout(PATIENCE, watch.next()).await.expect("no news").unwrap().unwrap()
}

async fn quiet(watch: &mut Watch) {
    let news = tokio::time::timeout(Duration::from_millis(100), watch.next()).await;
    assert!(news.is_err(), "{news:?}");
}

#[tokio::test]
async fn tells_of_every_change_and_of_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let local = Local::new(folder.path()).poll_interval(NEVER);
    let backend = local.election(ELECTION).unwrap();
    let other = local.election("other").unwrap();
    let candidate = Candidate::new("one");

    let mut watch = backend.watch();
    assert_eq!(next(&mut watch).await.standing, Standing::Missing);
    quiet(&mut watch).await;
    let lease = win(&backend, &candidate).await;
    assert_eq!(next(&mut watch).await.leader().unwrap().session, Some(candidate.session));
    win(&other, &candidate).await;
    quiet(&mut watch).await;
    backend.renew(&Bid::new(candidate.clone(), 2, LEASE), &lease).await.unwrap();
    let Standing::Led(led) = next(&mut watch).await.standing else { panic!("not led") };
    assert!(led.beat.as_str().ends_with(".2"));
    backend.release(&Release::new(candidate, 9, Some(lease))).await.unwrap();
    assert!(matches!(next(&mut watch).await.standing, Standing::Released { .. }));
    fs::remove_file(record(folder.path())).unwrap();
    assert_eq!(next(&mut watch).await.standing, Standing::Missing);
    quiet(&mut watch).await;
}

#[tokio::test]
async fn outlives_the_folder() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("later");
    // The poll is slow: news come from the kernel once the new folder is found.
    let backend = Local::new(&folder).poll_interval(NEVER).election(ELECTION).unwrap();
    let candidate = Candidate::new("one");
    let mut watch = backend.watch();
    assert_eq!(next(&mut watch).await.standing, Standing::Missing);
    for _ in 0..2 {
        win(&backend, &candidate).await;
        assert!(next(&mut watch).await.leader().is_some());
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(next(&mut watch).await.standing, Standing::Missing);
        quiet(&mut watch).await;
    }
}

#[tokio::test]
async fn finds_a_folder_that_was_swapped_by_its_poll() {
    let parent = tempfile::tempdir().unwrap();
    let path = parent.path().join("outer/elections");
    let local = Local::new(&path).poll_interval(Duration::from_millis(50));
    let backend = local.election(ELECTION).unwrap();
    win(&backend, &Candidate::new("one")).await;
    let mut watch = backend.watch();
    assert_eq!(&*next(&mut watch).await.leader().unwrap().name, "one");
    // Of this, the kernel tells nobody who watches the inner folder.
    fs::rename(parent.path().join("outer"), parent.path().join("away")).unwrap();
    assert_eq!(next(&mut watch).await.standing, Standing::Missing);
    win(&backend, &Candidate::new("two")).await;
    assert_eq!(&*next(&mut watch).await.leader().unwrap().name, "two");
}

#[test]
fn outlives_the_runtime_of_another_watch() {
    let folder = tempfile::tempdir().unwrap();
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let backend = Local::new(folder.path()).poll_interval(NEVER).election(ELECTION).unwrap();
    let first = runtime();
    first.block_on(win(&backend, &Candidate::new("one")));
    let mut early = backend.watch();
    first.block_on(next(&mut early));
    let second = runtime();
    let mut late = backend.watch();
    second.block_on(next(&mut late));
    drop((early, first));

    second.block_on(async {
        let candidate = Candidate::new("one");
        let bid = Bid::new(candidate, 1, LEASE);
        let Standing::Led(led) = look(&backend).await.standing else { panic!("not led") };
        let bid = bid.with_may_take(elector::store::MayTake::vacant().or_stale(led.beat));
        backend.acquire(&bid).await.unwrap();
        assert!(next(&mut late).await.leader().is_some());
    });
}

#[tokio::test]
async fn an_error_is_an_item_and_not_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let backend = election(folder.path());
    win(&backend, &Candidate::new("one")).await;
    let mut watch = backend.watch();
    next(&mut watch).await;
    let good = fs::read_to_string(record(folder.path())).unwrap();
    fs::write(record(folder.path()), "garbage").unwrap();
    // A look may fall between the truncation and the write of this test.
    loop {
        let error =
            tokio::time::timeout(PATIENCE, watch.next()).await.unwrap().unwrap().unwrap_err();
        assert_eq!(error.kind(), elector::ErrorKind::Corrupt);
        if !error.to_string().contains("is empty") {
            break;
        }
    }
    fs::write(folder.path().join("good"), good).unwrap();
    fs::rename(folder.path().join("good"), record(folder.path())).unwrap();
    assert!(next(&mut watch).await.leader().is_some());
}
