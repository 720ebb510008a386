//! Pipes, sockets, devices, folders and links in the place of a file: said, never waited for, and left as they are.
#![cfg(unix)]

use std::fs;
use std::future::Future;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::sync::mpsc::channel;
use std::thread;

use crate::candidate::*;
use elector::ErrorKind;
use elector::store::{Bid, Candidate, Release, Standing};
use futures_util::StreamExt as _;
use nix::sys::stat::Mode;
use nix::unistd::mkfifo;

type Put = fn(&Path);

/// What can be there instead of a file.
const THINGS: [(&str, Put); 6] = [
    ("a pipe", |path| mkfifo(path, Mode::S_IRWXU).unwrap()),
    ("a socket", |path| drop(UnixListener::bind(path).unwrap())),
    ("a folder", |path| fs::create_dir(path).unwrap()),
    ("a link to a device without end", |path| symlink("/dev/zero", path).unwrap()),
    ("a link to nothing", |path| symlink("nothing", path).unwrap()),
    ("a link to itself", |path| symlink(path, path).unwrap()),
];

/// Runs `work` on a thread of its own, and leaves it behind: one that hangs must fail the test and not hang it, too.
fn in_time<T: Send + 'static>(what: &str, work: impl Future<Output = T> + Send + 'static) -> T {
    let (done, outcome) = channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let output = runtime.block_on(work);
        drop(runtime);
        done.send(output).unwrap();
    });
    outcome.recv_timeout(PATIENCE).unwrap_or_else(|why| panic!("{what}: {why}"))
}

fn is_refused_in_the_place_of(file: fn(&Path) -> PathBuf) {
    for (thing, put) in THINGS {
        let temporary = tempfile::tempdir().unwrap();
        let folder = temporary.path().to_owned();
        put(&file(&folder));
        in_time(thing, async move {
            let folder = &*folder;
            let backend = election(folder);
            let one = Candidate::new("one");
            let bid = Bid::new(one.clone(), 1, LEASE);
            let release = Release::new(one.clone(), 9, None);
            let errors = [
                backend.acquire(&bid).await.unwrap_err(),
                backend.release(&release).await.unwrap_err(),
                backend.watch().next().await.unwrap().unwrap_err(),
            ];
            for error in errors {
                assert_eq!(error.kind(), ErrorKind::Corrupt, "{thing}: {error}");
                let message = error.to_string();
                assert!(message.contains(file(folder).to_str().unwrap()), "{message}");
                assert!(message.contains("is no plain file"), "{message}");
            }
        });
        let folder = temporary.path();
        let there = fs::symlink_metadata(file(folder)).unwrap().file_type();
        assert!(!there.is_file(), "{thing} was replaced");
        assert_eq!(files(folder, "").len(), 1, "{thing} has company");
    }
}

#[test]
fn is_refused_in_the_place_of_the_record() {
    is_refused_in_the_place_of(record);
}

#[test]
fn is_refused_in_the_place_of_the_token() {
    is_refused_in_the_place_of(token);
}

#[test]
fn proves_nothing_in_the_place_of_the_lock_of_the_living() {
    for (thing, put) in THINGS {
        let temporary = tempfile::tempdir().unwrap();
        let folder = temporary.path().to_owned();
        in_time(thing, async move {
            let folder = &*folder;
            let one = Candidate::new("one");
            let backend = election(folder);
            win(&backend, &one).await;
            let lock = files(folder, ".alive").pop().unwrap();
            fs::remove_file(&lock).unwrap();
            put(&lock);
            // Another process's store: it has no lock of its own to compare with.
            let link = folder.join("again");
            symlink(folder, &link).unwrap();
            let rival = election(&link);
            assert!(!gone(&look(&rival).await), "{thing} was taken for a death");
            assert!(!gone(&rival.watch().next().await.unwrap().unwrap()));
            // Its leader makes another lock, and sweeps.
            win(&backend, &one).await;
            assert!(!gone(&look(&rival).await));
        });
        assert_eq!(files(temporary.path(), ".alive").len(), 2, "{thing} was removed");
    }
}

#[test]
fn does_no_harm_to_the_other_elections_of_the_folder() {
    for (thing, put) in THINGS {
        let temporary = tempfile::tempdir().unwrap();
        let folder = temporary.path().to_owned();
        put(&folder.join("other.election"));
        put(&folder.join("fdcf4633dfa47f820a20f0f07e9de97c.alive"));
        put(&folder.join("fdcf4633dfa47f820a20f0f07e9de97c.tmp"));
        in_time(thing, async move {
            let folder = &*folder;
            let backend = election(folder);
            let one = Candidate::new("one");
            let draft = abandoned_draft(folder);
            let lease = win(&backend, &one).await;
            until("the folder is swept", || !draft.exists());
            backend.release(&Release::new(one, 9, Some(lease))).await.unwrap();
            assert!(matches!(look(&backend).await.standing, Standing::Released { .. }));
        });
    }
}

#[test]
fn is_refused_in_the_place_of_the_folder() {
    for (thing, put) in THINGS.into_iter().filter(|(thing, _)| *thing != "a folder") {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("elections");
        put(&folder);
        let bid = Bid::new(Candidate::new("one"), 1, LEASE);
        let backend = election(&folder);
        let error = in_time(thing, async move { backend.acquire(&bid).await.unwrap_err() });
        // What a link leads to may come.
        let link = fs::symlink_metadata(&folder).unwrap().is_symlink() && !folder.exists();
        let kind = if link { ErrorKind::Unavailable } else { ErrorKind::Invalid };
        assert_eq!(error.kind(), kind, "{thing}: {error}");
        assert!(error.to_string().contains(folder.to_str().unwrap()), "{thing}: {error}");
        assert!(!fs::symlink_metadata(&folder).unwrap().is_dir(), "{thing} was replaced");
    }
}
