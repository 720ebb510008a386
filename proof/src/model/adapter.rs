//! The real [`Recorded`], one request at a time.
//!
//! A call of the adapter is a loop of reads and swaps that remembers nothing but how often it went round. So a call on
//! its way is kept as its question and its count of conflicts; it is run again from its start against a store that
//! shows today's record, refuses as many swaps, and then stops at the next request or lets it through.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use async_trait::async_trait;
use elector::protocol::Answer;
use elector::store::{
    Backend as _, Bid, Expiry, Guarantees, Record, RecordStore, Recorded, Release, Seen, Stored,
    Version,
};
use elector::{Error, Result};
use futures_core::stream::BoxStream;

use super::member::Ask;
use super::names::{me, version_now};

/// What a call does next.
#[derive(Debug)]
pub(super) enum Next {
    Loads,
    Swaps(Record, Version),
    Answers(Answer),
}

/// How far a call is run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Script<'a> {
    /// What a read shows; without it the call stops there.
    pub(super) seen: Option<&'a Seen>,
    /// How many swaps are refused.
    pub(super) conflicts: u8,
    /// Whether the swap after that succeeds; otherwise the call stops there.
    pub(super) stores: bool,
}

/// Runs the real adapter with this script.
pub(super) fn run(ask: &Ask, lease: Duration, script: Script<'_>) -> Next {
    let stage = Arc::new(Mutex::new(Stage {
        seen: script.seen.cloned(),
        conflicts: script.conflicts,
        stores: script.stores,
        stopped_at: None,
    }));
    let recorded = Recorded::new(Scripted(Arc::clone(&stage)));
    let bid = Bid::new(me(), 1, lease);
    let answer = match ask {
        Ask::Acquire(may_take, floor) => {
            let bid = bid.with_may_take(may_take.clone()).with_token_floor(*floor);
            poll(recorded.acquire(&bid)).map(|answer| Answer::Acquired(kind(answer)))
        }
        Ask::Renew(held) => {
            poll(recorded.renew(&bid, held)).map(|answer| Answer::Renewed(kind(answer)))
        }
        Ask::Release(held) => {
            let release = Release::new(me(), 1, held.clone());
            poll(recorded.release(&release)).map(|answer| Answer::Released(kind(answer)))
        }
    };
    let stopped_at = lock(&stage).stopped_at.take();
    match (answer, stopped_at) {
        (Some(answer), _) => Next::Answers(answer),
        (None, Some((record, version))) => Next::Swaps(record, version),
        (None, None) => Next::Loads,
    }
}

fn kind<T>(answer: Result<T>) -> std::result::Result<T, elector::ErrorKind> {
    answer.map_err(|error: Error| error.kind())
}

fn poll<T>(mut future: Pin<Box<dyn Future<Output = T> + Send + '_>>) -> Option<T> {
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}

#[derive(Debug)]
struct Stage {
    seen: Option<Seen>,
    conflicts: u8,
    stores: bool,
    stopped_at: Option<(Record, Version)>,
}

fn lock(stage: &Mutex<Stage>) -> MutexGuard<'_, Stage> {
    stage.lock().unwrap_or_else(PoisonError::into_inner)
}

#[derive(Debug)]
struct Scripted(Arc<Mutex<Stage>>);

#[async_trait]
impl RecordStore for Scripted {
    fn election(&self) -> &str {
        "model"
    }

    fn guarantees(&self) -> Guarantees {
        Guarantees::new("model", Expiry::Observed)
    }

    async fn load(&self) -> Result<Seen> {
        let seen = lock(&self.0).seen.clone();
        match seen {
            Some(seen) => Ok(seen),
            None => std::future::pending().await,
        }
    }

    async fn store(&self, record: &Record, expected: &Version) -> Result<Stored> {
        let stored = {
            let mut stage = lock(&self.0);
            if stage.conflicts > 0 {
                stage.conflicts -= 1;
                Some(Stored::Conflict)
            } else if stage.stores {
                Some(Stored::Done(version_now()))
            } else {
                stage.stopped_at = Some((record.clone(), expected.clone()));
                None
            }
        };
        match stored {
            Some(stored) => Ok(stored),
            None => std::future::pending().await,
        }
    }

    fn watch(&self) -> BoxStream<'static, Result<Seen>> {
        Box::pin(futures_util::stream::pending())
    }
}
