//! Tells the watches of this process what changes in a folder.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::future;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use tokio::sync::watch;

use crate::write_lock::lock;

#[cfg(target_os = "linux")]
mod reader;
#[cfg(not(target_os = "linux"))]
#[path = "hub/no_reader.rs"]
mod reader;

use reader::Reader;

/// One subscription to a folder's changes, shared by all watches of a process, and there only while one is.
#[derive(Debug)]
pub(crate) struct Hub {
    path: PathBuf,
    state: Mutex<State>,
    /// As if the kernel had no inotify.
    #[cfg(test)]
    pub(crate) deaf: std::sync::atomic::AtomicBool,
}

#[derive(Debug, Default)]
struct State {
    topics: HashMap<OsString, Topic>,
    running: Option<Running>,
    started: u64,
    complained: bool,
}

#[derive(Debug)]
struct Topic {
    changed: watch::Sender<()>,
    subscribers: usize,
}

#[derive(Debug)]
struct Running {
    number: u64,
    folder: (u64, u64),
    /// Ends with this value.
    _reader: Reader,
}

impl Hub {
    /// The hub of the folder `path`.
    pub(crate) fn new(path: PathBuf) -> Arc<Self> {
        Arc::new(Self {
            path,
            state: Mutex::default(),
            #[cfg(test)]
            deaf: Default::default(),
        })
    }

    /// Waits for changes of the file called `name`.
    pub(crate) fn subscribe(self: &Arc<Self>, name: &str) -> Subscription {
        let name = OsString::from(name);
        let mut state = lock(&self.state);
        let topic = state
            .topics
            .entry(name.clone())
            .or_insert_with(|| Topic { changed: watch::channel(()).0, subscribers: 0 });
        topic.subscribers += 1;
        let changed = topic.changed.subscribe();
        Subscription { hub: Arc::clone(self), name, changed }
    }

    /// Whether subscribers are told of changes from now on; tries to make it so.
    ///
    /// Also finds out whether the path now leads to another folder.
    pub(crate) fn ensure(self: &Arc<Self>) -> bool {
        let mut state = lock(&self.state);
        let Ok(folder) = fs::metadata(&self.path) else {
            state.running = None;
            return false;
        };
        let folder = (folder.dev(), folder.ino());
        if state.running.as_ref().is_some_and(|running| running.folder == folder) {
            return true;
        }
        state.running = None;
        state.started += 1;
        let number = state.started;
        match self.start(number) {
            Ok(reader) => {
                state.running = Some(Running { number, folder, _reader: reader });
                state.complained = false;
                true
            }
            Err(error) => {
                if !std::mem::replace(&mut state.complained, true) {
                    let path = self.path.display();
                    tracing::warn!(%error, "the kernel tells of no changes in {path}: reading the files instead");
                }
                false
            }
        }
    }

    /// Whether subscribers are told of changes.
    #[cfg(test)]
    pub(crate) fn is_running(&self) -> bool {
        lock(&self.state).running.is_some()
    }

    fn start(self: &Arc<Self>, number: u64) -> io::Result<Reader> {
        #[cfg(test)]
        if self.deaf.load(std::sync::atomic::Ordering::SeqCst) {
            return Err(io::ErrorKind::Unsupported.into());
        }
        Reader::start(&self.path, Arc::clone(self), number)
    }

    /// The file called `name` changed.
    fn tell(&self, name: &OsStr) {
        if let Some(topic) = lock(&self.state).topics.get(name) {
            topic.changed.send_replace(());
        }
    }

    /// Anything may have changed.
    fn tell_all(&self) {
        for topic in lock(&self.state).topics.values() {
            topic.changed.send_replace(());
        }
    }

    /// The reader with this number has ended.
    fn ended(&self, number: u64) {
        lock(&self.state).running.take_if(|running| running.number == number);
        self.tell_all();
    }
}

/// A wish to hear of one file; dropping the last one of a folder ends the reader.
#[derive(Debug)]
pub(crate) struct Subscription {
    hub: Arc<Hub>,
    name: OsString,
    changed: watch::Receiver<()>,
}

impl Subscription {
    /// Waits for the next change.
    ///
    /// # Cancel safety
    ///
    /// A change that was not returned yet is returned by the next call.
    pub(crate) async fn changed(&mut self) {
        if self.changed.changed().await.is_err() {
            // Cannot be: the topic lives as long as its subscribers.
            future::pending::<()>().await;
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let mut state = lock(&self.hub.state);
        if let Some(topic) = state.topics.get_mut(&self.name) {
            topic.subscribers -= 1;
            if topic.subscribers == 0 {
                state.topics.remove(&self.name);
            }
        }
        if state.topics.is_empty() {
            state.running = None;
        }
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use std::time::Duration;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(20);

    #[tokio::test]
    async fn replaces_a_reader_of_a_folder_that_was_swapped_meanwhile() {
        let parent = tempfile::tempdir().unwrap();
        let outer = parent.path().join("outer");
        let path = outer.join("elections");
        fs::create_dir_all(&path).unwrap();
        let hub = Hub::new(path.clone());
        let mut subscription = hub.subscribe("file");
        assert!(hub.ensure());
        // The kernel tells nobody who watches the inner folder.
        fs::rename(&outer, parent.path().join("away")).unwrap();
        fs::create_dir_all(&path).unwrap();
        assert!(hub.ensure());
        // The end of the old reader is told, too.
        while tokio::time::timeout(Duration::from_millis(100), subscription.changed()).await.is_ok()
        {
        }
        fs::write(path.join("file"), "").unwrap();
        tokio::time::timeout(PATIENCE, subscription.changed()).await.unwrap();
    }

    async fn until(what: &str, condition: impl Fn() -> bool) {
        let poll = async {
            while !condition() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::time::timeout(PATIENCE, poll).await.expect(what);
    }

    #[test]
    fn complains_once_until_it_hears_again() {
        let folder = tempfile::tempdir().unwrap();
        let hub = Hub::new(folder.path().to_owned());
        let log = tempfile::NamedTempFile::new().unwrap();
        let writer = Mutex::new(log.reopen().unwrap());
        let subscriber = tracing_subscriber::fmt().with_writer(writer).finish();
        tracing::subscriber::with_default(subscriber, || {
            for deaf in [true, true, true, false, true, true] {
                hub.deaf.store(deaf, std::sync::atomic::Ordering::SeqCst);
                assert_eq!(hub.ensure(), !deaf);
                lock(&hub.state).running = None;
            }
        });
        let said = fs::read_to_string(log.path()).unwrap();
        assert_eq!(said.matches("the kernel tells of no changes in").count(), 2, "{said}");
    }

    #[tokio::test]
    async fn the_reader_ends_with_the_last_subscription() {
        let folder = tempfile::tempdir().unwrap();
        let hub = Hub::new(folder.path().to_owned());
        let (one, two) = (hub.subscribe("one"), hub.subscribe("one"));
        assert!(hub.ensure());
        drop(one);
        assert!(hub.is_running());
        drop(two);
        until("the reader still has the hub", || Arc::strong_count(&hub) == 1).await;
    }

    #[tokio::test]
    async fn the_end_of_a_folder_is_told_and_ends_its_reader() {
        let ends: [fn(&std::path::Path); 2] = [
            |folder| fs::rename(folder, folder.with_extension("away")).unwrap(),
            |folder| fs::remove_dir(folder).unwrap(),
        ];
        for end in ends {
            let parent = tempfile::tempdir().unwrap();
            let path = parent.path().join("elections");
            fs::create_dir(&path).unwrap();
            let hub = Hub::new(path.clone());
            let mut subscription = hub.subscribe("file");
            assert!(hub.ensure());
            end(&path);
            tokio::time::timeout(PATIENCE, subscription.changed()).await.unwrap();
            until("it seems to run", || !hub.is_running()).await;
            assert!(!hub.ensure());
        }
    }
}
