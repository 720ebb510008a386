//! Events on the Lease: who became leader, who stopped.

use elector::{ChangeKind, Elector, Result};
use jiff::Timestamp;
use k8s_openapi::api::core::v1::{Event, EventSource, ObjectReference};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time};
use kube::Api;
use kube::api::PostParams;

use crate::client::FIELD_MANAGER;
use crate::error;
use crate::kubernetes::Kubernetes;
use crate::lease;
use crate::name::lease_name;

/// client-go's reason (`resourcelock/leaselock.go`, `RecordEvent`).
const REASON: &str = "LeaderElection";

impl Kubernetes {
    /// Writes an Event about the Lease whenever this elector becomes leader or stops: `kubectl describe lease` shows
    /// them. They have client-go's type, reason and words.
    ///
    /// The future lasts as long as the elector. The right to `create` Events is all that is needed; that they cannot be
    /// written is told once to the log, until one was written again.
    ///
    /// # Errors
    ///
    /// When `elector` stands for an election whose name this store cannot carry.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses the Events of changes from then on.
    pub async fn record_events(&self, elector: &Elector) -> Result<()> {
        let name = lease_name(elector.election())?;
        let mut changes = elector.changes();
        let identity = lease::identity(&elector.candidate().name, elector.candidate().session);
        let mut told = false;
        while let Some(change) = changes.next().await {
            let message = match change.kind {
                ChangeKind::Started(_) => format!("{identity} became leader"),
                ChangeKind::Ended(_) => format!("{identity} stopped leading"),
                _ => continue,
            };
            match self.write_event(&name, &message).await {
                Ok(()) => told = false,
                Err(error) if told => {
                    tracing::debug!(%error, "the Event {message:?} was not written")
                }
                Err(error) => {
                    tracing::warn!("the Event {message:?} was not written: {error}");
                    told = true;
                }
            }
        }
        Ok(())
    }

    async fn write_event(&self, lease: &str, message: &str) -> Result<()> {
        let access = &self.shared.access;
        let path = format!("{}/{lease}", access.namespace());
        let name = lease.to_owned();
        let get = |leases: Api<_>| async move { leases.get_opt(&name).await };
        let found = access.leases("event", get).await?;
        let found = found.map_err(|status| error::answered("event", &path, &status))?;
        let about = ObjectReference {
            api_version: Some("coordination.k8s.io/v1".to_owned()),
            kind: Some("Lease".to_owned()),
            namespace: Some(access.namespace().to_owned()),
            name: Some(lease.to_owned()),
            uid: found.as_ref().and_then(|found| found.metadata.uid.clone()),
            resource_version: found.and_then(|found| found.metadata.resource_version),
            ..ObjectReference::default()
        };
        let event = event(about, message, crate::election::now());
        let namespace = access.namespace().to_owned();
        let params = PostParams { field_manager: Some(FIELD_MANAGER.to_owned()), dry_run: false };
        let create = |client| async move {
            Api::<Event>::namespaced(client, &namespace).create(&params, &event).await
        };
        let written = access.call("event", create).await?;
        written.map(drop).map_err(|status| error::answered("event", &path, &status))
    }
}

fn event(about: ObjectReference, message: &str, now: Timestamp) -> Event {
    let lease = about.name.as_deref().unwrap_or_default();
    // A name of its own for each Event, as client-go makes it (`tools/record`, `makeEvent`).
    let name = format!("{lease}.{:x}", now.as_nanosecond());
    Event {
        metadata: ObjectMeta {
            name: Some(name),
            namespace: about.namespace.clone(),
            ..ObjectMeta::default()
        },
        involved_object: about,
        type_: Some("Normal".to_owned()),
        reason: Some(REASON.to_owned()),
        message: Some(message.to_owned()),
        first_timestamp: Some(Time(now)),
        last_timestamp: Some(Time(now)),
        count: Some(1),
        source: Some(EventSource { component: Some("elector".to_owned()), host: None }),
        ..Event::default()
    }
}
