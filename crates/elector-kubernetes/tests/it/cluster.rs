//! A namespace of the API server that the tests share.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::OnceLock;

use elector_kubernetes::{Builder, Kubernetes};
use elector_testing::servers::kubernetes::{ADMIN, ApiServer};
use serde_json::{Value, json};

#[derive(Debug)]
enum Server {
    Shared(&'static ApiServer),
    Own(Box<ApiServer>),
}

/// A namespace of one test, seen with all rights.
#[derive(Debug)]
pub(crate) struct Cluster {
    server: Server,
    pub(crate) namespace: String,
    kubeconfig: PathBuf,
}

impl Cluster {
    /// A new namespace.
    pub(crate) async fn new() -> Self {
        let server = ApiServer::shared().await.unwrap();
        let namespace = server.namespace().await.unwrap();
        Self { server: Server::Shared(server), namespace, kubeconfig: kubeconfig(server) }
    }

    /// A namespace on a server that this test alone uses.
    pub(crate) async fn on(server: ApiServer) -> Self {
        let namespace = server.namespace().await.unwrap();
        let kubeconfig = server.write_kubeconfig(ADMIN).unwrap();
        Self { server: Server::Own(Box::new(server)), namespace, kubeconfig }
    }

    pub(crate) fn server(&self) -> &ApiServer {
        match &self.server {
            Server::Shared(server) => server,
            Server::Own(server) => server,
        }
    }

    /// A store as one more process would make it.
    pub(crate) fn store(&self) -> Kubernetes {
        self.builder().build().unwrap()
    }

    pub(crate) fn builder(&self) -> Builder {
        Kubernetes::builder().kubeconfig(&self.kubeconfig).namespace(&self.namespace)
    }

    /// A store whose requests go through the proxy at `address`.
    pub(crate) fn through(&self, address: SocketAddr) -> Builder {
        let token = self.server().token(ADMIN).unwrap();
        let kubeconfig = self.server().kubeconfig_with(&format!("https://{address}"), token);
        let path = self.server().folder().join(format!("{}.kubeconfig", address.port()));
        fs::write(&path, kubeconfig).unwrap();
        Kubernetes::builder().kubeconfig(path).namespace(&self.namespace)
    }

    /// The Lease of an election, or null.
    pub(crate) async fn lease(&self, election: &str) -> Value {
        let reply = self.server().call(ADMIN, "GET", &self.path(election), None).await.unwrap();
        if reply.status == 404 {
            return Value::Null;
        }
        serde_json::from_str(&reply.body).unwrap()
    }

    /// Changes the Lease of an election by a merge patch.
    pub(crate) async fn patch(&self, election: &str, patch: &Value) {
        let path = self.path(election);
        let patch = patch.to_string();
        let reply = self.server().call(ADMIN, "PATCH", &path, Some(&patch)).await.unwrap();
        assert_eq!(reply.status, 200, "{}", reply.body);
    }

    /// Makes the Lease of an election.
    pub(crate) async fn create(&self, election: &str, spec: &Value) {
        let name = self.store().lease_name(election).unwrap();
        let lease = json!({ "metadata": { "name": name }, "spec": spec }).to_string();
        let path = format!("/apis/coordination.k8s.io/v1/namespaces/{}/leases", self.namespace);
        let reply = self.server().call(ADMIN, "POST", &path, Some(&lease)).await.unwrap();
        assert_eq!(reply.status, 201, "{}", reply.body);
    }

    /// Deletes the Lease of an election.
    pub(crate) async fn delete(&self, election: &str) {
        let reply = self.server().call(ADMIN, "DELETE", &self.path(election), None).await.unwrap();
        assert_eq!(reply.status, 200, "{}", reply.body);
    }

    fn path(&self, election: &str) -> String {
        let name = self.store().lease_name(election).unwrap();
        let namespace = &self.namespace;
        format!("/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases/{name}")
    }
}

/// Written once: a test may read it while another begins.
fn kubeconfig(server: &ApiServer) -> PathBuf {
    static WRITTEN: OnceLock<PathBuf> = OnceLock::new();
    WRITTEN.get_or_init(|| server.write_kubeconfig(ADMIN).unwrap()).clone()
}
