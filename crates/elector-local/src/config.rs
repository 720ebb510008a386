//! The configuration of this store.

use std::path::{Path, PathBuf};
use std::time::Duration;

use elector::Result;
use serde::Deserialize;

use crate::error;
use crate::local::{Local, POLL_INTERVAL};

/// The section `[backend.local]` of a configuration.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct LocalConfig {
    /// The folder that the candidates share, an absolute path; made if it is missing.
    #[serde(deserialize_with = "folder")]
    pub folder: PathBuf,
    /// How often a follower reads the file although it is told of changes; `"5s"` if not set.
    #[serde(default = "poll_interval", deserialize_with = "duration")]
    pub poll_interval: Duration,
    /// Whether to accept a file system that is not known to be local; `false` if not set.
    #[serde(default)]
    pub allow_weak: bool,
}

impl LocalConfig {
    /// The defaults, in `folder`.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), poll_interval: POLL_INTERVAL, allow_weak: false }
    }
}

impl Local {
    /// The store that `config` describes. Does no I/O.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`](elector::ErrorKind::Invalid) when a value cannot work.
    pub fn from_config(config: LocalConfig) -> Result<Self> {
        if config.folder.is_relative() {
            return Err(error::invalid("config", not_absolute(&config.folder)));
        }
        if config.poll_interval.is_zero() {
            return Err(error::invalid("config", "poll_interval is zero: write \"5s\""));
        }
        Ok(Self::new(config.folder)
            .poll_interval(config.poll_interval)
            .allow_weak(config.allow_weak))
    }
}

/// A relative folder would be another one for each working directory, with a leader each.
fn not_absolute(folder: &Path) -> String {
    format!("folder must be an absolute path such as \"/var/lib/elector\", found {folder:?}")
}

fn folder<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<PathBuf, D::Error> {
    let folder = PathBuf::deserialize(deserializer)?;
    if folder.is_relative() {
        return Err(serde::de::Error::custom(not_absolute(&folder)));
    }
    Ok(folder)
}

fn poll_interval() -> Duration {
    POLL_INTERVAL
}

fn duration<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(deserializer)?;
    let duration: jiff::SignedDuration = text.parse().map_err(|_| {
        serde::de::Error::custom(format!(
            "{text:?} is no duration: write it like \"5s\" or \"500ms\""
        ))
    })?;
    Duration::try_from(duration)
        .map_err(|_| serde::de::Error::custom("a poll_interval cannot be negative"))
}
