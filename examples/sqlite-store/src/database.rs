//! The connection, and the thread that may block on it.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use elector::{Connection, Error, ErrorKind, Result};
use rusqlite::{Transaction, TransactionBehavior};

use crate::error;

/// How long SQLite waits for another process's write to end.
const BUSY: Duration = Duration::from_millis(500);

/// `history` is what outlives a row: which write was the latest, and the greatest token. Triggers keep it, so that an edit by
/// hand is a write like any other.
const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS election (
    name TEXT PRIMARY KEY,
    leader TEXT, session TEXT, metadata TEXT,
    token INTEGER NOT NULL, beat TEXT NOT NULL, lease_ms INTEGER NOT NULL,
    released INTEGER, reserved_for TEXT, reserved_ms INTEGER,
    request TEXT, request_token INTEGER, request_from TEXT
) STRICT;
CREATE TABLE IF NOT EXISTS history (
    name TEXT PRIMARY KEY, version INTEGER NOT NULL DEFAULT 0, token INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TRIGGER IF NOT EXISTS election_inserted AFTER INSERT ON election BEGIN
    INSERT INTO history (name) SELECT new.name
        WHERE NOT EXISTS (SELECT 1 FROM history WHERE name = new.name);
    UPDATE history SET version = version + 1, token = max(token, new.token) WHERE name = new.name;
END;
CREATE TRIGGER IF NOT EXISTS election_updated AFTER UPDATE ON election BEGIN
    UPDATE history SET version = version + 1, token = max(token, new.token) WHERE name = new.name;
END;
CREATE TRIGGER IF NOT EXISTS election_deleted AFTER DELETE ON election BEGIN
    UPDATE history SET version = version + 1 WHERE name = old.name;
END;";

/// One database file.
#[derive(Debug)]
pub(crate) struct Database {
    connection: Connection<Mutex<rusqlite::Connection>>,
}

impl Database {
    pub(crate) fn at(file: PathBuf) -> Self {
        let connection = Connection::new(move || {
            let file = file.clone();
            blocking("open", move || open(&file).map_err(|source| error::failed("open", source)))
        });
        Self { connection }
    }

    /// Does `work` in one transaction, which is written only when `work` succeeds.
    ///
    /// One that writes is `Immediate`: it waits for its turn before it reads, and what it read is true when it writes.
    pub(crate) async fn transaction<T: Send + 'static>(
        &self,
        operation: &'static str,
        behavior: TransactionBehavior,
        work: impl FnOnce(&Transaction<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let call = self.connection.call(|connection| {
            blocking(operation, move || {
                let mut connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
                let failed = |source| error::failed(operation, source);
                let transaction = connection.transaction_with_behavior(behavior).map_err(failed)?;
                let answer = work(&transaction)?;
                transaction.commit().map_err(failed)?;
                Ok(answer)
            })
        });
        call.await
    }
}

fn open(file: &Path) -> rusqlite::Result<Mutex<rusqlite::Connection>> {
    let mut connection = rusqlite::Connection::open(file)?;
    connection.busy_timeout(BUSY)?;
    // An acknowledged write survives a power cut: what linearizable promises.
    connection.pragma_update(None, "synchronous", "FULL")?;
    // One sync a write instead of four, and readers who wait for nobody. It stays in the file once it is set; while others
    // use the file it cannot be, and the next to open it sets it.
    connection.pragma_update(None, "journal_mode", "WAL").ok();
    // Looked for first, because others that write all the time would keep this from ever being its turn.
    if !connection.table_exists(None, "election")? {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute_batch(SCHEMA)?;
        transaction.commit()?;
    }
    Ok(Mutex::new(connection))
}

async fn blocking<T: Send + 'static>(
    operation: &'static str,
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|source| {
        let message = "the runtime ended while the database was used";
        Err(Error::new(ErrorKind::Unavailable, error::BACKEND, operation, message)
            .with_source(source))
    })
}
