//! One election, as the elector sees it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use elector::Result;
use elector::store::{Expiry, Guarantees, Record, RecordStore, Seen, Stored, Version};
use futures_core::stream::BoxStream;
use futures_util::StreamExt as _;
use futures_util::stream;
use rusqlite::{Transaction, TransactionBehavior};

use crate::database::Database;
use crate::{error, row};

/// The row of one election.
#[derive(Clone, Debug)]
pub(crate) struct Election {
    name: Arc<str>,
    database: Arc<Database>,
    poll_interval: Duration,
}

impl Election {
    pub(crate) fn new(name: &str, database: Arc<Database>, poll_interval: Duration) -> Self {
        Self { name: Arc::from(name), database, poll_interval }
    }

    /// What the watch tells next: the first record that differs from what was `told`, or the first error.
    async fn next(&self, told: &mut Told) -> Result<Seen> {
        loop {
            if *told != Told::Nothing {
                tokio::time::sleep(self.poll_interval).await;
            }
            let seen = self.load().await;
            let now = match &seen {
                Ok(seen) => Told::Seen(seen.version.clone()),
                Err(error) => Told::Failed(error.to_string()),
            };
            if now != *told {
                *told = now;
                return seen;
            }
        }
    }
}

#[derive(PartialEq)]
enum Told {
    Nothing,
    Seen(Version),
    Failed(String),
}

#[async_trait]
impl RecordStore for Election {
    fn election(&self) -> &str {
        &self.name
    }

    fn guarantees(&self) -> Guarantees {
        let mut guarantees = Guarantees::new(error::BACKEND, Expiry::Observed);
        guarantees.lease_min = Duration::from_secs(1);
        guarantees.poll = Some(self.poll_interval);
        guarantees
    }

    async fn load(&self) -> Result<Seen> {
        let name = Arc::clone(&self.name);
        let read = move |transaction: &Transaction<'_>| row::load(transaction, &name);
        self.database.transaction("load", TransactionBehavior::Deferred, read).await
    }

    async fn store(&self, record: &Record, expected: &Version) -> Result<Stored> {
        let (name, record, expected) = (Arc::clone(&self.name), record.clone(), expected.clone());
        let write = move |transaction: &Transaction<'_>| {
            row::store(transaction, &name, &record, &expected)
                .map_err(|source| error::failed("store", source))
        };
        self.database.transaction("store", TransactionBehavior::Immediate, write).await
    }

    fn watch(&self) -> BoxStream<'static, Result<Seen>> {
        stream::unfold((self.clone(), Told::Nothing), |(election, mut told)| async move {
            Some((election.next(&mut told).await, (election, told)))
        })
        .boxed()
    }
}
