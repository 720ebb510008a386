//! The stores that the program links.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use elector::{Backend, Elector};
use elector_config::{Registry, Settings};
use elector_local::{Local, LocalConfig};

use crate::kubernetes::Cluster;
use crate::settings::Refused;

/// The kinds of the stores.
pub(crate) const LOCAL: &str = "local";
pub(crate) const KUBERNETES: &str = "kubernetes";

/// The stores that the program links.
pub(crate) struct Stores {
    registry: Registry,
    /// The local store, once it was made: its lock is handed on to the processes that do the work.
    local: Arc<OnceLock<(PathBuf, Local)>>,
    cluster: Cluster,
}

impl Stores {
    pub(crate) fn new() -> Self {
        let local = Arc::new(OnceLock::new());
        let made = Arc::clone(&local);
        let registry = Registry::new().with(LOCAL, move |config: LocalConfig| {
            let folder = config.folder.clone();
            let store = Local::from_config(config)?;
            let (_, store) = made.get_or_init(|| (folder, store));
            Ok(store.clone())
        });
        let cluster = Cluster::default();
        Self { registry: cluster.register(registry), local, cluster }
    }

    /// The election that the settings describe.
    pub(crate) fn backend(&self, settings: &Settings) -> Result<Arc<dyn Backend>, Refused> {
        Ok(settings.backend(&self.registry)?)
    }

    /// The candidate that the settings describe.
    pub(crate) fn elector(&self, settings: &Settings) -> Result<Elector, Refused> {
        Ok(settings.elector(&self.registry)?)
    }

    /// The local store, if it is the chosen one and an elector was made.
    pub(crate) fn local(&self) -> Option<&Local> {
        self.local.get().map(|(_, local)| local)
    }

    /// The folder of the local store, once it was made.
    pub(crate) fn folder(&self) -> Option<&Path> {
        self.local.get().map(|(folder, _)| folder.as_path())
    }

    /// The Kubernetes store, made or not.
    pub(crate) fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// Where the election is kept, as in "in /tmp/elector-0", once its store was made.
    pub(crate) fn place(&self, settings: &Settings) -> Option<String> {
        let folder = self.folder().map(|folder| format!("in {}", folder.display()));
        folder.or_else(|| {
            let lease = self.cluster.lease(&settings.election().name)?;
            Some(format!("on the Lease {lease}"))
        })
    }
}
