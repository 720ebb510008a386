//! Who took a Lease from us, for the log.

use std::sync::{Mutex, PoisonError};

use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ManagedFieldsEntry;

use crate::client::FIELD_MANAGER;

/// The holder that a write of ours named first: one of ours.
#[derive(Debug, Default)]
pub(crate) struct Taken(Mutex<Option<String>>);

impl Taken {
    /// A write of ours was applied over `before`. One that leaves the holder as it was, such as a request to the leader,
    /// makes nobody's term ours.
    pub(crate) fn wrote(&self, before: &Lease, lease: &Lease) {
        let named = holder(lease);
        if named != holder(before) {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = named.map(str::to_owned);
        }
    }

    /// The Lease was read: tells once when it does not name our holder any more.
    pub(crate) fn read(&self, path: &str, lease: Option<&Lease>) {
        let mut ours = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(holder) = ours.as_deref() else { return };
        if let Some(text) = taken(holder, lease) {
            tracing::warn!("Lease {path} {text}");
            *ours = None;
        }
    }
}

fn holder(lease: &Lease) -> Option<&str> {
    let holder = lease.spec.as_ref()?.holder_identity.as_deref()?;
    Some(holder).filter(|holder| !holder.is_empty())
}

/// How the Lease of `ours` was taken, if it was.
fn taken(ours: &str, lease: Option<&Lease>) -> Option<String> {
    let Some(lease) = lease else {
        return Some(format!("was deleted while it named {ours}"));
    };
    let now = holder(lease);
    if now == Some(ours) {
        return None;
    }
    let now = now.map_or_else(|| "was emptied".to_owned(), |now| format!("names {now:?} now"));
    let writer = lease.metadata.managed_fields.iter().flatten().filter(|entry| is_other(entry));
    let writer = writer.max_by_key(|entry| entry.time.as_ref().map(|time| time.0));
    let writer = writer.and_then(|entry| entry.manager.as_deref()).unwrap_or("an unnamed client");
    Some(format!("{now}, and no more {ours}: written by {writer}"))
}

fn is_other(entry: &ManagedFieldsEntry) -> bool {
    entry.manager.as_deref() != Some(FIELD_MANAGER)
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::coordination::v1::LeaseSpec;
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time};

    use super::*;

    fn lease(holder: &str, managers: &[(&str, i64)]) -> Lease {
        let entry = |(manager, second): &(&str, i64)| ManagedFieldsEntry {
            manager: Some((*manager).to_owned()),
            time: jiff::Timestamp::from_second(*second).ok().map(Time),
            ..ManagedFieldsEntry::default()
        };
        let managed_fields = Some(managers.iter().map(entry).collect());
        let metadata = ObjectMeta { managed_fields, ..ObjectMeta::default() };
        let spec = LeaseSpec { holder_identity: Some(holder.to_owned()), ..LeaseSpec::default() };
        Lease { metadata, spec: Some(spec) }
    }

    #[test]
    fn only_who_named_the_holder_misses_it() {
        let missed = |taken: &Taken| taken.0.lock().unwrap().clone();
        let (empty, me, you) = (lease("", &[]), lease("me", &[]), lease("you", &[]));
        let taken = Taken::default();
        taken.wrote(&you, &you);
        assert_eq!(missed(&taken), None, "a request to another leader");
        taken.wrote(&empty, &me);
        taken.wrote(&me, &me);
        assert_eq!(missed(&taken).as_deref(), Some("me"), "a term, and its renewal");
        taken.wrote(&me, &empty);
        assert_eq!(missed(&taken), None, "a release");
    }

    #[test]
    fn names_who_wrote_last() {
        let managers = [("kubectl", 5), ("candidate", 7), (FIELD_MANAGER, 9)];
        let emptied = taken("me", Some(&lease("", &managers))).unwrap();
        assert_eq!(emptied, "was emptied, and no more me: written by candidate");
        let other = taken("me", Some(&lease("you", &managers))).unwrap();
        assert_eq!(other, "names \"you\" now, and no more me: written by candidate");
        assert_eq!(taken("me", Some(&lease("me", &managers))), None);
        assert_eq!(taken("me", None).unwrap(), "was deleted while it named me");
    }
}
