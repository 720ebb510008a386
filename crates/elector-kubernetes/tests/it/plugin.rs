//! A kubeconfig whose token a program prints.

use std::fs;
use std::time::Duration;

use elector::store::Store as _;
use elector::{Elector, Ended};
use elector_kubernetes::Kubernetes;
use elector_testing::servers::kubernetes::ADMIN;
use tokio::time::timeout;

use crate::cluster::Cluster;

/// kube waits for the program on the thread that makes the client. One that hangs holds up no stop.
#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_hangs_delays_no_stop() {
    let cluster = Cluster::new().await;
    let folder = tempfile::tempdir().unwrap();
    let hang = folder.path().join("hang");
    let token = cluster.server().token(ADMIN).unwrap();
    // The token is about to expire from the first, so that each request asks for another.
    let credential = format!(
        r#"{{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{{"token":"{token}","expirationTimestamp":"2020-01-01T00:00:00Z"}}}}"#
    );
    let script = format!(
        "while [ -e '{}' ]; do sleep 0.1; done; printf '%s' '{credential}'",
        hang.display()
    );
    let kubeconfig = serde_json::json!({
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "it",
        "contexts": [{ "name": "it", "context": { "cluster": "it", "user": "it" } }],
        "clusters": [{ "name": "it", "cluster": {
            "server": cluster.server().url(),
            "certificate-authority-data": base64(cluster.server().ca_pem()),
        } }],
        "users": [{ "name": "it", "user": { "exec": {
            "apiVersion": "client.authentication.k8s.io/v1",
            "command": "sh",
            "args": ["-c", script],
            "interactiveMode": "Never",
        } } }],
    });
    let path = folder.path().join("kubeconfig");
    fs::write(&path, kubeconfig.to_string()).unwrap();
    let store = Kubernetes::builder().kubeconfig(path).namespace(&cluster.namespace);
    let backend = store.build().unwrap().election("scheduler").unwrap();
    let lease = Duration::from_secs(3);
    let elector = Elector::builder(backend, "a").lease_duration(lease).build().unwrap();
    let leadership = timeout(Duration::from_secs(20), elector.lead()).await.unwrap().unwrap();

    fs::write(&hang, "").unwrap();
    let ended = timeout(Duration::from_secs(10), leadership.lost()).await;
    assert!(matches!(ended.expect("stopped while the program hangs"), Ended::Expired));
}

fn base64(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}
