//! A program with Kubernetes.

use std::future::Future;
use std::sync::{Arc, OnceLock};

use elector::Elector;
use elector_config::Registry;
use elector_kubernetes::{Kubernetes, KubernetesConfig, WatchScope};

use crate::stores::KUBERNETES;

/// The Kubernetes store, once it was made.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cluster(Arc<OnceLock<Made>>);

#[derive(Debug)]
struct Made {
    store: Kubernetes,
    events: bool,
    watch: WatchScope,
}

impl Cluster {
    /// Adds the kind; what is made of it is kept.
    pub(crate) fn register(&self, registry: Registry) -> Registry {
        let kept = Arc::clone(&self.0);
        registry.with(KUBERNETES, move |config: KubernetesConfig| {
            let (events, watch) = (config.events, config.watch);
            let store = Kubernetes::from_config(config)?;
            Ok(kept.get_or_init(|| Made { store, events, watch }).store.clone())
        })
    }

    /// The election's Lease, as "namespace/name".
    pub(crate) fn lease(&self, election: &str) -> Option<String> {
        let store = &self.0.get()?.store;
        Some(format!("{}/{}", store.namespace(), store.lease_name(election).ok()?))
    }

    /// The rights that a candidate needs, one a line.
    pub(crate) fn rights(&self) -> Option<String> {
        let made = self.0.get()?;
        let mut lines = vec!["the right to create Leases in its namespace"];
        lines.extend(match made.watch {
            WatchScope::Namespace => [
                "the right to get and update this Lease",
                "the right to list and watch all Leases of its namespace",
            ]
            .as_slice(),
            _ => ["the right to get, list, watch and update this Lease"].as_slice(),
        });
        lines.push(if made.events {
            "the right to create Events there; without it there are none, and all else works"
        } else {
            "no right to create Events: events = false"
        });
        Some(lines.join("\n"))
    }

    /// Writes Events about `elector` for as long as it lasts, if the settings want them.
    pub(crate) fn record_events(
        &self,
        elector: &Elector,
    ) -> Option<impl Future<Output = ()> + Send + 'static> {
        let store = self.0.get().filter(|made| made.events)?.store.clone();
        let elector = elector.clone();
        Some(async move {
            if let Err(error) = store.record_events(&elector).await {
                tracing::warn!("there will be no Events: {error}");
            }
        })
    }

    /// Deletes the Lease of an election that nobody will ever stand for again.
    pub(crate) async fn forget(&self, election: &str) {
        let (Some(made), Some(lease)) = (self.0.get(), self.lease(election)) else { return };
        if let Err(error) = made.store.forget(election).await {
            tracing::warn!("the Lease {lease} is left behind, delete it: {error}");
        }
    }
}
