//! A store of one's own, as small as one can be: one record in this process, with a count of its writes.
//!
//! `docs/writing-a-backend.md` explains each part.
//!
//! ```sh
//! cargo run -p elector --example custom_store
//! ```

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use elector::store::{
    Backend, Expiry, Guarantees, Record, RecordStore, Recorded, Seen, Store, Stored, Version,
};
use elector::{Elector, FencingToken, Result};
use futures_core::stream::BoxStream;
use futures_util::{StreamExt as _, stream};
use tokio::sync::watch;

/// Everything there is of one election.
#[derive(Clone, Debug, Default)]
struct Shelf {
    record: Option<Record>,
    /// Counts the writes: the version, also of a record that is missing.
    writes: u64,
    /// The greatest token so far, which outlives the record.
    floor: FencingToken,
}

impl Shelf {
    fn seen(&self) -> Seen {
        let version = Version::new(self.writes.to_string());
        match &self.record {
            Some(record) => Seen::record(record.clone(), version, self.floor),
            None => Seen::missing(version, self.floor),
        }
    }
}

/// The store: elections by name.
#[derive(Debug, Default)]
pub(crate) struct Shelves(Mutex<HashMap<String, watch::Sender<Shelf>>>);

impl Store for Shelves {
    fn election(&self, name: &str) -> Result<Arc<dyn Backend>> {
        let mut shelves = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let shelf = shelves.entry(name.to_owned()).or_default().clone();
        Ok(Arc::new(Recorded::new(Election { name: name.to_owned(), shelf })))
    }
}

#[derive(Debug)]
struct Election {
    name: String,
    shelf: watch::Sender<Shelf>,
}

#[async_trait]
impl RecordStore for Election {
    fn election(&self) -> &str {
        &self.name
    }

    fn guarantees(&self) -> Guarantees {
        let mut guarantees = Guarantees::new("shelves", Expiry::Observed);
        guarantees.push = true;
        guarantees
    }

    async fn load(&self) -> Result<Seen> {
        Ok(self.shelf.borrow().seen())
    }

    async fn store(&self, record: &Record, expected: &Version) -> Result<Stored> {
        let mut stored = Stored::Conflict;
        // The comparison and the swap are one step, under the lock of the channel.
        self.shelf.send_if_modified(|shelf| {
            if shelf.seen().version != *expected {
                return false;
            }
            shelf.record = Some(record.clone());
            shelf.writes += 1;
            shelf.floor = shelf.floor.max(record.token);
            stored = Stored::Done(shelf.seen().version);
            true
        });
        Ok(stored)
    }

    fn watch(&self) -> BoxStream<'static, Result<Seen>> {
        let mut changes = self.shelf.subscribe();
        changes.mark_changed();
        stream::unfold((changes, self.shelf.clone()), |(mut changes, shelf)| async move {
            changes.changed().await.ok()?;
            let seen = changes.borrow_and_update().seen();
            Some((Ok(seen), (changes, shelf)))
        })
        .boxed()
    }
}

#[tokio::main(flavor = "current_thread")]
#[allow(clippy::print_stdout)]
async fn main() -> Result<()> {
    let store = Shelves::default();
    let candidate = |name: &'static str| {
        Elector::builder(store.election("example")?, name)
            .lease_duration(Duration::from_secs(2))
            .build()
    };
    let (first, second) = (candidate("first")?, candidate("second")?);
    let leadership = first.lead().await?;
    println!("first leads with token {}", leadership.token());
    leadership.resign().await?;
    let leadership = second.lead().await?;
    println!("second leads with token {}", leadership.token());
    leadership.resign().await
}
