//! What others do with the Lease.

use std::io;

use serde_json::json;

use super::{ELECTION, Kubernetes};
use crate::stamp::now;

/// How often it is tried to be faster than a candidate.
const ROUNDS: u32 = 20;

impl Kubernetes {
    pub(super) fn delete_record(&self) -> io::Result<()> {
        self.call("DELETE", &self.record(), None)
    }

    /// Deletes it and makes an empty one, unless the leader that lost it was faster each time.
    pub(super) fn recreate_record(&self) -> io::Result<()> {
        let empty = json!({ "metadata": { "name": ELECTION } });
        let made = (0..ROUNDS).any(|_| {
            let deleted = self.delete_record();
            deleted.and_then(|()| self.call("POST", &self.records(), Some(&empty))).is_ok()
        });
        if made { Ok(()) } else { Err(io::Error::other("the Lease could not be made anew")) }
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
