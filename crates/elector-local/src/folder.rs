//! What all elections of one folder share within a process.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use elector::clock::{BootClock, Clock as _, Moment};

use crate::alive::Alive;
use crate::hub::Hub;
use crate::lane::Lane;
use crate::sweep;
use crate::write_lock::{Gate, lock};

/// At most once in this time the folder is swept.
const SWEEP_INTERVAL: Duration = Duration::from_secs(60);

/// How many threads read files of one folder at once.
const READERS: usize = 4;

/// How many threads write files of one folder at once. They mostly wait for the disk, which syncs for all of them
/// together: fewer would make it wait for each.
const WRITERS: usize = 16;

/// Those that this process has in use.
static FOLDERS: Mutex<Option<HashMap<PathBuf, Weak<Folder>>>> = Mutex::new(None);

/// A folder of elections: one value per process and path.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    /// Guards the write lock within this process.
    pub(crate) gate: Gate,
    /// Tells of changes in the folder.
    pub(crate) hub: Arc<Hub>,
    /// The threads that read here.
    pub(crate) readers: Arc<Lane>,
    /// The threads that write here; apart from the readers, so that nobody who follows waits for the disk.
    pub(crate) writers: Arc<Lane>,
    alive: Mutex<Option<Arc<Alive>>>,
    swept: Mutex<Option<Moment>>,
}

impl Folder {
    /// The folder `path`. Does not touch it.
    pub(crate) fn at(path: &Path) -> Arc<Self> {
        // A relative path means the same folder after the process changed its working directory.
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let mut folders = lock(&FOLDERS);
        let folders = folders.get_or_insert_default();
        if let Some(folder) = folders.get(&path).and_then(Weak::upgrade) {
            return folder;
        }
        folders.retain(|_, folder| folder.strong_count() > 0);
        let folder = Self::apart(&path);
        folders.insert(path, Arc::downgrade(&folder));
        folder
    }

    /// The folder `path`, shared with nothing else of this process.
    pub(crate) fn apart(path: &Path) -> Arc<Self> {
        Arc::new(Self {
            path: path.to_owned(),
            gate: Gate::default(),
            hub: Hub::new(path.to_owned()),
            readers: Lane::new(READERS),
            writers: Lane::new(WRITERS),
            alive: Mutex::new(None),
            swept: Mutex::new(None),
        })
    }

    /// Its absolute path.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Makes the folder if it is missing.
    pub(crate) fn create(&self) -> io::Result<()> {
        fs::create_dir_all(&self.path)
    }

    /// This process's lock in the folder, made when it is first needed and again when somebody removed it; `None`
    /// where the kernel gives no proof of death.
    pub(crate) fn alive(&self) -> io::Result<Option<Arc<Alive>>> {
        let mut alive = lock(&self.alive);
        if alive.as_ref().is_none_or(|alive| !alive.is_in_place()) {
            *alive = Alive::create(&self.path)?.map(Arc::new);
        }
        Ok(alive.clone())
    }

    /// Whether the folder is due for a sweep, which the caller then starts.
    pub(crate) fn sweep_is_due(&self) -> bool {
        let now = BootClock::new().now();
        let mut swept = lock(&self.swept);
        let due = swept.is_none_or(|then| now.since(then) >= SWEEP_INTERVAL);
        if due {
            *swept = Some(now);
        }
        due
    }

    /// Removes what the dead left behind.
    pub(crate) fn sweep(&self) {
        sweep::sweep(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_one_for_as_long_as_it_is_in_use() {
        let parent = tempfile::tempdir().unwrap();
        let path = |name| parent.path().join(name);
        let (one, two) = (Folder::at(&path("one")), Folder::at(&path("two")));
        let gone = Folder::at(&path("gone"));
        drop(gone);
        let _three = Folder::at(&path("three"));
        assert!(Arc::ptr_eq(&one, &Folder::at(&path("one"))));
        assert!(Arc::ptr_eq(&two, &Folder::at(&path("two"))));
        let folders = lock(&FOLDERS);
        let known = |name| folders.as_ref().unwrap().contains_key(&path(name));
        assert!(known("one") && known("two") && known("three") && !known("gone"));
    }
}
