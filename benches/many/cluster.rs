//! The store of a trial: its folder, or a namespace of an API server that the folder names.

use std::fs;
use std::path::Path;

use elector::Store;
use elector_kubernetes::{Kubernetes, WatchScope};
use elector_local::Local;
use elector_tests::{Cluster, block_on};

const KUBECONFIG: &str = "kubeconfig";
const NAMESPACE: &str = "namespace";

/// The store that candidates in `folder` share.
pub(crate) fn store(folder: &Path) -> Box<dyn Store> {
    let Ok(namespace) = fs::read_to_string(folder.join(NAMESPACE)) else {
        return Box::new(Local::new(folder));
    };
    let store = Kubernetes::builder().kubeconfig(folder.join(KUBECONFIG)).namespace(namespace);
    Box::new(store.watch(WatchScope::Namespace).build().unwrap())
}

/// An API server of the trial's own, which `folder` names.
pub(crate) fn start(folder: &Path) -> Cluster {
    let cluster = Cluster::alone();
    let place = cluster.place("any");
    fs::copy(place.kubeconfig, folder.join(KUBECONFIG)).unwrap();
    fs::write(folder.join(NAMESPACE), place.namespace).unwrap();
    cluster
}

/// What an API server has counted for Leases: GET, LIST, PUT and POST that were answered, watches that are open.
pub(crate) fn counts(cluster: &Cluster) -> [u64; 5] {
    let requests = block_on(cluster.server().requests()).unwrap();
    let [get, list, put, post] =
        ["GET", "LIST", "PUT", "POST"].map(|verb| requests.count("leases", verb));
    [get, list, put, post, requests.open_watches("leases")]
}
