//! The contract of all backends, held by this one.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use elector::store::Store;
use elector_testing::{Fixture, Skip, Tamper, contract_tests};
use futures_util::StreamExt as _;
use sqlite_store::Sqlite;
use tempfile::TempDir;

#[derive(Debug)]
struct File(TempDir);

impl File {
    fn path(&self) -> PathBuf {
        self.0.path().join("elections.db")
    }
}

#[async_trait]
impl Fixture for File {
    /// A connection of its own, as another process has.
    async fn open(&self) -> Arc<dyn Store> {
        Arc::new(Sqlite::new(self.path()).poll_interval(Duration::from_millis(20)))
    }

    fn tampers(&self) -> &[Tamper] {
        use Tamper::{Corrupt, Delete, Touch, Usurp, Vacate};
        &[Delete, Vacate, Touch, Usurp, Corrupt]
    }

    /// Edits the row as a person with `sqlite3` does.
    async fn tamper(&self, name: &str, tamper: Tamper) {
        // The tables are there once somebody has called the store; nobody may have yet.
        self.open().await.election(name).unwrap().watch().next().await.unwrap().unwrap();
        let database = rusqlite::Connection::open(self.path()).unwrap();
        database.busy_timeout(Duration::from_secs(5)).unwrap();
        let lease = i64::try_from(self.short_lease().as_millis()).unwrap();
        let sql = match tamper {
            Tamper::Delete => "DELETE FROM election WHERE name = ?1".to_owned(),
            Tamper::Vacate => "UPDATE election SET leader = NULL WHERE name = ?1".to_owned(),
            Tamper::Touch => "UPDATE election SET metadata = 'touched' WHERE name = ?1".to_owned(),
            Tamper::Usurp => format!(
                "INSERT INTO election (name, leader, token, beat, lease_ms) VALUES (?1, 'foreign', 0, 'tampered', {lease})
                 ON CONFLICT (name) DO UPDATE SET leader = 'foreign', session = NULL, token = 0, beat = 'tampered',
                    lease_ms = {lease}, released = NULL"
            ),
            Tamper::Corrupt => "UPDATE election SET session = 'nobody' WHERE name = ?1".to_owned(),
            other => unreachable!("{other:?} is not listed"),
        };
        assert_eq!(database.execute(&sql, [name]).unwrap(), 1, "{tamper:?} changes one row");
    }
}

contract_tests! {
    time: real,
    not_applicable: [proven_death_frees],
    fixture: async { Ok::<_, Skip>(File(tempfile::tempdir().unwrap())) },
}
