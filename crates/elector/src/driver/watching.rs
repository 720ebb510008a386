//! The watch of one election, re-opened whenever it ends.

use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use futures_core::stream::BoxStream;
use futures_util::StreamExt as _;

use crate::clock::{Clock, Sleep};
use crate::error::{Error, Result};
use crate::metrics::Meters;
use crate::protocol::Event;
use crate::store::{Backend, Observation};

/// How long a watch that failed is left alone.
const PAUSE: Duration = Duration::from_millis(200);

pub(crate) struct Watching {
    backend: Arc<dyn Backend>,
    clock: Arc<dyn Clock>,
    meters: Meters,
    stream: Option<BoxStream<'static, Result<Observation>>>,
    pause: Option<Sleep>,
    trouble: Option<String>,
}

impl Watching {
    pub(crate) fn new(backend: Arc<dyn Backend>, clock: Arc<dyn Clock>, meters: Meters) -> Self {
        Self { backend, clock, meters, stream: None, pause: None, trouble: None }
    }

    /// What keeps the watch from showing anything, since it last did.
    pub(crate) fn trouble(&self) -> Option<&str> {
        self.trouble.as_deref()
    }

    /// The next thing that the watch shows.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing.
    pub(crate) async fn next(&mut self) -> Event {
        if let Some(pause) = &mut self.pause {
            pause.await;
            self.pause = None;
        }
        let backend = &self.backend;
        let stream = self.stream.get_or_insert_with(|| backend.watch());
        match stream.next().await {
            Some(Ok(observation)) => {
                self.trouble = None;
                Event::Observed(observation)
            }
            failed => {
                self.trouble = Some(match failed {
                    Some(Err(error)) => with_causes(&error),
                    _ => {
                        self.stream = None;
                        "the watch ended".to_owned()
                    }
                });
                self.meters.watch_failed();
                self.pause = Some(self.clock.sleep_until(self.clock.now() + PAUSE));
                Event::WatchFailed
            }
        }
    }
}

fn with_causes(error: &Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    text
}
