//! From a Lease to a record.

use std::sync::Arc;
use std::time::Duration;

use elector::store::{Beat, Leader, Record, Request, Seen, Version};
use elector::{FencingToken, Result};
use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;

use super::UNSTATED_SECONDS;
use super::annotations::{self, TOKEN, Term, transitions};
use crate::error::corrupt;

/// Which write of which Lease this is: another object of the same name is another Lease.
///
/// # Errors
///
/// [`ErrorKind::Corrupt`](elector::ErrorKind::Corrupt) when it has none.
pub(crate) fn version(lease: &Lease, path: &str) -> Result<Version> {
    let metadata = &lease.metadata;
    match (&metadata.uid, &metadata.resource_version) {
        (Some(uid), Some(version)) => Ok(Version::new(format!("{uid}/{version}"))),
        _ => Err(corrupt(path, "has no uid or no resourceVersion")),
    }
}

/// The sign of life in a Lease: what a renewal changes, and a label does not.
pub(crate) fn beat(spec: &LeaseSpec) -> Beat {
    let micros = |time: &Option<MicroTime>| {
        time.as_ref().map_or_else(|| "-".to_owned(), |time| time.0.as_microsecond().to_string())
    };
    let holder = spec.holder_identity.as_deref().unwrap_or_default();
    let (renewed, acquired) = (micros(&spec.renew_time), micros(&spec.acquire_time));
    Beat::new(format!("{holder} {renewed} {acquired} {}", transitions(spec)))
}

/// What `lease` says; `path` is "namespace/name".
///
/// # Errors
///
/// [`ErrorKind::Corrupt`](elector::ErrorKind::Corrupt) when a token cannot be had from it.
pub(crate) fn seen(lease: &Lease, path: &str) -> Result<Seen> {
    let version = version(lease, path)?;
    let floor = floor(lease, path)?;
    let annotations = lease.metadata.annotations.as_ref();
    let token = annotations::token(annotations).map_err(|text| {
        let why = format!(
            "has the annotation {TOKEN}: {text:?}, which is no fencing token: put a number there that is greater than \
             every earlier term's, or take it away if none of them was above the Lease's resourceVersion"
        );
        corrupt(path, &why)
    })?;
    let spec = lease.spec.clone().unwrap_or_default();
    let term = Term::of(annotations, &spec);
    let mut record = Record::vacant(token, beat(&spec));
    match holder(&spec) {
        Some(holder) => {
            record.lease_duration = duration(&spec);
            record.leader = Some(leader(holder, token, term.as_ref()));
            record.request = preference(&spec, token).or_else(|| term.and_then(|t| t.request()));
        }
        None => {
            if let Some(term) = term {
                term.tell_release(&mut record);
            }
        }
    }
    Ok(Seen::record(record, version, floor).with_version_as_floor())
}

/// The holder, unless it is empty, null or absent: then nobody leads.
pub(super) fn holder(spec: &LeaseSpec) -> Option<&str> {
    spec.holder_identity.as_deref().filter(|holder| !holder.is_empty())
}

fn leader(holder: &str, token: FencingToken, term: Option<&Term>) -> Leader {
    let ours = term.and_then(|term| Some((term, term.session_id()?)));
    match ours {
        Some((term, session)) => Leader::new(term.name.as_deref().unwrap_or(holder))
            .with_term(session, token)
            .with_metadata(term.metadata.as_deref().map(Arc::from)),
        None => Leader::new(holder),
    }
}

/// The holder's own duration. The API server refuses zero and less; where there is none at all, nothing is promised to
/// the holder, and it gets client-go's default.
fn duration(spec: &LeaseSpec) -> Duration {
    let seconds = spec.lease_duration_seconds.filter(|seconds| *seconds > 0);
    let seconds = seconds.unwrap_or(UNSTATED_SECONDS);
    Duration::from_secs(u64::from(seconds.unsigned_abs()))
}

/// A holder that the API server wants to see replaced (coordinated leader election) is asked to resign.
fn preference(spec: &LeaseSpec, token: FencingToken) -> Option<Request> {
    let preferred = spec.preferred_holder.as_deref().filter(|preferred| !preferred.is_empty())?;
    let other = spec.holder_identity.as_deref() != Some(preferred);
    other.then(|| Request::resign(token, format!("preferredHolder {preferred}")))
}

/// Every write of the cluster has a greater version than the ones before, so a token above the version that a term's
/// first write replaced is above every earlier term's.
fn floor(lease: &Lease, path: &str) -> Result<FencingToken> {
    let text = lease.metadata.resource_version.as_deref().unwrap_or_default();
    text.parse().map_err(|_| {
        let why = format!(
            "has the resourceVersion {text:?}: this API server's versions are no numbers, and make no fencing tokens"
        );
        corrupt(path, &why)
    })
}
