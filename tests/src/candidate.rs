//! A candidate process in Rust: the program `interop`, started again.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use elector::Backend;
use elector::store::Store as _;
use elector_kubernetes::Kubernetes;
use elector_trial::CandidateSpec;
use tracing_subscriber::EnvFilter;

/// Where a Lease is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// With which the candidates reach the API server.
    pub kubeconfig: PathBuf,
    pub namespace: String,
    /// The Lease's name, which is also the election's.
    pub lease: String,
}

impl Place {
    /// The election, for one more process.
    pub fn backend(&self) -> Arc<dyn Backend> {
        let store = Kubernetes::builder().kubeconfig(&self.kubeconfig).namespace(&self.namespace);
        store.build().unwrap().election(&self.lease).unwrap()
    }
}

/// The command of a candidate in `place`; `program` is `interop`.
pub fn command(program: &Path, place: &Place, spec: &CandidateSpec) -> Command {
    let mut command = Command::new(program);
    let lease = spec.lease_duration.as_millis().to_string();
    command.args(["candidate", &spec.name, &lease]).arg(&place.kubeconfig);
    command.args([&place.namespace, &place.lease]);
    command
}

/// What a process that [`command`] started does, told what follows the word `candidate`. It logs what `ELECTOR_LOG`
/// asks for.
pub fn run(mut arguments: impl Iterator<Item = String>) {
    let filter = EnvFilter::try_from_env("ELECTOR_LOG").unwrap_or_else(|_| EnvFilter::new("off"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let mut next = || arguments.next().unwrap();
    let (name, lease, kubeconfig) = (next(), next(), PathBuf::from(next()));
    let place = Place { kubeconfig, namespace: next(), lease: next() };
    let lease = Duration::from_millis(lease.parse().unwrap());
    elector_trial::candidate::run(place.backend(), &name, lease).unwrap();
}
