//! The contract of all backends, held by this one.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test")]

use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt as _, symlink};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use elector::store::Store;
use elector_local::Local;
use elector_testing::{Fixture, Skip, Tamper};
use tempfile::TempDir;
use toml::{Table, Value};

#[derive(Debug)]
struct Host {
    folder: TempDir,
    opened: AtomicUsize,
}

impl Host {
    fn new() -> Result<Self, Skip> {
        Ok(Self { folder: tempfile::tempdir().unwrap(), opened: AtomicUsize::new(0) })
    }

    fn elections(&self) -> PathBuf {
        self.folder.path().join("elections")
    }

    fn record(&self, name: &str) -> PathBuf {
        self.elections().join(format!("{}.election", name.replace('/', "%2F")))
    }

    /// Edits a record as a person with an editor does who knows the format.
    fn edit(&self, name: &str, change: impl FnOnce(&mut Table)) {
        let path = self.record(name);
        let text = fs::read_to_string(&path).unwrap_or_else(|_| {
            format!("format = 1\nelection = \"{name}\"\ntoken = 0\nbeat = \"none\"\n")
        });
        let mut table: Table = text.parse().unwrap();
        table.insert("version".to_owned(), Value::String("edited".to_owned()));
        change(&mut table);
        let draft = self.folder.path().join("edited");
        fs::write(&draft, table.to_string()).unwrap();
        fs::rename(draft, path).unwrap();
    }
}

#[async_trait]
impl Fixture for Host {
    async fn open(&self) -> Arc<dyn Store> {
        // By a path of its own, each is apart from the others as if in another process.
        fs::create_dir_all(self.elections()).unwrap();
        let number = self.opened.fetch_add(1, Ordering::Relaxed);
        let path = self.folder.path().join(format!("process-{number}"));
        symlink(self.elections(), &path).unwrap();
        Arc::new(Local::new(path))
    }

    fn short_lease(&self) -> Duration {
        Duration::from_secs(2)
    }

    fn tampers(&self) -> &[Tamper] {
        use Tamper::{Corrupt, Delete, Kill, Touch, Usurp, Vacate};
        &[Delete, Vacate, Touch, Usurp, Corrupt, Kill]
    }

    async fn tamper(&self, name: &str, tamper: Tamper) {
        match tamper {
            Tamper::Delete => fs::remove_file(self.record(name)).unwrap(),
            Tamper::Corrupt => fs::write(self.record(name), "not a record").unwrap(),
            Tamper::Touch => self.edit(name, |table| {
                table.insert("note".to_owned(), Value::String("touched".to_owned()));
            }),
            Tamper::Vacate => self.edit(name, |table| {
                table.remove("leader");
                table.remove("holder");
            }),
            Tamper::Usurp => {
                let lease = self.short_lease().as_millis();
                self.edit(name, |table| {
                    table.remove("holder");
                    table.remove("released");
                    table.insert("beat".to_owned(), Value::String("tampered".to_owned()));
                    let leader = format!("name = \"foreign\"\nlease_ms = {lease}");
                    table.insert("leader".to_owned(), leader.parse::<Table>().unwrap().into());
                });
            }
            Tamper::Kill => {
                // As a process does: the lock is locked before it has its name, and until its death, or a sweep removes it.
                let draft = self.elections().join("dead");
                let lock = File::create(&draft).unwrap();
                lock.lock().unwrap();
                fs::rename(draft, self.elections().join("dead.alive")).unwrap();
                let metadata = lock.metadata().unwrap();
                let inode = format!("{}:{}", metadata.dev(), metadata.ino());
                self.edit(name, |table| {
                    let holder = table["holder"].as_table_mut().unwrap();
                    holder.insert("lock".to_owned(), Value::String("dead.alive".to_owned()));
                    holder.insert("inode".to_owned(), Value::String(inode));
                });
                drop(lock);
            }
            other => unreachable!("{other:?} is not listed"),
        }
    }
}

elector_testing::contract_tests! {
    time: real,
    not_applicable: [],
    fixture: async { Host::new() },
}
