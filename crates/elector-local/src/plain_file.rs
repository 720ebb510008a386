//! Opening files that somebody else may have put in their place.

use std::fs::File;
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use nix::errno::Errno;
use nix::fcntl::OFlag;

/// Opens the file `path` for reading, and never waits for it.
///
/// # Errors
///
/// [`io::ErrorKind::InvalidInput`] for everything that is no plain file: to open a pipe would wait for its writer,
/// and a device may never end. Nor is a link followed, because this store replaces names and not what they lead to.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    let flags = OFlag::O_NONBLOCK | OFlag::O_NOFOLLOW | OFlag::O_NOCTTY;
    let opened = File::options().read(true).custom_flags(flags.bits()).open(path);
    let no_file = |error: &io::Error| {
        // A link, and a socket or the pipe of a device that is not there.
        let errno = error.raw_os_error();
        [Errno::ELOOP, Errno::ENXIO, Errno::ENODEV].iter().any(|no| errno == Some(*no as i32))
    };
    match opened {
        Ok(file) if file.metadata()?.is_file() => Ok(file),
        Ok(_) => Err(io::ErrorKind::InvalidInput.into()),
        Err(error) if no_file(&error) => Err(io::ErrorKind::InvalidInput.into()),
        Err(error) => Err(error),
    }
}
