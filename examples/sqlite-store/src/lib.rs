//! A store over SQLite, for the processes of one host that have a database already.
//!
//! An example: it was written after `docs/writing-a-backend.md`, with the contract suite as its judge. Each election is
//! one row; read it with `sqlite3 FILE 'SELECT * FROM election'`.
//!
//! ```
//! use elector::{Elector, Store as _};
//! use sqlite_store::Sqlite;
//!
//! # fn main() -> elector::Result<()> {
//! let store = Sqlite::new("/var/lib/billing/elections.db");
//! let elector = Elector::new(store.election("billing/scheduler")?, "node-1");
//! # Ok(())
//! # }
//! ```
#![forbid(unsafe_code)]

mod config;
mod database;
mod election;
mod error;
mod row;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use elector::Result;
use elector::store::{Backend, Recorded, Store};

use crate::database::Database;
use crate::election::Election;

pub use config::SqliteConfig;

/// A database file whose processes elect leaders. Cheap to clone; clones share a connection.
#[derive(Clone, Debug)]
pub struct Sqlite {
    database: Arc<Database>,
    poll_interval: Duration,
}

impl Sqlite {
    /// Elections in the database `file`, which is made by the first call. Does no I/O.
    pub fn new(file: impl Into<PathBuf>) -> Self {
        let database = Arc::new(Database::at(file.into()));
        Self { database, poll_interval: Duration::from_millis(500) }
    }

    /// How often a follower reads its row, 500 ms unless set here: SQLite tells no other process of a change.
    #[must_use]
    pub fn poll_interval(mut self, poll_interval: Duration) -> Self {
        self.poll_interval = poll_interval;
        self
    }
}

impl Store for Sqlite {
    /// The election called `name`, as it is written: a column carries any text.
    fn election(&self, name: &str) -> Result<Arc<dyn Backend>> {
        let election = Election::new(name, Arc::clone(&self.database), self.poll_interval);
        Ok(Arc::new(Recorded::new(election)))
    }
}

/// The guide, so that its Rust is compiled.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/writing-a-backend.md")]
pub struct Guide;
