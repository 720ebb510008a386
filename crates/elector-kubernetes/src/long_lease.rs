//! A holder that asked for an unusually long lease, for the log.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use elector::store::Seen;

use crate::lease::LONGEST_SECONDS;

/// Whose long lease was told last.
#[derive(Debug, Default)]
pub(crate) struct LongLease(Mutex<Option<String>>);

impl LongLease {
    /// The Lease was read: tells once of each holder whose lease is longer than any of ours. It is waited out all the same.
    pub(crate) fn read(&self, path: &str, seen: &Seen) {
        let longest = Duration::from_secs(u64::from(LONGEST_SECONDS));
        let record = seen.record.as_ref().filter(|record| record.lease_duration > longest);
        let holder = record.and_then(|record| Some((record.leader.as_ref()?, record)));
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((leader, record)) = holder else {
            *told = None;
            return;
        };
        if told.as_deref() != Some(&*leader.name) {
            let (name, lease) = (&leader.name, record.lease_duration);
            tracing::warn!(
                "Lease {path} is held by {name:?} for {lease:?} without a renewal: if it dies, nobody leads for that long. \
                 Empty spec.holderIdentity once it is dead for certain"
            );
            *told = Some(name.to_string());
        }
    }
}
