//! What the API server tells of Leases: a list, then every change.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use elector::{Error, ErrorKind, Result};
use futures_core::Stream;
use futures_util::StreamExt as _;
use k8s_openapi::api::coordination::v1::Lease;
use kube::api::{ListParams, WatchEvent, WatchParams};
use kube::core::Status;
use tokio::time::timeout;

use crate::error::{self, BACKEND};
use crate::kubernetes::Shared;
use crate::lease;

/// How long the API server may take to answer a list, or to begin a watch.
const ANSWER: Duration = Duration::from_secs(5);
/// How long a watch may say nothing. The API server sends a bookmark about once a minute (`cacher`, bookmark frequency).
const QUIET: Duration = Duration::from_secs(100);
/// How much later than its lease a leader's next sign of life may be heard.
const LATE: Duration = Duration::from_secs(1);
/// The longest life of a watch in seconds; the API server ends it then, and it is opened again without a list. kube
/// allows less than 295.
const LIFE: u32 = 290;
/// How long a watch that fails again and again is left alone, at least and at most. The elector's own calls go on by
/// their own pauses, so nobody waits for this one to lead.
const SHORTEST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// How many watches in a row may end without a word.
const BARREN: u32 = 2;

/// What has become known of the Leases that are watched.
#[derive(Debug)]
pub(crate) enum News {
    /// These are all that there are.
    All(Vec<Lease>),
    /// This one is as it says now.
    Is(Lease),
    /// This one is gone.
    Gone(Lease),
}

/// A watch that is opened again whenever it ends.
pub(crate) struct Feed {
    shared: Arc<Shared>,
    /// Which Leases, as a field selector; all if not said.
    selector: Option<String>,
    /// What the watch is about, for people.
    path: String,
    /// From where to go on; a list is needed if it is not known.
    version: Option<String>,
    events: Option<Events>,
    quiet: Duration,
    barren: u32,
    /// How often in a row it failed.
    failures: u32,
}

type Events = Pin<Box<dyn Stream<Item = Result<WatchEvent<Lease>, kube::Error>> + Send>>;

impl Feed {
    pub(crate) fn new(shared: Arc<Shared>, selector: Option<String>, path: String) -> Self {
        Self {
            shared,
            selector,
            path,
            version: None,
            events: None,
            quiet: QUIET,
            barren: 0,
            failures: 0,
        }
    }

    /// The next news. After an error it begins anew with a list, and after several in a row not at once.
    pub(crate) async fn next(&mut self) -> Result<News> {
        if self.failures > 1 {
            tokio::time::sleep(pause(self.failures)).await;
        }
        let news = self.advance().await;
        if news.is_err() {
            self.begin_anew();
            self.failures = self.failures.saturating_add(1);
        } else {
            self.failures = 0;
        }
        news
    }

    fn begin_anew(&mut self) {
        (self.version, self.events, self.quiet) = (None, None, QUIET);
    }

    async fn advance(&mut self) -> Result<News> {
        loop {
            let Some(version) = self.version.clone() else {
                return self.list().await.map(News::All);
            };
            if self.events.is_none() {
                self.events = Some(self.open(&version).await?);
            }
            let Some(events) = &mut self.events else { continue };
            let Ok(event) = timeout(self.quiet, events.next()).await else {
                // Either nothing happened, or nothing gets through: the list will tell.
                self.begin_anew();
                continue;
            };
            let Some(event) = event else {
                self.events = None;
                self.barren += 1;
                if self.barren > BARREN {
                    return Err(self.trouble("the API server ends the watch before it says a word"));
                }
                continue;
            };
            self.barren = 0;
            match event.map_err(|source| error::unanswered("watch", source))? {
                WatchEvent::Added(lease) | WatchEvent::Modified(lease) => {
                    self.version = lease.metadata.resource_version.clone();
                    self.quiet = promised(&lease);
                    return Ok(News::Is(lease));
                }
                WatchEvent::Deleted(lease) => {
                    self.version = lease.metadata.resource_version.clone();
                    self.quiet = QUIET;
                    return Ok(News::Gone(lease));
                }
                WatchEvent::Bookmark(mark) => self.version = Some(mark.metadata.resource_version),
                WatchEvent::Error(status) if status.code == 410 => self.begin_anew(),
                WatchEvent::Error(status) => return Err(self.refused(&status)),
            }
        }
    }

    async fn list(&mut self) -> Result<Vec<Lease>> {
        let params = ListParams { field_selector: self.selector.clone(), ..ListParams::default() };
        let list = |leases: kube::Api<Lease>| async move { leases.list(&params).await };
        let answer = timeout(ANSWER, self.shared.access.leases("watch", list)).await;
        let answer = answer.map_err(|_| self.trouble("the API server did not answer a list"))??;
        let list = answer.map_err(|status| self.refused(&status))?;
        self.version = list.metadata.resource_version;
        if self.version.is_none() {
            return Err(self.trouble("the API server's list has no resourceVersion"));
        }
        Ok(list.items)
    }

    async fn open(&mut self, version: &str) -> Result<Events> {
        let mut params = WatchParams::default().timeout(LIFE);
        params.field_selector = self.selector.clone();
        let from = version.to_owned();
        let watch = |leases: kube::Api<Lease>| async move {
            leases.watch(&params, &from).await.map(|events| Box::pin(events) as Events)
        };
        let answer = timeout(ANSWER, self.shared.access.leases("watch", watch)).await;
        let answer = answer.map_err(|_| self.trouble("the API server did not begin a watch"))??;
        answer.map_err(|status| self.refused(&status))
    }

    fn refused(&self, status: &Status) -> Error {
        error::answered("watch", &self.path, status)
    }

    fn trouble(&self, what: &str) -> Error {
        Error::new(ErrorKind::Unavailable, BACKEND, "watch", format!("{}: {what}", self.path))
    }
}

impl std::fmt::Debug for Feed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Feed").field("path", &self.path).finish_non_exhaustive()
    }
}

/// Some time between half of a pause and the whole, so that a fleet does not ask in step.
fn pause(failures: u32) -> Duration {
    let longest = LONGEST_PAUSE.min(SHORTEST_PAUSE * (1 << failures.min(8)));
    longest.mul_f64(0.5 + rand::random::<f64>() / 2.0)
}

/// Within what time the leader of this Lease gives another sign of life, if it lives and the watch works.
fn promised(lease: &Lease) -> Duration {
    let record = lease::seen(lease, "").ok().and_then(|seen| seen.record);
    let led = record.filter(|record| record.leader.is_some());
    led.map_or(QUIET, |record| (record.lease_duration + LATE).min(QUIET))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_a_limit() {
        for failures in 2..40 {
            let most = LONGEST_PAUSE.min(SHORTEST_PAUSE * (1 << failures.min(8)));
            assert!(pause(failures) >= most / 2 && pause(failures) <= most, "{failures}");
        }
        assert!(pause(2) <= SHORTEST_PAUSE * 4 && pause(40) >= LONGEST_PAUSE / 2);
    }
}
