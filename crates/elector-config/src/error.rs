//! What is wrong with a configuration.

use std::fmt;

use crate::origin::Origin;

/// What is wrong with a configuration: where, which key, and what is allowed.
///
/// Its text reads `elector.toml:3: election.lease_duration: expected a duration such as "15s", found "15 parsecs"`, and
/// of a flag, which stands for its key, `--lease-duration: expected a duration ...`.
/// It holds no value whose key looks like a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    origin: Option<Origin>,
    key: Option<String>,
    message: String,
    missing: bool,
}

impl ConfigError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { origin: None, key: None, message: message.into(), missing: false }
    }

    /// The same, said of a key that must be set and is not.
    pub(crate) fn missing(self) -> Self {
        Self { missing: true, ..self }
    }

    pub(crate) fn at(mut self, origin: Origin) -> Self {
        self.origin = Some(origin);
        self
    }

    pub(crate) fn for_key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// The same with its message changed by `change`.
    pub(crate) fn with_message(mut self, change: impl FnOnce(&str) -> String) -> Self {
        self.message = change(&self.message);
        self
    }

    /// Where the faulty value comes from; the file that lacks a key; `None` where nothing was read.
    pub fn origin(&self) -> Option<&Origin> {
        self.origin.as_ref()
    }

    /// The full key, such as `backend.local.poll_interval`; `None` where the fault is not one key's.
    pub fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    /// Whether the key must be set and is not.
    pub fn is_missing(&self) -> bool {
        self.missing
    }

    /// What is wrong, and what is allowed.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(origin) = &self.origin {
            write!(f, "{origin}: ")?;
        }
        // A flag says which key it sets.
        let flag = matches!(self.origin, Some(Origin::Flag(_)));
        if let Some(key) = self.key.as_ref().filter(|_| !flag) {
            write!(f, "{key}: ")?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for ConfigError {}

/// What `error` says is wrong, without the operation that found it, and its causes.
pub(crate) fn plainly(error: &elector::Error) -> String {
    let text = error.to_string();
    let operation = format!("{} {}: ", error.backend(), error.operation());
    let mut text = text.strip_prefix(&operation).unwrap_or(&text).to_owned();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    text
}
