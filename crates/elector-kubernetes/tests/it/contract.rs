//! The contract of all backends, held on a real API server, with a watch for each Lease and with one for all.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use elector::store::Store;
use elector_kubernetes::WatchScope;
use elector_testing::{Fixture, Skip, Tamper};
use serde_json::{Value, json};

use crate::cluster::Cluster;

#[derive(Debug)]
struct Leases {
    cluster: Cluster,
    watch: WatchScope,
}

impl Leases {
    async fn new(watch: WatchScope) -> Result<Self, Skip> {
        Ok(Self { cluster: Cluster::new().await, watch })
    }
}

#[async_trait]
impl Fixture for Leases {
    async fn open(&self) -> Arc<dyn Store> {
        Arc::new(self.cluster.builder().watch(self.watch).build().unwrap())
    }

    fn short_lease(&self) -> Duration {
        Duration::from_secs(2)
    }

    fn tampers(&self) -> &[Tamper] {
        use Tamper::{Corrupt, Delete, Touch, Usurp, Vacate};
        &[Delete, Vacate, Touch, Usurp, Corrupt]
    }

    async fn tamper(&self, name: &str, tamper: Tamper) {
        let lease = self.cluster.lease(name).await;
        if lease == Value::Null {
            self.cluster.create(name, &json!({})).await;
        }
        let transitions = lease["spec"]["leaseTransitions"].as_i64().unwrap_or_default();
        let patch = match tamper {
            Tamper::Delete => return self.cluster.delete(name).await,
            Tamper::Touch => json!({ "metadata": { "labels": { "touched": "yes" } } }),
            Tamper::Corrupt => {
                json!({ "metadata": { "annotations": { "elector.rs/token": "x" } } })
            }
            // As client-go's release writes it.
            Tamper::Vacate => json!({ "spec": {
                "holderIdentity": "",
                "leaseDurationSeconds": 1,
                "acquireTime": "2026-01-01T00:00:00.000000Z",
                "renewTime": "2026-01-01T00:00:00.000000Z",
            } }),
            // As client-go takes a Lease over.
            Tamper::Usurp => json!({ "spec": {
                "holderIdentity": "foreign",
                "leaseDurationSeconds": self.short_lease().as_secs(),
                "acquireTime": "2026-01-01T00:00:00.000000Z",
                "renewTime": "2026-01-01T00:00:00.000000Z",
                "leaseTransitions": transitions + 1,
            } }),
            other => unreachable!("{other:?} is not listed"),
        };
        self.cluster.patch(name, &patch).await;
    }
}

mod a_watch_for_each {
    use super::*;

    elector_testing::contract_tests! {
        time: real,
        not_applicable: [proven_death_frees],
        fixture: Leases::new(WatchScope::Lease),
    }
}

mod one_watch_for_all {
    use super::*;

    elector_testing::contract_tests! {
        time: real,
        not_applicable: [proven_death_frees],
        fixture: Leases::new(WatchScope::Namespace),
    }
}
