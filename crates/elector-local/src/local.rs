//! The store.

use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use elector::Result;
use elector::store::{Backend, Recorded, Store};

use crate::election::ElectionFile;
use crate::error;
use crate::folder::Folder;
use crate::record_file::RecordFile;

/// How often a follower reads the file although it is told of changes.
pub(crate) const POLL_INTERVAL: Duration = Duration::from_secs(5);

/// A folder of one host whose processes elect leaders through files.
///
/// Cheap to clone. All values of a process with the same folder, written the same way, share one lock and one
/// subscription to the folder's changes.
#[derive(Clone, Debug)]
pub struct Local {
    folder: Arc<Folder>,
    poll_interval: Duration,
    allow_weak: bool,
}

impl Local {
    /// Elections in `folder`, which is made when a first candidate bids. Does no I/O.
    ///
    /// A relative path is relative to the working directory of now.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        let folder = Folder::at(&folder.into());
        Self { folder, poll_interval: POLL_INTERVAL, allow_weak: false }
    }

    /// How often a follower reads the file although it is told of changes: a net, 5 s unless set here.
    ///
    /// While the kernel tells of no changes (no inotify left, a folder that does not exist yet, another system than
    /// Linux) the file is read twice a second, or more often if this says so.
    #[must_use]
    pub fn poll_interval(mut self, poll_interval: Duration) -> Self {
        self.poll_interval = poll_interval;
        self
    }

    /// Accepts a file system that is not known to be local.
    ///
    /// Only this host may write there then: nothing can promise one leader otherwise. There is no proof of death on
    /// such a file system; a dead leader's lease is waited out.
    #[must_use]
    pub fn allow_weak(mut self, allow_weak: bool) -> Self {
        self.allow_weak = allow_weak;
        self
    }

    /// Another descriptor of the lock that proves that this process lives.
    ///
    /// A supervisor lets the processes that do its work inherit it: the lock is free, and the lease ended, only when
    /// the last of them has closed it or died. Take it anew for each term, once the term is won, and close it in the
    /// supervisor when the children are started. The descriptor is closed on `exec` unless that is undone.
    ///
    /// Blocks for some file operations.
    ///
    /// # Errors
    ///
    /// When the lock cannot be made, and with [`ErrorKind::Invalid`](elector::ErrorKind::Invalid) where the system
    /// gives no proof of death.
    pub fn hold_descriptor(&self) -> Result<OwnedFd> {
        let path = self.folder.path();
        let failed = |source| error::io("hold", "lock a file in", path, source);
        self.folder.create().map_err(failed)?;
        let alive = self.folder.alive().map_err(failed)?;
        let alive = alive.ok_or_else(|| {
            error::invalid("hold", "this system gives no proof that a process is dead")
        })?;
        alive.descriptor().map_err(failed)
    }
}

impl Store for Local {
    /// The election called `name`, in the file `FOLDER/name.election`.
    ///
    /// ASCII letters, digits, `-`, `_` and `.` stand for themselves in the file's name, except a dot at the start;
    /// every other byte is written as `%` and two hexadecimal digits. So written a name has at most 246 bytes.
    fn election(&self, name: &str) -> Result<Arc<dyn Backend>> {
        if self.folder.path().as_os_str().is_empty() {
            return Err(error::invalid("election", "the folder has an empty path"));
        }
        let file = RecordFile::new(Arc::clone(&self.folder), name, self.allow_weak)?;
        let election = ElectionFile::new(file, self.poll_interval, self.allow_weak);
        Ok(Arc::new(Recorded::new(election)))
    }
}
