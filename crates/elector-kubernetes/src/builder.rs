//! How a store is put together.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use elector::Result;
use kube::Client;

use crate::client::Origin;
use crate::kubernetes::Kubernetes;
use crate::namespace::namespace;

/// What one watch watches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(rename_all = "lowercase"))]
#[non_exhaustive]
pub enum WatchScope {
    /// The Lease of one election: a watch and a connection for each election. The right to list and watch may be
    /// limited to this Lease.
    #[default]
    Lease,
    /// All Leases of the namespace, for all elections of this store together: one connection for a thousand elections.
    /// It needs the right to list and watch every Lease there, and receives what others write to theirs.
    Namespace,
}

/// Puts a [`Kubernetes`] store together. Nothing is opened before the first call.
#[derive(Clone, Default)]
#[must_use]
pub struct Builder {
    namespace: Option<String>,
    kubeconfig: Option<PathBuf>,
    context: Option<String>,
    client: Option<Client>,
    labels: BTreeMap<String, String>,
    watch: WatchScope,
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder").field("namespace", &self.namespace).finish_non_exhaustive()
    }
}

impl Builder {
    /// The namespace of the Leases. If not set: `POD_NAMESPACE`, else the namespace of the pod's service account.
    pub fn namespace(mut self, namespace: impl Into<String>) -> Self {
        self.namespace = Some(namespace.into());
        self
    }

    /// The kubeconfig to use. If not set: `KUBECONFIG`, else `~/.kube/config`, else the pod's service account.
    ///
    /// It is read when the connection is opened, and again after the API server has refused its credentials.
    pub fn kubeconfig(mut self, path: impl Into<PathBuf>) -> Self {
        self.kubeconfig = Some(path.into());
        self
    }

    /// The context of the kubeconfig; its current one if not set.
    pub fn context(mut self, context: impl Into<String>) -> Self {
        self.context = Some(context.into());
        self
    }

    /// A client that the program has already, instead of one of our own.
    ///
    /// Make it with `Config::default_retry` off: a client that repeats requests by itself holds a renewal back for
    /// longer than an attempt may take. It shares its connections with the rest of the program.
    pub fn client(mut self, client: Client) -> Self {
        self.client = Some(client);
        self
    }

    /// A label to put on the Lease whenever it is written. Labels of others stay.
    pub fn label(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.labels.insert(key.into(), value.into());
        self
    }

    /// What one watch watches: the Lease of one election, if not set.
    pub fn watch(mut self, scope: WatchScope) -> Self {
        self.watch = scope;
        self
    }

    /// The store. Reads the environment, and asks nobody.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`](elector::ErrorKind::Invalid) when nothing tells the namespace.
    pub fn build(self) -> Result<Kubernetes> {
        let origin = match self.client {
            Some(client) => Origin::Given(client),
            None => Origin::Made { kubeconfig: self.kubeconfig, context: self.context },
        };
        Ok(Kubernetes::new(origin, namespace(self.namespace)?, self.labels, self.watch))
    }
}
