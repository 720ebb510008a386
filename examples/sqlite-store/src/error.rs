//! Errors of this store, by what the reader can do about them.

use elector::{Error, ErrorKind};
use rusqlite::ErrorCode;

/// The short name of this backend.
pub(crate) const BACKEND: &str = "sqlite";

/// The error for a statement that failed.
pub(crate) fn failed(operation: &'static str, source: rusqlite::Error) -> Error {
    let (kind, message) = match source.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            (ErrorKind::Unavailable, "another process holds the database")
        }
        Some(ErrorCode::PermissionDenied | ErrorCode::ReadOnly | ErrorCode::CannotOpen) => {
            (ErrorKind::Denied, "give this user access to the database and its folder")
        }
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            (ErrorKind::Corrupt, "the file is no database that can be read; it is left as it is")
        }
        _ => (ErrorKind::Unavailable, "the statement failed"),
    };
    Error::new(kind, BACKEND, operation, message).with_source(source)
}

/// The error for a row that this store did not write.
pub(crate) fn corrupt(election: &str, column: &str) -> Error {
    let message = format!(
        "the row of election {election:?} has no valid {column}; it is left as it is: delete it when no candidate runs"
    );
    Error::new(ErrorKind::Corrupt, BACKEND, "load", message)
}

/// The error for a configuration that cannot work.
pub(crate) fn invalid(operation: &'static str, message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Invalid, BACKEND, operation, message)
}
