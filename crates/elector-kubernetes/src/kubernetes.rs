//! The store.

use std::collections::BTreeMap;
use std::sync::Arc;

use elector::Result;
use elector::store::{Backend, Recorded, Store};
use k8s_openapi::api::coordination::v1::Lease;
use kube::Api;
use kube::api::DeleteParams;

use crate::builder::{Builder, WatchScope};
use crate::client::{Access, Origin};
use crate::election::LeaseElection;
use crate::error;
use crate::hub::Hub;
use crate::name::lease_name;

/// Elections over the Leases of one namespace.
///
/// Cheap to clone; all clones share the connection.
#[derive(Clone, Debug)]
pub struct Kubernetes {
    pub(crate) shared: Arc<Shared>,
}

/// What the elections of a store share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) access: Access,
    pub(crate) labels: BTreeMap<String, String>,
    /// The watch of all Leases of the namespace, where one serves all.
    pub(crate) hub: Option<Hub>,
}

impl Kubernetes {
    /// Puts a store together.
    pub fn builder() -> Builder {
        Builder::default()
    }

    pub(crate) fn new(
        origin: Origin,
        namespace: String,
        labels: BTreeMap<String, String>,
        watch: WatchScope,
    ) -> Self {
        let hub = (watch == WatchScope::Namespace).then(Hub::default);
        Self { shared: Arc::new(Shared { access: Access::new(origin, namespace), labels, hub }) }
    }

    /// The namespace of the Leases.
    pub fn namespace(&self) -> &str {
        self.shared.access.namespace()
    }

    /// The name of the Lease of the election called `name`.
    ///
    /// A name of Kubernetes' own form (`a-z`, `0-9`, `-`, `.`) without `--` is the Lease's name. What does not fit
    /// there is written as `--` and two hexadecimal digits: `billing/scheduler` is `billing--2fscheduler`. An `x`
    /// comes before a name that would begin with `-`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`](elector::ErrorKind::Invalid) when it is empty, or longer than 253 characters so written.
    pub fn lease_name(&self, name: &str) -> Result<String> {
        lease_name(name)
    }

    /// Deletes the Lease of the election called `name`, if there is one. For an election that nobody stands for any
    /// more; under a leader it is what `docs/guarantees.md` says of a deleted record. It needs the right to `delete` it,
    /// which no candidate needs.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`](elector::ErrorKind::Invalid) for a name that this store cannot carry; what the API server
    /// refuses, or that it does not answer.
    ///
    /// # Cancel safety
    ///
    /// A dropped call may have deleted it.
    pub async fn forget(&self, name: &str) -> Result<()> {
        let lease = lease_name(name)?;
        let path = format!("{}/{lease}", self.namespace());
        let delete = |leases: Api<Lease>| async move {
            leases.delete(&lease, &DeleteParams::default()).await.map(drop)
        };
        match self.shared.access.leases("forget", delete).await? {
            Err(status) if status.code != 404 => Err(error::answered("forget", &path, &status)),
            _ => Ok(()),
        }
    }
}

impl Store for Kubernetes {
    /// The election called `name`, on the Lease that [`Kubernetes::lease_name`] tells.
    fn election(&self, name: &str) -> Result<Arc<dyn Backend>> {
        let election = LeaseElection::new(Arc::clone(&self.shared), name, lease_name(name)?);
        Ok(Arc::new(Recorded::new(election)))
    }
}
