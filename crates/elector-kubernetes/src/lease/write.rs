//! From a record to a Lease: what client-go writes, field by field.

use std::collections::BTreeMap;

use elector::FencingToken;
use elector::store::{Leader, Record, SessionId};
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{MicroTime, ObjectMeta};

use super::RELEASED_SECONDS;
use super::annotations::{TOKEN, Term, transitions};
use super::read::{beat, seen};

/// A Lease that is not there yet.
pub(crate) fn empty(namespace: &str, name: &str) -> Lease {
    let metadata = ObjectMeta {
        namespace: Some(namespace.to_owned()),
        name: Some(name.to_owned()),
        ..ObjectMeta::default()
    };
    Lease { metadata, spec: None }
}

/// One write of a Lease.
#[derive(Debug)]
pub(crate) struct Write<'a> {
    /// What is to be written.
    pub(crate) record: &'a Record,
    /// Labels of ours; others stay.
    pub(crate) labels: &'a BTreeMap<String, String>,
    /// The wall clock, for people and for client-go, which only compares it for equality.
    pub(crate) now: Timestamp,
}

impl Write<'_> {
    /// The Lease to put in the place of `before`. What is not ours in it stays.
    pub(crate) fn over(&self, before: &Lease) -> Lease {
        let old = before.spec.clone().unwrap_or_default();
        let known = seen(before, "").ok().and_then(|seen| seen.record);
        let mut lease = before.clone();
        // What is not sent is not changed.
        lease.metadata.managed_fields = None;
        let spec = match &self.record.leader {
            _ if self.record.beat == beat(&old) && self.is_same_leader(known.as_ref()) => old,
            Some(leader) if self.is_same_term(leader, known.as_ref()) => self.renewed(old),
            Some(leader) => self.begun(leader, old),
            None => self.emptied(old),
        };
        if !self.labels.is_empty() {
            let labels = lease.metadata.labels.get_or_insert_default();
            labels.extend(self.labels.iter().map(|(key, value)| (key.clone(), value.clone())));
        }
        let replaced = before.metadata.resource_version.as_deref();
        let annotations = lease.metadata.annotations.get_or_insert_default();
        if self.record.token > FencingToken::ZERO || annotations.contains_key(TOKEN) {
            annotations.insert(TOKEN.to_owned(), self.record.token.to_string());
        }
        Term::about(self.record, &spec, replaced).write(annotations);
        lease.spec = Some(spec);
        lease
    }

    fn is_same_leader(&self, known: Option<&Record>) -> bool {
        known.is_some_and(|known| known.leader == self.record.leader)
    }

    fn is_same_term(&self, leader: &Leader, known: Option<&Record>) -> bool {
        known.and_then(|known| known.leader.as_ref()).is_some_and(|known| {
            known.session.is_some()
                && (known.session, known.token) == (leader.session, leader.token)
        })
    }

    fn renewed(&self, old: LeaseSpec) -> LeaseSpec {
        let now = self.now_after(old.renew_time.as_ref());
        LeaseSpec {
            renew_time: Some(MicroTime(now)),
            lease_duration_seconds: self.seconds(),
            ..old
        }
    }

    fn begun(&self, leader: &Leader, old: LeaseSpec) -> LeaseSpec {
        LeaseSpec {
            holder_identity: Some(match leader.session {
                Some(session) => identity(&leader.name, session),
                None => leader.name.to_string(),
            }),
            lease_duration_seconds: self.seconds(),
            acquire_time: Some(MicroTime(self.now)),
            renew_time: Some(MicroTime(self.now)),
            lease_transitions: Some(transitions(&old).saturating_add(1)),
            ..old
        }
    }

    fn emptied(&self, old: LeaseSpec) -> LeaseSpec {
        LeaseSpec {
            holder_identity: Some(String::new()),
            lease_duration_seconds: Some(RELEASED_SECONDS),
            acquire_time: Some(MicroTime(self.now)),
            renew_time: Some(MicroTime(self.now)),
            lease_transitions: Some(transitions(&old)),
            ..old
        }
    }

    fn seconds(&self) -> Option<i32> {
        let seconds = self.record.lease_duration.as_nanos().div_ceil(1_000_000_000);
        i32::try_from(seconds.max(1)).ok()
    }

    /// The time of a renewal: in a later second than the one before, because client-go's followers compare whole
    /// seconds (`resourcelock`, `LeaderElectionRecord` with `metav1.Time`).
    fn now_after(&self, before: Option<&MicroTime>) -> Timestamp {
        match before {
            Some(before) if self.now.as_second() <= before.0.as_second() => {
                before.0.checked_add(SignedDuration::from_secs(1)).unwrap_or(self.now)
            }
            _ => self.now,
        }
    }
}

/// How a candidate is named in `holderIdentity`. No two processes have the same, so a candidate in Go never takes our
/// term for its own.
pub(crate) fn identity(name: &str, session: SessionId) -> String {
    format!("{name}_{session}")
}
