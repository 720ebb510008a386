//! Reads a folder's changes from the kernel.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::thread;

use inotify::{EventMask, Inotify, WatchDescriptor, WatchMask, Watches};
use nix::errno::Errno;

use super::Hub;

/// A thread that waits for the kernel. Dropping this ends it.
///
/// A thread, and no task of a runtime: it outlives the runtime of the watch that started it, and an application that
/// blocks its runtime keeps nobody from hearing of changes.
pub(super) struct Reader {
    watches: Watches,
    folder: WatchDescriptor,
}

impl Reader {
    /// Tells `hub` of changes in the folder `path`, and in the end that it ended, with `number`.
    pub(super) fn start(path: &Path, hub: Arc<Hub>, number: u64) -> io::Result<Self> {
        let mut inotify = Inotify::init().map_err(shortage)?;
        let mut watches = inotify.watches();
        // Not OPEN or ACCESS: the followers' own reads would wake them.
        let mask = WatchMask::MOVED_TO
            | WatchMask::CLOSE_WRITE
            | WatchMask::DELETE
            | WatchMask::MOVE_SELF
            | WatchMask::ONLYDIR;
        let folder = watches.add(path, mask).map_err(shortage)?;
        thread::Builder::new().name("elector-inotify".to_owned()).spawn(move || {
            while read(&mut inotify, &hub) {}
            hub.ended(number);
        })?;
        Ok(Self { watches, folder })
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        // The kernel answers with IGNORED, which ends the thread. An error says that it has ended.
        let _ = self.watches.remove(self.folder.clone());
    }
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader").finish_non_exhaustive()
    }
}

/// What is said when the kernel gives no more.
fn shortage(error: io::Error) -> io::Error {
    match error.raw_os_error().map(Errno::from_raw) {
        Some(Errno::EMFILE) => io::Error::other(
            "no inotify instance left (fs.inotify.max_user_instances), or no file descriptor",
        ),
        Some(Errno::ENOSPC) => {
            io::Error::other("no inotify watch left (fs.inotify.max_user_watches)")
        }
        _ => error,
    }
}

/// Waits for changes and tells of them; whether there can be more.
fn read(inotify: &mut Inotify, hub: &Hub) -> bool {
    // The kernel ignores a folder from its deletion on, and from the end of its file system on.
    let over = EventMask::IGNORED | EventMask::MOVE_SELF;
    let mut buffer = [0; 4096];
    // Interrupted, say by a handler of the application: whoever is told of the end starts another reader.
    let Ok(events) = inotify.read_events_blocking(&mut buffer) else { return false };
    for event in events {
        if event.mask.intersects(over) {
            return false;
        }
        match event.name {
            Some(name) => hub.tell(name),
            None => hub.tell_all(),
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_of_what_there_is_too_little() {
        let said =
            |number: Errno| shortage(io::Error::from_raw_os_error(number as i32)).to_string();
        assert!(said(Errno::EMFILE).contains("max_user_instances"));
        assert!(said(Errno::ENOSPC).contains("max_user_watches"));
        assert!(said(Errno::EACCES).contains("ermission denied"));
    }
}
