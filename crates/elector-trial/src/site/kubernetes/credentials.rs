//! The rights and the credentials of the candidates.

use std::fs;
use std::io;
use std::thread;
use std::time::Duration;

use elector::store::{Bid, Candidate, MayTake, Store as _};
use elector::{ErrorKind, FencingToken};
use serde_json::json;

use super::{ELECTION, Kubernetes, Leases, kubeconfig};

/// The name of the service account, and of its Role.
const NAME: &str = "candidates";
/// The API server knows a deleted account's token for 10 s more.
const FORGETS: Duration = Duration::from_secs(30);
const LOOK: Duration = Duration::from_millis(100);

impl Kubernetes {
    /// The rights of a program that stands for election.
    pub(super) fn grant_rights(&self) -> io::Result<()> {
        let verbs = ["get", "create", "update", "list", "watch"];
        let rule = json!({
            "apiGroups": ["coordination.k8s.io"], "resources": ["leases"], "verbs": verbs,
        });
        let role = json!({ "metadata": { "name": NAME }, "rules": [rule] });
        self.call("POST", &self.rbac("roles"), Some(&role))?;
        self.bind_rights()
    }

    pub(super) fn bind_rights(&self) -> io::Result<()> {
        let group = "rbac.authorization.k8s.io";
        let subject = json!({
            "kind": "ServiceAccount", "name": NAME, "namespace": self.namespace,
        });
        let binding = json!({
            "metadata": { "name": NAME },
            "roleRef": { "apiGroup": group, "kind": "Role", "name": NAME },
            "subjects": [subject],
        });
        self.call("POST", &self.rbac("rolebindings"), Some(&binding))
    }

    pub(super) fn revoke_rights(&self) -> io::Result<()> {
        self.call("DELETE", &format!("{}/{NAME}", self.rbac("rolebindings")), None)
    }

    /// Makes the service account, and gives each candidate a kubeconfig with its token and the address of its proxy.
    pub(super) fn issue_credentials(&self) -> io::Result<()> {
        let issued = self.server.service_account(&self.namespace, NAME);
        let token = self.runtime.block_on(issued).map_err(io::Error::other)?;
        for (name, proxy) in &self.proxies {
            let url = format!("https://{}", proxy.address());
            let path = kubeconfig(&self.folder, name);
            // In one piece: a candidate may read it at any moment.
            let draft = path.with_extension("draft");
            fs::write(&draft, self.server.kubeconfig_with(&url, &token))?;
            fs::rename(draft, path)?;
        }
        Ok(())
    }

    /// Deletes the service account, and returns when its token is refused.
    pub(super) fn expire_credentials(&self) -> io::Result<()> {
        let account = format!("/api/v1/namespaces/{}/serviceaccounts/{NAME}", self.namespace);
        self.call("DELETE", &account, None)?;
        for _ in 0..FORGETS.as_millis() / LOOK.as_millis() {
            if self.is_refused()? {
                return Ok(());
            }
            thread::sleep(LOOK);
        }
        Err(io::Error::other("the token of a deleted service account is still good"))
    }

    /// Whether the first candidate's credentials are refused, asked by a bid that may take nothing.
    fn is_refused(&self) -> io::Result<bool> {
        let Some(name) = self.proxies.keys().next() else { return Ok(true) };
        let path = kubeconfig(&self.folder, name);
        let leases = Leases::builder().kubeconfig(path).namespace(&self.namespace).build();
        let election = leases.and_then(|leases| leases.election(ELECTION));
        let election = election.map_err(io::Error::other)?;
        let bid = Bid::new(Candidate::new("looks"), 1, LOOK)
            .with_may_take(MayTake::released(FencingToken::ZERO));
        let answer = self.runtime.block_on(election.acquire(&bid));
        Ok(answer.is_err_and(|error| error.kind() == ErrorKind::Denied))
    }

    fn rbac(&self, kind: &str) -> String {
        format!("/apis/rbac.authorization.k8s.io/v1/namespaces/{}/{kind}", self.namespace)
    }
}
