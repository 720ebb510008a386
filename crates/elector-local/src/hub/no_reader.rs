//! Where the kernel has no inotify: the files are polled.

use std::io;
use std::path::Path;
use std::sync::Arc;

use super::Hub;

/// Never started.
#[derive(Debug)]
pub(super) struct Reader;

impl Reader {
    /// Says that there is none.
    pub(super) fn start(_path: &Path, _hub: Arc<Hub>, _number: u64) -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }
}
