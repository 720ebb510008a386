//! A real API server of the trial's own, with candidates behind a proxy each.
//!
//! The candidates have a service account and a Role, and no more rights than a program needs. Half of them watch their
//! Lease, half all Leases of the namespace.

mod credentials;
mod record;
mod storm;

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use elector::store::{Backend, Store as _};
use elector_kubernetes::{Kubernetes as Leases, KubernetesConfig};
use elector_testing::servers::kubernetes::{ADMIN, ApiServer};
use tokio::runtime::Runtime;

use super::Site;
use crate::faults::Fault;
use crate::process::CandidateSpec;
use crate::proxy::{Link, Proxy};
use storm::Storm;

/// The election, and the name of its Lease.
const ELECTION: &str = "faults";

/// How often each fault is made. An outage of a server takes it seconds to come back from, and a deleted service
/// account is known for 10 s more: these are rarer.
const SHARES: [(Fault, u32); 25] = [
    (Fault::Kill, 10),
    (Fault::Resign, 10),
    (Fault::Freeze, 6),
    (Fault::Pause, 8),
    (Fault::Restart, 3),
    (Fault::SlowClock, 2),
    (Fault::FastClock, 2),
    (Fault::Partition, 8),
    (Fault::LostRequests, 6),
    (Fault::LostReplies, 6),
    (Fault::HalfOpen, 6),
    (Fault::LateReplies, 6),
    (Fault::DeafFollower, 6),
    (Fault::StoreFrozen, 4),
    (Fault::StoreKilled, 2),
    (Fault::DatabaseKilled, 2),
    (Fault::RecordDeleted, 4),
    (Fault::DeletedUnseen, 4),
    (Fault::RecordForged, 4),
    (Fault::RecordRecreated, 4),
    (Fault::RecordTouched, 6),
    (Fault::RightsRevoked, 3),
    (Fault::CredentialsExpired, 1),
    (Fault::Throttled, 3),
    (Fault::Unavailable, 3),
];

type Program = Box<dyn Fn(&Path, &CandidateSpec) -> Command + Send + Sync>;

/// An API server, a namespace in it, and a proxy in front of it for each candidate.
pub struct Kubernetes {
    // Dropped before the runtime that they run on.
    proxies: BTreeMap<String, Proxy>,
    storm: Storm,
    server: ApiServer,
    namespace: String,
    folder: PathBuf,
    program: Program,
    election: Arc<dyn Backend>,
    runtime: Runtime,
}

impl Kubernetes {
    /// Starts an API server for candidates of these names.
    ///
    /// `program` makes the command of a candidate, which gets its election by [`election`] from `folder`.
    ///
    /// # Errors
    ///
    /// When the server does not start, or `folder` cannot be written.
    pub fn start(
        folder: &Path,
        names: impl IntoIterator<Item = String>,
        program: impl Fn(&Path, &CandidateSpec) -> Command + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("network")
            .enable_all()
            .build()?;
        let server = runtime.block_on(ApiServer::start()).map_err(io::Error::other)?;
        let namespace = runtime.block_on(server.namespace()).map_err(io::Error::other)?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, server.port()));
        let mut proxies = BTreeMap::new();
        for name in names {
            proxies.insert(name, runtime.block_on(Proxy::start(address))?);
        }
        let storm = runtime.block_on(Storm::start(&server.folder()))?;
        let admin = server.write_kubeconfig(ADMIN).map_err(io::Error::other)?;
        let leases = Leases::builder().kubeconfig(admin).namespace(&namespace).build();
        let election = leases.and_then(|leases| leases.election(ELECTION));
        let election = election.map_err(io::Error::other)?;
        let (folder, program) = (folder.to_owned(), Box::new(program));
        let site = Self { proxies, storm, server, namespace, folder, program, election, runtime };
        site.write_configurations()?;
        site.grant_rights()?;
        site.issue_credentials()?;
        Ok(site)
    }

    /// A file for each candidate that says where its election is.
    fn write_configurations(&self) -> io::Result<()> {
        for (index, name) in self.proxies.keys().enumerate() {
            let configuration = serde_json::json!({
                "namespace": self.namespace,
                "kubeconfig": kubeconfig(&self.folder, name),
                "watch": if index % 2 == 0 { "lease" } else { "namespace" },
            });
            fs::write(configuration_file(&self.folder, name), configuration.to_string())?;
        }
        Ok(())
    }

    /// Refuses everybody with the status `code` until [`Site::end`].
    fn rage(&self, code: u16) {
        self.storm.answer(code);
        for proxy in self.proxies.values() {
            proxy.link().divert(self.storm.address());
            proxy.link().reset();
        }
    }

    fn calm(&self) {
        for proxy in self.proxies.values() {
            proxy.link().heal();
            proxy.link().reset();
        }
    }

    /// Makes a request with all rights, which must be answered with success.
    fn call(&self, method: &str, path: &str, json: Option<&serde_json::Value>) -> io::Result<()> {
        let json = json.map(ToString::to_string);
        let called = self.server.call(ADMIN, method, path, json.as_deref());
        let reply = self.runtime.block_on(called).map_err(io::Error::other)?;
        if (200..300).contains(&reply.status) {
            return Ok(());
        }
        let what = format!("{method} {path} was answered {}: {}", reply.status, reply.body);
        Err(io::Error::other(what))
    }
}

impl Site for Kubernetes {
    fn election(&self) -> Arc<dyn Backend> {
        Arc::clone(&self.election)
    }

    fn candidate(&self, spec: &CandidateSpec) -> Command {
        (self.program)(&self.folder, spec)
    }

    fn shares(&self) -> &[(Fault, u32)] {
        &SHARES
    }

    fn link(&self, candidate: &str) -> Option<Link> {
        self.proxies.get(candidate).map(Proxy::link)
    }

    fn begin(&self, fault: Fault) -> io::Result<()> {
        match fault {
            Fault::StoreKilled => self.server.kill().map_err(io::Error::other),
            Fault::StoreFrozen => self.server.freeze().map_err(io::Error::other),
            Fault::DatabaseKilled => self.server.etcd().kill().map_err(io::Error::other),
            Fault::RecordDeleted => self.delete_record(),
            Fault::RecordForged => self.forge_record(),
            Fault::RecordTouched => self.touch_record(),
            Fault::RecordRecreated => self.recreate_record(),
            Fault::RightsRevoked => self.revoke_rights(),
            Fault::CredentialsExpired => self.expire_credentials(),
            Fault::Throttled => {
                self.rage(429);
                Ok(())
            }
            Fault::Unavailable => {
                self.rage(503);
                Ok(())
            }
            _ => Err(io::ErrorKind::Unsupported.into()),
        }
    }

    fn end(&self, fault: Fault) -> io::Result<()> {
        match fault {
            Fault::StoreKilled => {
                self.runtime.block_on(self.server.start_again()).map_err(io::Error::other)
            }
            Fault::StoreFrozen => self.server.thaw().map_err(io::Error::other),
            Fault::DatabaseKilled => self.runtime.block_on(async {
                self.server.etcd().start_again().await.map_err(io::Error::other)?;
                self.server.ready().await.map_err(io::Error::other)
            }),
            Fault::RightsRevoked => self.bind_rights(),
            Fault::CredentialsExpired => self.issue_credentials(),
            Fault::Throttled | Fault::Unavailable => {
                self.calm();
                Ok(())
            }
            _ => Err(io::ErrorKind::Unsupported.into()),
        }
    }
}

impl std::fmt::Debug for Kubernetes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Kubernetes").field("server", &self.server.url()).finish_non_exhaustive()
    }
}

/// The election of the candidate called `name`, as the file in `folder` says: for its process.
///
/// # Errors
///
/// When the file cannot be read, or says what cannot work.
pub fn election(folder: &Path, name: &str) -> io::Result<Arc<dyn Backend>> {
    let text = fs::read_to_string(configuration_file(folder, name))?;
    let configuration: KubernetesConfig = serde_json::from_str(&text)?;
    let leases = Leases::from_config(configuration).map_err(io::Error::other)?;
    leases.election(ELECTION).map_err(io::Error::other)
}

/// Where the candidate called `name` finds its store: a [`KubernetesConfig`] as JSON.
pub fn configuration_file(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.json"))
}

fn kubeconfig(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.kubeconfig"))
}
