//! What can go wrong, and what to do about it.

use std::fmt;
use std::sync::Arc;

/// The boxed cause of an [`Error`].
pub type Source = Box<dyn std::error::Error + Send + Sync>;

/// `Result` with this crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Doubt: the outcome of an operation is unknown, or it cannot work as things stand.
///
/// Definite answers of a store ("somebody else leads", "your lease is gone") are values, never errors. An error
/// therefore neither extends a lease nor ends one: a leader goes on until its budget of time is used up, a
/// follower tries again. Only an [`ErrorKind::Invalid`] from the start ends an election.
#[derive(Clone, Debug)]
pub struct Error {
    kind: ErrorKind,
    backend: &'static str,
    operation: &'static str,
    message: String,
    source: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

/// The kinds of [`Error`], by what the reader can do about them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// No answer, or none that can be trusted: a time-out, a broken connection, a server that throttles. The
    /// operation may or may not have been applied.
    Unavailable,
    /// The store refuses us: credentials, access rights. Nothing was applied. Tried again, slowly, and logged once.
    Denied,
    /// The configuration cannot work: a name the store cannot carry, a lease too short for it, a file system
    /// without locks. Nothing was applied. Before the first definite answer of the store it ends the election,
    /// because nothing but a change of configuration mends it; later it is tried again like a refusal.
    Invalid,
    /// A record is there that is not ours to read. It is never overwritten: nothing was applied.
    Corrupt,
    /// The elector was shut down, or its thread is gone.
    Stopped,
}

impl Error {
    /// Makes an error of `kind`, said by `backend` (its short name, as `"local"`) of `operation` (as `"renew"`).
    pub fn new(
        kind: ErrorKind,
        backend: &'static str,
        operation: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Self { kind, backend, operation, message: message.into(), source: None }
    }

    /// Adds the error that caused this one.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Source>) -> Self {
        self.source = Some(Arc::from(source.into()));
        self
    }

    /// What kind of doubt this is.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The short name of the backend that said it, or `"elector"`.
    pub fn backend(&self) -> &'static str {
        self.backend
    }

    /// The operation that was tried.
    pub fn operation(&self) -> &'static str {
        self.operation
    }

    /// Whether trying the same thing again can help.
    pub fn is_retryable(&self) -> bool {
        !matches!(self.kind, ErrorKind::Invalid | ErrorKind::Stopped)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.backend, self.operation, self.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| &**source as _)
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl ErrorKind {
    /// The kind as one lower-case word, as in metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unavailable => "unavailable",
            Self::Denied => "denied",
            Self::Invalid => "invalid",
            Self::Corrupt => "corrupt",
            Self::Stopped => "stopped",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::*;

    #[test]
    fn says_where_what_and_why() {
        let source = std::io::Error::other("no route");
        let error = Error::new(ErrorKind::Unavailable, "redis", "renew", "cannot connect");
        let error = error.with_source(source);
        assert_eq!(error.to_string(), "redis renew: cannot connect");
        assert_eq!((error.backend(), error.operation()), ("redis", "renew"));
        assert_eq!(
            (error.kind(), error.kind().to_string().as_str()),
            (ErrorKind::Unavailable, "unavailable")
        );
        assert_eq!(error.source().unwrap().to_string(), "no route");
    }

    #[test]
    fn what_was_wrong_from_the_start_stays_wrong() {
        let may_help = |kind| Error::new(kind, "", "", "").is_retryable();
        assert!(
            [ErrorKind::Unavailable, ErrorKind::Denied, ErrorKind::Corrupt]
                .map(may_help)
                .iter()
                .all(|may| *may)
        );
        assert!(![ErrorKind::Invalid, ErrorKind::Stopped].map(may_help).iter().any(|may| *may));
    }
}
