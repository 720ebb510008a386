//! The lock under which a record is compared and swapped.

use std::fs::{self, File, TryLockError};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use elector::Result;
use elector::clock::{BootClock, Clock as _, Moment};

use crate::error;

/// How long a writer waits for the lock before it gives up.
pub(crate) const PATIENCE: Duration = Duration::from_millis(250);
/// How long it sleeps between the first two tries.
const FIRST_PAUSE: Duration = Duration::from_micros(50);
/// How long it sleeps between two tries at most.
const LONGEST_PAUSE: Duration = Duration::from_millis(2);

/// Lets one thread of this process at a time try for the folder's lock.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    busy: Mutex<bool>,
    freed: Condvar,
}

impl Gate {
    fn enter(&self, patience: Duration) -> Option<Pass<'_>> {
        let busy = lock(&self.busy);
        let (mut busy, _) = self
            .freed
            .wait_timeout_while(busy, patience, |busy| *busy)
            .unwrap_or_else(PoisonError::into_inner);
        if *busy {
            return None;
        }
        *busy = true;
        Some(Pass { gate: self })
    }
}

#[derive(Debug)]
struct Pass<'a> {
    gate: &'a Gate,
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        *lock(&self.gate.busy) = false;
        self.gate.freed.notify_one();
    }
}

/// The write lock of a folder: `flock` on the folder itself, which cannot be deleted or swapped while files are in it.
#[derive(Debug)]
pub(crate) struct WriteLock<'a> {
    // Before the pass: the next thread of this process finds the lock free.
    folder: Unlock,
    _pass: Pass<'a>,
}

#[derive(Debug)]
struct Unlock(Option<File>);

impl Drop for Unlock {
    fn drop(&mut self) {
        // Unlocked and not only closed: a child that was just forked holds a copy of the descriptor.
        if let Some(folder) = &self.0 {
            let _ = folder.unlock();
        }
    }
}

impl<'a> WriteLock<'a> {
    /// Takes the lock of `folder`, or says within [`PATIENCE`] that somebody sits in it.
    pub(crate) fn take(folder: &Path, gate: &'a Gate, operation: &'static str) -> Result<Self> {
        let clock = BootClock::new();
        let deadline = clock.now() + PATIENCE;
        let pass = gate.enter(PATIENCE).ok_or_else(|| blocked(folder, operation))?;
        let file = File::open(folder)
            .map_err(|source| error::io(operation, "open the folder", folder, source))?;
        let failed = |source| error::io(operation, "lock the folder", folder, source);
        if !try_until(&file, &clock, deadline).map_err(failed)? {
            return Err(blocked(folder, operation));
        }
        let lock = Self { folder: Unlock(Some(file)), _pass: pass };
        if !lock.is_of(folder).map_err(failed)? {
            let message = format!("{} was replaced while it was locked", folder.display());
            return Err(error::unavailable(operation, message));
        }
        Ok(lock)
    }

    /// Gives the lock back, then waits until the disk has what was renamed under it.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        let Some(folder) = self.folder.0.take() else { return Ok(()) };
        folder.unlock()?;
        drop(self);
        folder.sync_all()
    }

    fn is_of(&self, folder: &Path) -> io::Result<bool> {
        let Some(file) = &self.folder.0 else { return Ok(false) };
        let (ours, there) = (file.metadata()?, fs::metadata(folder)?);
        Ok((ours.dev(), ours.ino()) == (there.dev(), there.ino()))
    }
}

fn try_until(folder: &File, clock: &BootClock, deadline: Moment) -> io::Result<bool> {
    let mut pause = FIRST_PAUSE;
    loop {
        match folder.try_lock() {
            Ok(()) => return Ok(true),
            Err(TryLockError::Error(error)) => return Err(error),
            Err(TryLockError::WouldBlock) if clock.now() >= deadline => {
                return Ok(false);
            }
            Err(TryLockError::WouldBlock) => thread::sleep(pause),
        }
        pause = after(pause);
    }
}

fn after(pause: Duration) -> Duration {
    (pause * 2).min(LONGEST_PAUSE)
}

fn blocked(folder: &Path, operation: &'static str) -> elector::Error {
    let folder = folder.display();
    let message = format!(
        "{folder} was locked by another process for more than {PATIENCE:?}, which takes microseconds unless that \
         process is frozen: find it with `fuser -v {folder}` or `lslocks`, then thaw or kill it"
    );
    error::unavailable(operation, message)
}

/// Also after a panic elsewhere: the guarded values are valid at every moment.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_of_the_descriptor_keeps_no_lock() {
        let folder = tempfile::tempdir().unwrap();
        let (gate, other) = (Gate::default(), Gate::default());
        let lock = WriteLock::take(folder.path(), &gate, "store").unwrap();
        // What a child has that is forked now.
        let copy = lock.folder.0.as_ref().unwrap().try_clone().unwrap();
        assert!(WriteLock::take(folder.path(), &other, "store").is_err());
        drop(lock);
        drop(WriteLock::take(folder.path(), &other, "store").unwrap());
        drop(copy);
    }

    #[test]
    fn whoever_sits_in_it_is_waited_for_within_and_among_processes() {
        let folder = tempfile::tempdir().unwrap();
        let (gate, other) = (Gate::default(), Gate::default());
        let _lock = WriteLock::take(folder.path(), &gate, "store").unwrap();
        let clock = BootClock::new();
        for gate in [&gate, &other] {
            let before = clock.now();
            assert!(WriteLock::take(folder.path(), gate, "store").is_err());
            assert!(clock.now().since(before) >= PATIENCE);
        }
    }

    #[test]
    fn the_pauses_grow_to_the_longest() {
        assert_eq!(after(FIRST_PAUSE), FIRST_PAUSE * 2);
        assert_eq!(after(LONGEST_PAUSE), LONGEST_PAUSE);
    }

    #[test]
    fn the_lock_of_a_folder_that_was_replaced_is_another_s() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("elections");
        fs::create_dir(&folder).unwrap();
        let gate = Gate::default();
        let lock = WriteLock::take(&folder, &gate, "store").unwrap();
        assert!(lock.is_of(&folder).unwrap());
        fs::rename(&folder, parent.path().join("away")).unwrap();
        fs::create_dir(&folder).unwrap();
        assert!(!lock.is_of(&folder).unwrap());
    }
}
