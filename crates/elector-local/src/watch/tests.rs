//! What a watch tells, when it looks, and what it listens to.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::sync::atomic::Ordering;

use elector::store::{Beat, Leader, Record, SessionId};
use elector::{ErrorKind, FencingToken};

use super::*;
use crate::folder::Folder;

/// A poll of its own that no test waits for.
const NEVER: Duration = Duration::from_secs(3600);
const PATIENCE: Duration = Duration::from_secs(20);

type Items = BoxStream<'static, Result<Seen>>;

async fn next(watch: &mut Items) -> Result<Seen> {
    tokio::time::timeout(PATIENCE, watch.next()).await.unwrap().unwrap()
}

fn vacant(number: u64) -> Record {
    Record::vacant(FencingToken::new(number).unwrap(), Beat::new("beat"))
}

#[tokio::test]
async fn polls_while_the_kernel_tells_nothing_and_listens_again_when_it_can() {
    let folder = tempfile::tempdir().unwrap();
    let folder = Folder::at(folder.path());
    folder.create().unwrap();
    let file = Arc::new(RecordFile::new(Arc::clone(&folder), "billing", false).unwrap());
    folder.hub.deaf.store(true, Ordering::SeqCst);
    let mut items = watch(Arc::clone(&file), NEVER);
    let seen = next(&mut items).await.unwrap();
    assert!(!folder.hub.ensure());
    file.store(&vacant(1), &seen.version).unwrap();
    let seen = next(&mut items).await.unwrap();
    assert!(seen.record.is_some());

    folder.hub.deaf.store(false, Ordering::SeqCst);
    // The next look by the poll subscribes again; a quicker one makes the item for it.
    file.store(&vacant(2), &seen.version).unwrap();
    let seen = next(&mut items).await.unwrap();
    file.store(&vacant(3), &seen.version).unwrap();
    next(&mut items).await.unwrap();
    assert!(folder.hub.is_running());
    fs::remove_dir_all(folder.path()).unwrap();
}

#[tokio::test]
async fn finds_the_folder_that_was_made_anew_although_files_of_the_old_one_are_open() {
    let parent = tempfile::tempdir().unwrap();
    let path = parent.path().join("elections");
    let folder = Folder::at(&path);
    folder.create().unwrap();
    let file = Arc::new(RecordFile::new(Arc::clone(&folder), "billing", false).unwrap());
    let mut items = watch(Arc::clone(&file), NEVER);
    let seen = next(&mut items).await.unwrap();
    file.store(&vacant(1), &seen.version).unwrap();
    next(&mut items).await.unwrap();
    let _open = fs::File::create(path.join("open")).unwrap();
    fs::remove_file(path.join("billing.election")).unwrap();
    assert_eq!(next(&mut items).await.unwrap().record, None);
    fs::remove_dir_all(&path).unwrap();
    let folder = Folder::at(&path);
    folder.create().unwrap();
    let file = RecordFile::new(folder, "billing", false).unwrap();
    let missing = file.load("load").unwrap().seen.version;
    file.store(&vacant(2), &missing).unwrap();
    assert!(next(&mut items).await.unwrap().record.is_some());
}

#[tokio::test]
async fn the_kernel_is_asked_only_while_somebody_watches() {
    let folder = tempfile::tempdir().unwrap();
    let folder = Folder::at(folder.path());
    let file = |name| Arc::new(RecordFile::new(Arc::clone(&folder), name, false).unwrap());
    let (mut one, mut two) = (watch(file("one"), NEVER), watch(file("two"), NEVER));
    next(&mut one).await.unwrap();
    next(&mut two).await.unwrap();
    assert!(folder.hub.is_running());
    drop(one);
    assert!(folder.hub.is_running());
    drop(two);
    assert!(!folder.hub.is_running());
    let mut again = watch(file("one"), NEVER);
    next(&mut again).await.unwrap();
    assert!(folder.hub.is_running());
}

/// How long a watch that hears nothing waits for its next look.
async fn pause(poll_interval: Duration, told_of_changes: bool, deleted: bool) -> Duration {
    let temporary = tempfile::tempdir().unwrap();
    let folder = Folder::at(temporary.path());
    let file = Arc::new(RecordFile::new(folder, "billing", false).unwrap());
    let mut watch = Watch::new(file, poll_interval);
    (watch.told_of_changes, watch.deleted) = (told_of_changes, deleted);
    #[allow(clippy::disallowed_methods, reason = "virtual time")]
    let started = tokio::time::Instant::now();
    assert!(watch.wait().await);
    started.elapsed()
}

#[tokio::test(start_paused = true)]
async fn looks_often_only_while_it_may_hear_nothing() {
    let quick = POLL_ALONE / 10;
    for (poll_interval, told_of_changes, deleted, expected) in [
        (NEVER, true, false, NEVER),
        (NEVER, true, true, POLL_ALONE),
        (NEVER, false, false, POLL_ALONE),
        (NEVER, false, true, POLL_ALONE),
        (quick, true, true, quick),
        (quick, false, false, quick),
    ] {
        let paused = pause(poll_interval, told_of_changes, deleted).await;
        // The timer has milliseconds.
        let late = paused.checked_sub(expected).unwrap();
        assert!(late <= Duration::from_millis(1), "{paused:?} instead of {expected:?}");
    }
}

#[tokio::test]
async fn a_record_is_deleted_that_was_there() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = Folder::at(temporary.path());
    let file = Arc::new(RecordFile::new(Arc::clone(&folder), "billing", false).unwrap());
    let mut watch = Watch::new(Arc::clone(&file), NEVER);
    let mut deleted = || {
        watch.follow(&file.load("watch").unwrap());
        watch.deleted
    };
    assert!(!deleted());
    file.store(&vacant(1), &file.load("load").unwrap().seen.version).unwrap();
    assert!(!deleted());
    fs::remove_file(temporary.path().join("billing.election")).unwrap();
    assert!(deleted());
    assert!(deleted());
    file.store(&vacant(2), &file.load("load").unwrap().seen.version).unwrap();
    assert!(!deleted());
}

#[tokio::test]
async fn listens_once_to_a_lock_that_may_prove_a_death() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = Folder::at(temporary.path());
    let file = Arc::new(RecordFile::new(Arc::clone(&folder), "billing", false).unwrap());
    let lock = led(&folder, &file);
    let mut watch = Watch::new(Arc::clone(&file), NEVER);
    watch.look_now = false;
    let loaded = file.load("watch").unwrap();
    watch.follow(&loaded);
    assert!(watch.lock.is_some() && std::mem::take(&mut watch.look_now));
    watch.follow(&loaded);
    assert!(watch.lock.is_some() && !watch.look_now);

    let mut elsewhere = file.load("watch").unwrap();
    elsewhere.holder.as_mut().unwrap().boot = "another kernel".to_owned();
    watch.follow(&elsewhere);
    assert!(watch.lock.is_none() && !watch.look_now);
    watch.follow(&loaded);
    assert!(watch.lock.is_some());
    drop(lock);
    let gone = file.load("watch").unwrap();
    assert!(gone.seen.holder_gone);
    watch.follow(&gone);
    assert!(watch.lock.is_none());
}

/// A record whose leader's lock is in the hands of the test.
fn led(folder: &Folder, file: &RecordFile) -> fs::File {
    let token = FencingToken::new(1).unwrap();
    let leader = Leader::new("one").with_term(SessionId::random(), token);
    let record = Record::led(leader, token, Beat::new("1"), Duration::from_secs(15));
    let missing = file.load("load").unwrap().seen.version;
    assert!(matches!(file.store(&record, &missing).unwrap(), elector::store::Stored::Done(_)));
    let alive = folder.alive().unwrap().unwrap();
    let lock = fs::File::create(folder.path().join("test.alive")).unwrap();
    lock.lock().unwrap();
    let metadata = lock.metadata().unwrap();
    let inode = format!("{}:{}", metadata.dev(), metadata.ino());
    let path = folder.path().join("billing.election");
    let text = fs::read_to_string(&path).unwrap();
    let text = text.replace(&alive.holder().lock, "test.alive");
    fs::write(path, text.replace(&alive.holder().inode, &inode)).unwrap();
    lock
}

#[tokio::test]
async fn looks_again_when_the_lock_is_freed_a_little_after_its_close() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = Folder::at(temporary.path());
    let file = Arc::new(RecordFile::new(Arc::clone(&folder), "billing", false).unwrap());
    let lock = led(&folder, &file);
    let mut items = watch(file, NEVER);
    assert!(!next(&mut items).await.unwrap().holder_gone);
    // The look after the subscription finds nothing new; then the kernel tells of a close, before the lock is free.
    assert!(tokio::time::timeout(Duration::from_millis(50), items.next()).await.is_err());
    drop(fs::File::options().write(true).open(temporary.path().join("test.alive")).unwrap());
    assert!(tokio::time::timeout(Duration::from_millis(10), items.next()).await.is_err());
    lock.unlock().unwrap();
    assert!(next(&mut items).await.unwrap().holder_gone);
}

#[tokio::test]
async fn a_leader_that_died_before_its_lock_was_watched_is_noticed() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = Folder::at(temporary.path());
    let file = Arc::new(RecordFile::new(Arc::clone(&folder), "billing", false).unwrap());
    let lock = led(&folder, &file);
    let mut watch = Watch::new(Arc::clone(&file), NEVER);
    let loaded = file.load("watch");
    watch.told = Told::from(&loaded);
    watch.look_now = false;
    watch.told_of_changes = true;
    drop(lock);
    watch.follow(&loaded.unwrap());
    assert!(tokio::time::timeout(PATIENCE, watch.next()).await.unwrap().unwrap().holder_gone);
}

#[tokio::test]
async fn says_an_error_once() {
    let folder = tempfile::tempdir().unwrap();
    let folder_path = folder.path().to_owned();
    fs::write(folder_path.join("billing.election"), "").unwrap();
    let file = RecordFile::new(Folder::at(&folder_path), "billing", false).unwrap();
    let mut items = watch(Arc::new(file), Duration::from_millis(5));
    assert_eq!(next(&mut items).await.unwrap_err().kind(), ErrorKind::Corrupt);
    assert!(tokio::time::timeout(Duration::from_millis(100), items.next()).await.is_err());
    fs::remove_file(folder_path.join("billing.election")).unwrap();
    assert_eq!(next(&mut items).await.unwrap().record, None);
}
