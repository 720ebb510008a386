//! Everything that happens to an election, in order and numbered.

use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, OnceLock, Weak};
use std::task::{Context, Poll};

use futures_core::Stream;
use futures_core::stream::BoxStream;
use futures_util::stream::{self, StreamExt};
use tokio::sync::broadcast::{self, error::RecvError};

use crate::protocol::Ended;
use crate::store::Leader;
use crate::token::FencingToken;

/// How many changes a slow reader may be behind before it misses some.
const KEPT: usize = 256;

/// One change of an election.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Change {
    /// Counts the changes of one elector or observer from 1, without a hole.
    pub number: u64,
    /// What changed.
    pub kind: ChangeKind,
}

/// What changed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChangeKind {
    /// Somebody else leads than before, or nobody; this process included.
    Leader(Option<Leader>),
    /// An [`Observer`](crate::Observer) cannot see any more who leads, and why.
    Blind(String),
    /// An [`Observer`](crate::Observer) sees again who leads, or that nobody does.
    Sighted(Option<Leader>),
    /// A term of this process began.
    Started(FencingToken),
    /// The work of this process was told to stop.
    Stopping(FencingToken, Ended),
    /// The work did not stop although its lease was about to run out.
    Overrun(FencingToken),
    /// A term of this process is over: its work has stopped, or its lease was taken.
    Ended(FencingToken),
    /// The elector was shut down. Nothing follows.
    Stopped,
    /// The reader was too slow: this many changes before this one are gone.
    Missed(u64),
}

/// A stream of the [`Change`]s from the moment it was made.
pub struct Changes(BoxStream<'static, Change>);

impl Changes {
    /// A stream that has ended.
    pub(crate) fn empty() -> Self {
        Self(Box::pin(stream::empty()))
    }

    /// The next change; `None` after the last, however often it is asked for.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses no change.
    pub async fn next(&mut self) -> Option<Change> {
        StreamExt::next(&mut self.0).await
    }
}

impl Stream for Changes {
    type Item = Change;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Change>> {
        self.0.as_mut().poll_next(context)
    }
}

impl fmt::Debug for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Changes").finish_non_exhaustive()
    }
}

/// The side that numbers changes and sends them.
#[derive(Debug)]
pub(crate) struct ChangeLog {
    number: u64,
    channel: Arc<Channel>,
}

/// Made for the first reader: it takes tens of kilobytes, and a process may stand in a thousand elections.
type Channel = OnceLock<broadcast::Sender<Change>>;

/// Makes readers of a [`ChangeLog`].
#[derive(Clone, Debug)]
pub(crate) struct ChangeReaders(Weak<Channel>);

impl ChangeLog {
    pub(crate) fn new() -> Self {
        Self { number: 0, channel: Arc::default() }
    }

    pub(crate) fn readers(&self) -> ChangeReaders {
        ChangeReaders(Arc::downgrade(&self.channel))
    }

    pub(crate) fn record(&mut self, kind: ChangeKind) {
        self.number += 1;
        if let Some(sender) = self.channel.get() {
            // Nobody listening is no error.
            let _ = sender.send(Change { number: self.number, kind });
        }
    }
}

impl ChangeReaders {
    /// A reader from now on; empty if the log has ended.
    pub(crate) fn subscribe(&self) -> Changes {
        let Some(channel) = self.0.upgrade() else {
            return Changes::empty();
        };
        let sender = channel.get_or_init(|| broadcast::Sender::new(KEPT));
        let (receiver, next) = (sender.subscribe(), None);
        drop(channel);
        let changes = stream::unfold((receiver, next), |(mut receiver, next)| async move {
            let received = match next {
                Some(change) => Ok(change),
                None => receiver.recv().await,
            };
            match received {
                Ok(change) => Some((change, (receiver, None))),
                Err(RecvError::Closed) => None,
                Err(RecvError::Lagged(mut missed)) => {
                    let next = loop {
                        match receiver.recv().await {
                            Err(RecvError::Lagged(more)) => missed += more,
                            other => break other.ok()?,
                        }
                    };
                    // The gap takes the number just before the change that follows it.
                    let number = next.number.saturating_sub(1);
                    let gap = Change { number, kind: ChangeKind::Missed(missed) };
                    Some((gap, (receiver, Some(next))))
                }
            }
        });
        Changes(Box::pin(StreamExt::fuse(changes)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn takes_no_room_until_somebody_reads() {
        let mut log = ChangeLog::new();
        let readers = log.readers();
        log.record(ChangeKind::Stopped);
        assert!(log.channel.get().is_none());
        let mut changes = readers.subscribe();
        log.record(ChangeKind::Stopped);
        assert_eq!(changes.next().await.unwrap().number, 2);
        drop(log);
        assert_eq!(changes.next().await, None);
        assert_eq!(readers.subscribe().next().await, None);
    }
}
