//! Errors of this store, by what the reader can do about them.

use std::io;
use std::path::Path;

use elector::{Error, ErrorKind};
use nix::errno::Errno;

/// The short name of this backend.
pub(crate) const BACKEND: &str = "local";

/// The error for a call of the system that failed: `doing` reads as in "cannot {doing} {path}".
pub(crate) fn io(operation: &'static str, doing: &str, path: &Path, source: io::Error) -> Error {
    let (kind, advice) = advice(&source);
    let path = path.display();
    Error::new(kind, BACKEND, operation, format!("cannot {doing} {path}{advice}"))
        .with_source(source)
}

/// The error for a file whose content is not what this store writes.
pub(crate) fn corrupt(operation: &'static str, path: &Path, why: &str) -> Error {
    let path = path.display();
    let message = format!(
        "{path} {why}; it is left as it is: move it away when no candidate of this election runs"
    );
    Error::new(ErrorKind::Corrupt, BACKEND, operation, message)
}

/// The error for a configuration that cannot work.
pub(crate) fn invalid(operation: &'static str, message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Invalid, BACKEND, operation, message)
}

/// The error for an attempt without an outcome.
pub(crate) fn unavailable(operation: &'static str, message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Unavailable, BACKEND, operation, message)
}

fn advice(error: &io::Error) -> (ErrorKind, &'static str) {
    // Not every number has a kind in std.
    if error.raw_os_error() == Some(Errno::EMFILE as i32) {
        return (ErrorKind::Unavailable, ": this process has no file descriptor left (ulimit -n)");
    }
    match error.kind() {
        io::ErrorKind::PermissionDenied => {
            (ErrorKind::Denied, ": give this user access to the folder and all files in it")
        }
        io::ErrorKind::ReadOnlyFilesystem => {
            (ErrorKind::Denied, ": the file system is mounted read-only")
        }
        io::ErrorKind::NotADirectory => {
            (ErrorKind::Invalid, ": a part of the folder's path is not a folder")
        }
        io::ErrorKind::AlreadyExists => (
            ErrorKind::Unavailable,
            ": there is a file, or a link that leads to nothing, in its place",
        ),
        io::ErrorKind::InvalidFilename => {
            (ErrorKind::Invalid, ": the file system cannot carry this name")
        }
        io::ErrorKind::IsADirectory => {
            (ErrorKind::Corrupt, ": there is a folder in the place of the file")
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            (ErrorKind::Unavailable, ": the file system is full")
        }
        io::ErrorKind::FileTooLarge => {
            (ErrorKind::Unavailable, ": this process may write no file of this size (ulimit -f)")
        }
        _ => (ErrorKind::Unavailable, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kind_says_what_can_be_done() {
        let error = io("load", "read", Path::new("/x"), io::ErrorKind::Other.into());
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        for (number, kind, says) in [
            (Errno::EMFILE, ErrorKind::Unavailable, "ulimit -n"),
            (Errno::EACCES, ErrorKind::Denied, "give this user access"),
            (Errno::EROFS, ErrorKind::Denied, "mounted read-only"),
            (Errno::ENOTDIR, ErrorKind::Invalid, "is not a folder"),
            (Errno::EEXIST, ErrorKind::Unavailable, "in its place"),
            (Errno::ENAMETOOLONG, ErrorKind::Invalid, "cannot carry this name"),
            (Errno::EISDIR, ErrorKind::Corrupt, "in the place of the file"),
            (Errno::ENOSPC, ErrorKind::Unavailable, "is full"),
            (Errno::EDQUOT, ErrorKind::Unavailable, "is full"),
            (Errno::EFBIG, ErrorKind::Unavailable, "ulimit -f"),
        ] {
            let source = io::Error::from_raw_os_error(number as i32);
            let error = io("store", "write in", Path::new("/x"), source);
            assert_eq!(error.kind(), kind, "{number}");
            assert!(error.to_string().contains(says), "{error} should say {says:?}");
        }
        let error = io("store", "write in", Path::new("/x"), io::ErrorKind::StorageFull.into());
        assert_eq!(error.to_string(), "local store: cannot write in /x: the file system is full");
    }
}
