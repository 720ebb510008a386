//! What a Lease has no field for.

use std::collections::BTreeMap;
use std::time::Duration;

use elector::FencingToken;
use elector::store::{Record, Request, RequestKind, Reservation, SessionId};
use k8s_openapi::api::coordination::v1::LeaseSpec;
use serde::{Deserialize, Serialize};

/// The greatest token the Lease has known, a decimal number. It outlives terms of other candidates, and always counts.
pub(crate) const TOKEN: &str = "elector.rs/token";
/// What else we know of the term, as JSON. It counts only beside the holder and the transitions it was written with.
pub(crate) const TERM: &str = "elector.rs/term";

type Annotations = BTreeMap<String, String>;

/// What we write about a term, or about its release.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Term {
    /// The holder that this is about. Another candidate keeps what it does not know: its term must not inherit ours.
    holder: String,
    /// The transitions that this is about.
    transitions: i32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) session: Option<String>,
    /// The candidate's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) metadata: Option<String>,
    /// The token of the term whose release this is.
    #[serde(skip_serializing_if = "Option::is_none")]
    released: Option<FencingToken>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reserved: Option<Reserved>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<Asked>,
    /// The version that this write replaced. The API server does not write a Lease that is equal to the stored one,
    /// and our writes always make a new version.
    replaced: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Reserved {
    name: String,
    for_ms: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Asked {
    token: FencingToken,
    kind: String,
    from: String,
}

const RESIGN: &str = "resign";

/// The token annotation.
///
/// # Errors
///
/// When it is no token, with what it is.
pub(super) fn token(annotations: Option<&Annotations>) -> Result<FencingToken, String> {
    let Some(text) = annotations.and_then(|all| all.get(TOKEN)) else {
        return Ok(FencingToken::ZERO);
    };
    text.parse().map_err(|_| text.clone())
}

impl Term {
    /// What the annotation says about this holder with these transitions, if it is about them. One that somebody made
    /// unreadable says nothing: the term is a stranger's then, and waited out.
    pub(super) fn of(annotations: Option<&Annotations>, spec: &LeaseSpec) -> Option<Self> {
        let text = annotations?.get(TERM)?;
        let term: Self = serde_json::from_str(text).ok()?;
        let holder = spec.holder_identity.as_deref().unwrap_or_default();
        let same = term.holder == holder && term.transitions == transitions(spec);
        same.then_some(term)
    }

    /// What is to be said of `record` in a Lease with this `spec`.
    pub(super) fn about(record: &Record, spec: &LeaseSpec, replaced: Option<&str>) -> Self {
        let ours = record.leader.as_ref().filter(|leader| leader.session.is_some());
        Self {
            holder: spec.holder_identity.clone().unwrap_or_default(),
            transitions: transitions(spec),
            session: ours.and_then(|leader| leader.session).map(|session| session.to_string()),
            name: ours.map(|leader| leader.name.to_string()),
            metadata: ours.and_then(|leader| leader.metadata.as_deref()).map(str::to_owned),
            released: record.released,
            reserved: record.reserved.as_ref().map(Reserved::of),
            request: record.request.as_ref().map(Asked::of),
            replaced: replaced.map(str::to_owned),
        }
    }

    pub(super) fn write(&self, annotations: &mut Annotations) {
        // A map of strings and numbers cannot fail to become text.
        let text = serde_json::to_string(self).unwrap_or_default();
        annotations.insert(TERM.to_owned(), text);
    }

    pub(super) fn session_id(&self) -> Option<SessionId> {
        SessionId::parse(self.session.as_deref()?)
    }

    /// Puts into `record` what a vacant record says of the release before it.
    pub(super) fn tell_release(&self, record: &mut Record) {
        record.released = self.released;
        record.reserved = self.reserved.as_ref().map(|reserved| {
            Reservation::new(reserved.name.as_str(), Duration::from_millis(reserved.for_ms))
        });
    }

    /// What is asked of the leader. A kind that only later versions know is not for us.
    pub(super) fn request(&self) -> Option<Request> {
        let asked = self.request.as_ref().filter(|asked| asked.kind == RESIGN)?;
        Some(Request::resign(asked.token, asked.from.as_str()))
    }
}

impl Reserved {
    fn of(reservation: &Reservation) -> Self {
        let millis = reservation.duration.as_millis();
        Self {
            name: reservation.name.to_string(),
            for_ms: u64::try_from(millis).unwrap_or(u64::MAX),
        }
    }
}

impl Asked {
    fn of(request: &Request) -> Self {
        let kind = match request.kind {
            RequestKind::Resign => RESIGN,
            // A kind that this version does not know is carried to nobody.
            _ => "unknown",
        };
        Self { token: request.token, kind: kind.to_owned(), from: request.from.to_string() }
    }
}

pub(super) fn transitions(spec: &LeaseSpec) -> i32 {
    spec.lease_transitions.unwrap_or_default()
}
