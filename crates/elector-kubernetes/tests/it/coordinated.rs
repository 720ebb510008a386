//! Coordinated leader election (KEP-4355): the API server names the leader of a Lease with a strategy.

use elector::ErrorKind;
use elector::store::Renew;
use elector_testing::servers::kubernetes::ApiServer;
use serde_json::json;

use crate::candidate::Caller;
use crate::cluster::Cluster;

#[tokio::test]
async fn a_lease_with_a_strategy_is_left_to_the_api_server() {
    // Without the feature the server drops these fields.
    let server = ApiServer::builder()
        .flag("--feature-gates=CoordinatedLeaderElection=true")
        .flag("--runtime-config=coordination.k8s.io/v1beta1=true");
    let cluster = Cluster::on(server.start().await.unwrap()).await;
    is_not_taken(&cluster).await;
    resigns_for_a_preferred_holder(&cluster).await;
}

async fn is_not_taken(cluster: &Cluster) {
    let spec = json!({ "strategy": "OldestEmulationVersion" });
    cluster.create("scheduler", &spec).await;
    let a = Caller::new(&cluster.store(), "scheduler", "a");
    let error = a.backend.acquire(&a.bid()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Denied);
    assert!(error.to_string().contains("strategy \"OldestEmulationVersion\""), "{error}");
    assert_eq!(cluster.lease("scheduler").await["spec"]["strategy"], "OldestEmulationVersion");
}

async fn resigns_for_a_preferred_holder(cluster: &Cluster) {
    let a = Caller::new(&cluster.store(), "controller", "a");
    let lease = a.wins().await;
    let preferred = json!({ "strategy": "OldestEmulationVersion", "preferredHolder": "b" });
    cluster.patch("controller", &json!({ "spec": preferred })).await;
    let Renew::Kept(lease, Some(request)) = a.renews(&lease).await else {
        panic!("nothing is asked of the leader")
    };
    assert_eq!((request.token, &*request.from), (lease.token, "preferredHolder b"));
    a.releases(lease).await;
    let spec = cluster.lease("controller").await["spec"].clone();
    assert_eq!((&spec["holderIdentity"], &spec["preferredHolder"]), (&json!(""), &json!("b")));
}
