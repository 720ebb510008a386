//! Files that are not what this store wrote: said, and left as they are.

use std::fs;
use std::path::Path;

use crate::candidate::*;
use elector::store::{Bid, Candidate, Release};
use elector::{Error, ErrorKind};

async fn bid(folder: &Path) -> Error {
    let bid = Bid::new(Candidate::new("one"), 1, LEASE);
    election(folder).acquire(&bid).await.unwrap_err()
}

#[tokio::test]
async fn a_damaged_record_is_named_and_never_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    win(&election(folder.path()), &Candidate::new("one")).await;
    let path = record(folder.path());
    let good = fs::read_to_string(&path).unwrap();
    let cases: Vec<(Vec<u8>, &str)> = vec![
        (vec![], "is empty"),
        (b"garbage".to_vec(), "is no TOML"),
        (vec![0xff, 0xfe], "is not text"),
        (b"[package]\nname = \"other\"\n".to_vec(), "is not the record of an election"),
        (good.replace("format = 1", "format = 2").into(), "has format 2"),
        (good.replace("token = ", "toke = ").into(), "missing field"),
        (
            good.replace("billing/scheduler", "billing/other").into(),
            "of the election \"billing/other\"",
        ),
        (good[..good.len() / 2].into(), "is "),
        (vec![b'#'; 2 << 20], "is too long"),
    ];
    for (content, why) in cases {
        fs::write(&path, &content).unwrap();
        let error = bid(folder.path()).await;
        assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
        let message = error.to_string();
        assert!(message.contains(path.to_str().unwrap()), "{message}");
        assert!(message.contains(why), "{message} should say {why:?}");
        let release = Release::new(Candidate::new("one"), 9, None);
        assert!(election(folder.path()).release(&release).await.is_err());
        assert!(fs::read(&path).unwrap() == content, "overwritten after {why:?}");
    }
    fs::write(&path, good).unwrap();
    assert!(look(&election(folder.path())).await.leader().is_some());
}

#[tokio::test]
async fn a_damaged_token_is_named_and_never_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let path = token(folder.path());
    for content in ["", "garbage", "-1", "12 34", "9223372036854775808\n"] {
        fs::write(&path, content).unwrap();
        let error = bid(folder.path()).await;
        assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
        assert!(error.to_string().contains(path.to_str().unwrap()), "{error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), content);
    }
}

#[tokio::test]
async fn a_file_in_the_folder_s_place_is_invalid() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    assert_eq!(bid(&file.join("folder")).await.kind(), ErrorKind::Invalid);
    assert_eq!(bid(&file).await.kind(), ErrorKind::Invalid);
}

#[tokio::test]
async fn what_crashed_writers_left_is_not_read_and_goes() {
    let folder = tempfile::tempdir().unwrap();
    let old = abandoned_draft(folder.path());
    let new = folder.path().join("fdcf4633dfa47f820a20f0f07e9de97c.tmp");
    fs::write(&new, "another writer's").unwrap();

    win(&election(folder.path()), &Candidate::new("one")).await;
    until("the old one is removed", || !old.exists());
    assert!(new.exists());
}

#[tokio::test]
async fn a_stranger_s_files_stay() {
    let folder = tempfile::tempdir().unwrap();
    let names = ["report.tmp", "fdcf4633dfa47f82.tmp", "session.alive", ".tmp", ".alive"];
    for name in names {
        fs::rename(abandoned_draft(folder.path()), folder.path().join(name)).unwrap();
    }
    let draft = abandoned_draft(folder.path());
    win(&election(folder.path()), &Candidate::new("one")).await;
    until("the folder is swept", || !draft.exists());
    for name in names {
        assert!(folder.path().join(name).exists(), "{name} was removed");
    }
}
