//! What others do with the Lease.

use std::io;

use serde_json::json;

use super::{ELECTION, Kubernetes};
use crate::stamp::now;

impl Kubernetes {
    pub(super) fn delete_record(&self) -> io::Result<()> {
        self.call("DELETE", &self.record(), None)
    }

    /// Makes an empty one.
    pub(super) fn create_record(&self) -> io::Result<()> {
        self.call("POST", &self.records(), Some(&json!({ "metadata": { "name": ELECTION } })))
    }

    pub(super) fn forge_record(&self) -> io::Result<()> {
        let forged = json!({ "spec": { "holderIdentity": "somebody else" } });
        self.call("PATCH", &self.record(), Some(&forged))
    }

    pub(super) fn touch_record(&self) -> io::Result<()> {
        let label = json!({ "metadata": { "labels": { "touched": now().to_string() } } });
        self.call("PATCH", &self.record(), Some(&label))
    }

    fn record(&self) -> String {
        format!("{}/{ELECTION}", self.records())
    }

    fn records(&self) -> String {
        format!("/apis/coordination.k8s.io/v1/namespaces/{}/leases", self.namespace)
    }
}
