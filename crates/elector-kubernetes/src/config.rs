//! The configuration of this store.

use std::collections::BTreeMap;
use std::path::PathBuf;

use elector::Result;
use serde::Deserialize;

use crate::builder::WatchScope;
use crate::kubernetes::Kubernetes;

/// The section `[backend.kubernetes]` of a configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct KubernetesConfig {
    /// The namespace of the Leases; if not set `POD_NAMESPACE`, else the namespace of the pod's service account.
    pub namespace: Option<String>,
    /// The kubeconfig; if not set `KUBECONFIG`, else `~/.kube/config`, else the pod's service account.
    pub kubeconfig: Option<PathBuf>,
    /// The context of the kubeconfig; its current one if not set.
    pub context: Option<String>,
    /// Labels to put on the Lease.
    pub labels: BTreeMap<String, String>,
    /// What one watch watches: `"lease"`, if not set, or `"namespace"`.
    pub watch: WatchScope,
    /// Whether to write Events about the Lease: who became leader, and who stopped. `true` if not set.
    #[serde(default = "yes")]
    pub events: bool,
}

fn yes() -> bool {
    true
}

impl Kubernetes {
    /// The store that `config` describes. Asks nobody.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`](elector::ErrorKind::Invalid) when a value cannot work, or nothing tells the namespace.
    pub fn from_config(config: KubernetesConfig) -> Result<Self> {
        let mut builder = Self::builder().watch(config.watch);
        if let Some(namespace) = config.namespace {
            builder = builder.namespace(namespace);
        }
        if let Some(kubeconfig) = config.kubeconfig {
            builder = builder.kubeconfig(kubeconfig);
        }
        if let Some(context) = config.context {
            builder = builder.context(context);
        }
        for (key, value) in config.labels {
            builder = builder.label(key, value);
        }
        builder.build()
    }
}
