//! A namespace of a real API server.

use std::future::Future;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use elector_testing::servers::kubernetes::{ADMIN, ApiServer};
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::candidate::Place;
use crate::lease::LeaseSeen;

#[derive(Debug)]
enum Server {
    Shared(&'static ApiServer),
    Own(Box<ApiServer>),
}

/// A new namespace, seen with all rights.
#[derive(Debug)]
pub struct Cluster {
    server: Server,
    pub namespace: String,
    folder: TempDir,
    files: AtomicU32,
}

impl Cluster {
    /// On the API server that the clusters of a process share; starts it, if nobody has.
    pub fn new() -> Self {
        let (server, namespace) = block_on(async {
            let server = ApiServer::shared().await.unwrap();
            (server, server.namespace().await.unwrap())
        });
        Self::of(Server::Shared(server), namespace)
    }

    /// A namespace of an API server of its own.
    pub fn alone() -> Self {
        let (server, namespace) = block_on(async {
            let server = ApiServer::start().await.unwrap();
            let namespace = server.namespace().await.unwrap();
            (server, namespace)
        });
        Self::of(Server::Own(Box::new(server)), namespace)
    }

    fn of(server: Server, namespace: String) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { server, namespace, folder, files: AtomicU32::new(0) }
    }

    pub fn server(&self) -> &ApiServer {
        match &self.server {
            Server::Shared(server) => server,
            Server::Own(server) => server,
        }
    }

    /// A Lease, which need not be there yet.
    pub fn place(&self, lease: &str) -> Place {
        self.place_behind(lease, self.server().url())
    }

    /// A Lease that is reached through `url`, such as a proxy's.
    pub fn place_behind(&self, lease: &str, url: &str) -> Place {
        let number = self.files.fetch_add(1, Ordering::Relaxed);
        let kubeconfig: PathBuf = self.folder.path().join(format!("{number}.kubeconfig"));
        let token = self.server().token(ADMIN).unwrap();
        std::fs::write(&kubeconfig, self.server().kubeconfig_with(url, token)).unwrap();
        Place { kubeconfig, namespace: self.namespace.clone(), lease: lease.to_owned() }
    }

    /// The Lease as it is now.
    pub fn lease(&self, name: &str) -> LeaseSeen {
        let reply = block_on(self.server().call(ADMIN, "GET", &self.path(name), None)).unwrap();
        assert_eq!(reply.status, 200, "{}", reply.body);
        LeaseSeen(serde_json::from_str(&reply.body).unwrap())
    }

    /// Writes the Lease as the client `manager`, if nobody has written it since it was read.
    pub fn replace(&self, name: &str, manager: &str, lease: &Value) -> bool {
        let path = format!("{}?fieldManager={manager}", self.path(name));
        let lease = lease.to_string();
        let reply = block_on(self.server().call(ADMIN, "PUT", &path, Some(&lease))).unwrap();
        assert!([200, 409].contains(&reply.status), "{}", reply.body);
        reply.status == 200
    }

    fn path(&self, name: &str) -> String {
        format!("/apis/coordination.k8s.io/v1/namespaces/{}/leases/{name}", self.namespace)
    }
}

impl Default for Cluster {
    fn default() -> Self {
        Self::new()
    }
}

/// Waits for `future` on the runtime that the server of this process lives on.
pub fn block_on<F: Future>(future: F) -> F::Output {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    let runtime = RUNTIME.get_or_init(|| {
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
    });
    runtime.block_on(future)
}
