//! Waiting for what a watch tells.

use std::fmt;
use std::time::Duration;

use elector::Result;
use elector::store::{Backend, Observation};
use futures_core::stream::BoxStream;
use futures_util::StreamExt as _;

/// How long a watch may take to tell of a change, besides the interval at which it polls.
const PATIENCE: Duration = Duration::from_secs(30);

/// A watch of one election.
pub(super) struct Watching {
    stream: BoxStream<'static, Result<Observation>>,
    patience: Duration,
}

impl Watching {
    pub(super) fn new(backend: &dyn Backend) -> Self {
        let patience = PATIENCE + backend.guarantees().poll.unwrap_or_default();
        Self { stream: backend.watch(), patience }
    }

    /// Goes on with a watch that was begun.
    pub(super) fn resume(
        backend: &dyn Backend,
        stream: BoxStream<'static, Result<Observation>>,
    ) -> Self {
        Self { stream, ..Self::new(backend) }
    }

    /// The next observation.
    pub(super) async fn next(&mut self) -> Observation {
        self.until("anything", |_| true).await
    }

    /// The next observation that passes.
    pub(super) async fn until(
        &mut self,
        what: &str,
        pass: impl Fn(&Observation) -> bool,
    ) -> Observation {
        let mut last = None;
        let passing = async {
            loop {
                let item = self.stream.next().await.expect("a watch does not end");
                let observation = item.expect("a watch of a healthy store");
                if pass(&observation) {
                    return observation;
                }
                last = Some(observation);
            }
        };
        let found = tokio::time::timeout(self.patience, passing).await;
        found.unwrap_or_else(|_| panic!("the watch does not tell of {what}; last: {last:?}"))
    }

    /// The next item that is an error.
    pub(super) async fn until_error(&mut self) -> elector::Error {
        let failing = async {
            loop {
                if let Err(error) = self.stream.next().await.expect("a watch does not end") {
                    return error;
                }
            }
        };
        let found = tokio::time::timeout(self.patience, failing).await;
        found.expect("the watch tells of the error")
    }
}

impl fmt::Debug for Watching {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watching").finish_non_exhaustive()
    }
}
