//! A program without Kubernetes.

use std::future::Future;

use elector::{Elector, Error, ErrorKind};
use elector_config::Registry;
use elector_local::Local;
use serde_json::Value;

use crate::stores::KUBERNETES;

/// No cluster.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cluster {}

impl Cluster {
    /// Adds the kind, to say what is missing: a fleet shares a file, in which it may stand.
    pub(crate) fn register(self, registry: Registry) -> Registry {
        registry.with(KUBERNETES, |_: Value| -> elector::Result<Local> {
            let message =
                "this program was built without Kubernetes: build it with `--features kubernetes`";
            Err(Error::new(ErrorKind::Invalid, KUBERNETES, "config", message))
        })
    }

    pub(crate) fn lease(self, _election: &str) -> Option<String> {
        None
    }

    pub(crate) fn rights(self) -> Option<String> {
        None
    }

    pub(crate) fn record_events(
        self,
        _elector: &Elector,
    ) -> Option<impl Future<Output = ()> + Send + 'static> {
        None::<std::future::Ready<()>>
    }

    pub(crate) async fn forget(self, _election: &str) {}
}
