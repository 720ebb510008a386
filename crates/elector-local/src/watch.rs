//! The changes of one election.

use std::sync::Arc;
use std::time::Duration;

use elector::store::{Seen, Version};
use elector::{Error, Result};
use futures_core::stream::BoxStream;
use futures_util::StreamExt as _;
use futures_util::stream;

use crate::alive::Holder;
use crate::election::ended;
use crate::hub::Subscription;
use crate::record_file::{Loaded, RecordFile};

/// How often the file is read while the kernel tells of no changes, unless the poll is quicker anyway. The same after
/// a deletion: the kernel tells of a deleted folder only when no process has a file of it open any more.
const POLL_ALONE: Duration = Duration::from_millis(500);

/// When to look again after the leader's lock was closed, in milliseconds: the kernel tells of the close a little
/// before it frees the lock.
const AFTER_CLOSE: [u64; 16] = [1, 1, 1, 1, 1, 1, 2, 2, 5, 5, 10, 20, 50, 100, 200, 500];

/// The record of `file` now, then every change of it.
pub(crate) fn watch(
    file: Arc<RecordFile>,
    poll_interval: Duration,
) -> BoxStream<'static, Result<Seen>> {
    let watch = Watch::new(file, poll_interval);
    stream::unfold(watch, async |mut watch| Some((watch.next().await, watch))).boxed()
}

struct Watch {
    file: Arc<RecordFile>,
    poll_interval: Duration,
    record: Subscription,
    /// The leader's lock, whose close tells of its death.
    lock: Option<(Holder, Subscription)>,
    told: Told,
    look_now: bool,
    told_of_changes: bool,
    /// A record has been seen.
    seen: bool,
    /// There was a record, and there is none any more.
    deleted: bool,
    /// The looks after a close that are still to come.
    looks: std::ops::Range<usize>,
}

/// What the stream yielded last.
#[derive(PartialEq)]
enum Told {
    Nothing,
    Seen { version: Version, holder_gone: bool },
    Failed(String),
}

impl Watch {
    fn new(file: Arc<RecordFile>, poll_interval: Duration) -> Self {
        let record = file.folder.hub.subscribe(&file.names.record);
        Self {
            file,
            poll_interval,
            record,
            lock: None,
            told: Told::Nothing,
            look_now: true,
            told_of_changes: false,
            seen: false,
            deleted: false,
            looks: 0..0,
        }
    }

    async fn next(&mut self) -> Result<Seen> {
        loop {
            if !std::mem::take(&mut self.look_now) && !self.wait().await {
                continue;
            }
            let (told_of_changes, loaded) = look(&self.file).await;
            self.told_of_changes = told_of_changes;
            let told = Told::from(&loaded);
            let news = told != self.told;
            self.told = told;
            let seen = loaded.map(|loaded| {
                self.follow(&loaded);
                loaded.seen
            });
            if news {
                return seen;
            }
        }
    }

    /// Waits until there may be a reason to look; whether there is one.
    async fn wait(&mut self) -> bool {
        let look = self.looks.next();
        let pause = match look {
            Some(look) => Duration::from_millis(AFTER_CLOSE[look]),
            None if self.told_of_changes && !self.deleted => self.poll_interval,
            None => self.poll_interval.min(POLL_ALONE),
        };
        let lock = async {
            match &mut self.lock {
                Some((_, lock)) => lock.changed().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = self.record.changed() => return true,
            () = lock => self.looks = 0..AFTER_CLOSE.len(),
            () = tokio::time::sleep(pause) => if look.is_none() { return true },
        }
        // The lock alone tells: one process may have led a thousand elections, and all of them are looked at now.
        let Some((holder, _)) = &self.lock else { return false };
        let (holder, file) = (holder.clone(), Arc::clone(&self.file));
        let gone = move || holder.is_gone(file.folder.path());
        self.file.folder.readers.run(gone).await.unwrap_or(true)
    }

    /// Listens for the death of the leader just seen.
    fn follow(&mut self, loaded: &Loaded) {
        let there = loaded.seen.record.is_some();
        self.deleted = !there && self.seen;
        self.seen |= there;
        let lock = loaded
            .holder
            .as_ref()
            .filter(|holder| !loaded.seen.holder_gone && holder.could_be_proven());
        if lock.is_none() {
            self.looks = 0..0;
        }
        if lock == self.lock.as_ref().map(|(holder, _)| holder) {
            return;
        }
        let subscribe = |holder: &Holder| self.file.folder.hub.subscribe(&holder.lock);
        self.lock = lock.map(|holder| (holder.clone(), subscribe(holder)));
        // It may have died before this subscription.
        self.look_now = self.lock.is_some();
    }
}

/// Whether the kernel tells of changes from now on, and then the record, so that nothing falls between the two.
async fn look(file: &Arc<RecordFile>) -> (bool, Result<Loaded>) {
    let reads = Arc::clone(file);
    let look = move || (reads.folder.hub.ensure(), reads.load("watch"));
    let looked = file.folder.readers.run(look).await;
    looked.unwrap_or_else(|| (false, Err(ended("watch"))))
}

impl From<&Result<Loaded, Error>> for Told {
    fn from(loaded: &Result<Loaded, Error>) -> Self {
        match loaded {
            Ok(Loaded { seen, .. }) => {
                Self::Seen { version: seen.version.clone(), holder_gone: seen.holder_gone }
            }
            Err(error) => Self::Failed(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests;
