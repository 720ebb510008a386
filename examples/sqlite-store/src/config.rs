//! The configuration of this store.

use std::path::PathBuf;
use std::time::Duration;

use elector::Result;
use serde::Deserialize;

use crate::{Sqlite, error};

/// The section `[backend.sqlite]` of a configuration.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct SqliteConfig {
    /// The database file.
    pub file: PathBuf,
    /// How often a follower reads its row, in milliseconds; 500 if not set.
    #[serde(default = "poll_ms")]
    pub poll_ms: u64,
}

impl Sqlite {
    /// The store that `config` describes. Does no I/O.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`](elector::ErrorKind::Invalid) when a value cannot work.
    pub fn from_config(config: SqliteConfig) -> Result<Self> {
        if config.poll_ms == 0 {
            return Err(error::invalid("config", "poll_ms is zero: write 500"));
        }
        Ok(Self::new(config.file).poll_interval(Duration::from_millis(config.poll_ms)))
    }
}

fn poll_ms() -> u64 {
    500
}
