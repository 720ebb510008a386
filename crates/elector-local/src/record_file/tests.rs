//! One version replaces another, a token is granted once, and a file is refused or kept as it is.

use std::fs;
use std::time::Duration;

use elector::store::{Beat, Leader};

use super::*;

fn file(folder: &Path) -> RecordFile {
    RecordFile::new(Folder::at(folder), "billing", false).unwrap()
}

fn led(token: FencingToken) -> Record {
    let leader = Leader::new("one").with_term(SessionId::random(), token);
    Record::led(leader, token, Beat::new("1"), Duration::from_secs(15))
}

#[test]
fn no_token_is_granted_twice_although_the_record_is_missing_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = file(folder.path());
    let token = file.load("load").unwrap().seen.token_floor.unwrap().next().unwrap();
    let stored = file.store(&led(token), &absence(FencingToken::ZERO)).unwrap();
    assert!(matches!(stored, Stored::Done(_)));
    fs::remove_file(&file.record).unwrap();
    // A rival that read the empty folder before, too, and drew the same token.
    assert_eq!(file.store(&led(token), &absence(FencingToken::ZERO)).unwrap(), Stored::Conflict);
    assert!(!file.record.exists());
    let next = led(token.next().unwrap());
    assert_eq!(file.store(&next, &absence(FencingToken::ZERO)).unwrap(), Stored::Conflict);
    assert!(matches!(file.store(&next, &absence(token)).unwrap(), Stored::Done(_)));
}

#[test]
fn only_the_expected_version_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let file = file(folder.path());
    let token = FencingToken::new(1).unwrap();
    let Stored::Done(first) = file.store(&led(token), &absence(FencingToken::ZERO)).unwrap() else {
        panic!("conflict")
    };
    let later = led(token.next().unwrap());
    assert_eq!(file.store(&later, &absence(FencingToken::ZERO)).unwrap(), Stored::Conflict);
    assert_eq!(file.store(&later, &Version::new("other")).unwrap(), Stored::Conflict);
    let Stored::Done(second) = file.store(&later, &first).unwrap() else { panic!("conflict") };
    assert_ne!(first, second);
    assert_eq!(file.store(&later, &first).unwrap(), Stored::Conflict);
    assert_eq!(file.load("load").unwrap().seen.version, second);
}

#[test]
fn of_writers_at_the_same_time_one_wins() {
    const WRITERS: usize = 4;
    let folder = tempfile::tempdir().unwrap();
    let mut version = file(folder.path()).load("load").unwrap().seen.version;
    for _ in 0..50 {
        let start = std::sync::Barrier::new(WRITERS);
        let write = || {
            // Each like a process of its own, and of no new term: nothing but the version decides.
            let own = Folder::apart(folder.path());
            let file = RecordFile::new(own, "billing", false).unwrap();
            start.wait();
            file.store(&Record::vacant(FencingToken::ZERO, Beat::new("1")), &version).unwrap()
        };
        let stored: Vec<Stored> = std::thread::scope(|scope| {
            let writers: Vec<_> = (0..WRITERS).map(|_| scope.spawn(write)).collect();
            writers.into_iter().map(|writer| writer.join().unwrap()).collect()
        });
        let mut done = stored.into_iter().filter_map(|stored| match stored {
            Stored::Done(version) => Some(version),
            Stored::Conflict => None,
        });
        version = done.next().unwrap();
        assert_eq!(done.next(), None, "two writers replaced one version");
    }
}

#[test]
fn what_is_read_and_written_has_a_greatest_length() {
    let folder = tempfile::tempdir().unwrap();
    let file = file(folder.path());
    let longest = usize::try_from(LONGEST).unwrap();
    let path = folder.path().join("text");
    fs::write(&path, "x".repeat(longest)).unwrap();
    assert_eq!(read_text(&path, "load").unwrap().unwrap().len(), longest);
    fs::write(&path, "x".repeat(longest + 1)).unwrap();
    let error = read_text(&path, "load").unwrap_err();
    assert_eq!(error.kind(), elector::ErrorKind::Corrupt);
    assert!(error.to_string().contains("is too long"), "{error}");

    let with = |metadata: usize| {
        let mut record = led(FencingToken::new(1).unwrap());
        let leader = record.leader.take().unwrap();
        record.leader = Some(leader.with_metadata(Some("x".repeat(metadata).into())));
        let (version, rest) = (absence(FencingToken::ZERO), toml::Table::new());
        Content { election: "billing".to_owned(), version, record, holder: None, rest }
    };
    let room = longest - file.text(&with(0)).unwrap().len();
    assert_eq!(file.text(&with(room)).unwrap().len(), longest);
    let error = file.text(&with(room + 1)).unwrap_err();
    assert_eq!(error.kind(), elector::ErrorKind::Invalid);
}

#[test]
fn keeps_what_it_does_not_know() {
    let folder = tempfile::tempdir().unwrap();
    let file = file(folder.path());
    let Stored::Done(version) =
        file.store(&led(FencingToken::new(1).unwrap()), &absence(FencingToken::ZERO)).unwrap()
    else {
        panic!("conflict")
    };
    let text = fs::read_to_string(&file.record).unwrap();
    fs::write(&file.record, format!("later = 7\n{text}\n[new]\nkey = \"value\"\n")).unwrap();
    file.store(&led(FencingToken::new(2).unwrap()), &version).unwrap();
    let text = fs::read_to_string(&file.record).unwrap();
    assert!(text.contains("later = 7") && text.contains("[new]\nkey = \"value\""), "{text}");
}
