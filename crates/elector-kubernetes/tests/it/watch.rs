//! The watch heals itself, and costs a follower nothing.

use std::net::Ipv4Addr;
use std::time::Duration;

use elector::store::{Observation, Standing, Store as _};
use elector::{Elector, Status};
use elector_kubernetes::WatchScope;
use elector_testing::servers::kubernetes::ApiServer;
use elector_trial::proxy::Proxy;
use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use serde_json::json;
use tokio::time::timeout;

use crate::candidate::Caller;
use crate::cluster::Cluster;

const DEADLINE: Duration = Duration::from_secs(30);

type Shown = BoxStream<'static, elector::Result<Observation>>;

/// What the watch shows until `is_it`, errors left out.
async fn until(shown: &mut Shown, is_it: impl Fn(&Standing) -> bool) {
    let found = async {
        while let Some(item) = shown.next().await {
            if item.is_ok_and(|observation| is_it(&observation.standing)) {
                return;
            }
        }
        panic!("the watch has ended");
    };
    timeout(DEADLINE, found).await.expect("shown within the deadline");
}

fn led(standing: &Standing) -> bool {
    matches!(standing, Standing::Led(_))
}

fn released(standing: &Standing) -> bool {
    matches!(standing, Standing::Released { .. })
}

/// The server is killed and started again, its etcd too; it compacts what the watch had read.
#[tokio::test(flavor = "multi_thread")]
async fn outlives_the_server_and_its_memory() {
    let cluster = Cluster::on(ApiServer::start().await.unwrap()).await;
    let server = cluster.server();
    let a = Caller::new(&cluster.store(), "scheduler", "a");
    for scope in [WatchScope::Lease, WatchScope::Namespace] {
        let store = cluster.builder().watch(scope).build().unwrap();
        let mut shown = store.election("scheduler").unwrap().watch();
        let lease = a.wins().await;
        until(&mut shown, led).await;

        server.kill().unwrap();
        server.start_again().await.unwrap();
        a.releases(lease).await;
        until(&mut shown, released).await;

        server.etcd().kill().unwrap();
        server.etcd().start_again().await.unwrap();
        server.ready().await.unwrap();
        let lease = a.wins().await;
        until(&mut shown, led).await;
        a.releases(lease).await;
        until(&mut shown, released).await;
    }
}

/// A server that stands still says nothing, and neither does a connection that a firewall swallowed. A leader that says
/// nothing for its lease is reason enough to ask.
#[tokio::test(flavor = "multi_thread")]
async fn notices_that_it_hears_nothing() {
    let cluster = Cluster::new().await;
    let server = (Ipv4Addr::LOCALHOST, cluster.server().port()).into();
    let proxy = Proxy::start(server).await.unwrap();
    let store = cluster.through(proxy.address()).build().unwrap();
    let mut shown = store.election("scheduler").unwrap().watch();
    let a = Caller::new(&cluster.store(), "scheduler", "a");
    let spec = json!({ "holderIdentity": "b", "leaseDurationSeconds": 2 });
    cluster.create("scheduler", &spec).await;
    until(&mut shown, led).await;
    // Another sign of life: the next is due within the lease.
    cluster.patch("scheduler", &json!({ "spec": { "leaseTransitions": 1 } })).await;
    until(&mut shown, led).await;
    proxy.link().half_open();
    let lease = a.takes_over().await;
    // What is said meanwhile is lost, and with it the connection.
    let mut direct = cluster.store().election("scheduler").unwrap().watch();
    until(&mut direct, led).await;
    a.keeps(&lease).await;
    until(&mut direct, led).await;
    proxy.link().heal();
    until(&mut shown, |standing| {
        matches!(standing, Standing::Led(led) if led.leader.session == Some(a.candidate.session))
    })
    .await;
}

/// A follower sends nothing while its watch is healthy; a leader sends one PUT for each renewal.
#[tokio::test(flavor = "multi_thread")]
async fn a_follower_sends_nothing() {
    let cluster = Cluster::on(ApiServer::start().await.unwrap()).await;
    let candidate = |name: &str| {
        let backend = cluster.store().election("scheduler").unwrap();
        Elector::builder(backend, name).lease_duration(Duration::from_secs(3)).build().unwrap()
    };
    let leader = candidate("leader");
    let _leadership = leader.lead().await.unwrap();
    let followers = [candidate("one"), candidate("two")];
    for follower in &followers {
        let waits = follower.clone();
        tokio::spawn(async move { waits.lead().await });
        let mut status = follower.status();
        let follows = status.wait_for(|status| matches!(status, Status::Following(Some(_))));
        timeout(DEADLINE, follows).await.unwrap().unwrap();
    }
    let counted = |requests: elector_testing::servers::kubernetes::Requests| {
        ["GET", "LIST", "WATCH", "POST", "PUT"].map(|verb| requests.count("leases", verb))
    };
    // Until the watches have begun.
    let server = cluster.server();
    let begun = async {
        while server.requests().await.unwrap().open_watches("leases") < 3 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(DEADLINE, begun).await.expect("three watches");
    let before = counted(server.requests().await.unwrap());
    // Until the leader has renewed ten times, some three leases.
    let renewals = |after: [u64; 5]| after[4] - before[4];
    let mut after = before;
    let renewed = async {
        while renewals(after) < 10 {
            tokio::time::sleep(Duration::from_millis(100)).await;
            after = counted(server.requests().await.unwrap());
        }
    };
    timeout(DEADLINE, renewed).await.expect("ten renewals");
    let others: Vec<_> = (0..4).map(|verb| after[verb] - before[verb]).collect();
    assert_eq!(others, [0; 4], "GET, LIST, WATCH, POST");
}
