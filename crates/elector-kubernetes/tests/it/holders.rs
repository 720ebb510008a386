//! Holders and durations as others leave them.

use std::sync::Arc;
use std::time::Duration;

use elector::store::Standing;
use elector::store::Store as _;
use elector::{Elector, ErrorKind, Status};
use serde_json::json;

use crate::candidate::Caller;
use crate::cluster::Cluster;
use crate::log::Log;

#[tokio::test]
async fn a_lease_without_a_holder_is_taken_at_once() {
    let cluster = Cluster::new().await;
    let time = "1999-01-01T00:00:00.000000Z";
    let specs = [
        json!({}),
        json!({ "holderIdentity": null }),
        json!({ "holderIdentity": "", "leaseDurationSeconds": 1, "leaseTransitions": 3 }),
        // Garbage: a sign of life of nobody.
        json!({ "renewTime": time, "leaseDurationSeconds": 2_000_000_000 }),
    ];
    for (number, spec) in specs.iter().enumerate() {
        let name = format!("free-{number}");
        cluster.create(&name, spec).await;
        let before = spec["leaseTransitions"].as_i64().unwrap_or_default();
        Caller::new(&cluster.store(), &name, "a").wins().await;
        let lease = cluster.lease(&name).await;
        assert_eq!(lease["spec"]["leaseTransitions"], before + 1, "{spec}");
        assert_eq!(lease["spec"]["leaseDurationSeconds"], 15, "{spec}");
    }
}

#[tokio::test]
async fn a_holders_own_duration_is_honoured() {
    let cluster = Cluster::new().await;
    let durations = [(json!(3), 3), (json!(36_000), 36_000), (json!(null), 15)];
    for (number, (duration, seconds)) in durations.into_iter().enumerate() {
        let name = format!("held-{number}");
        let spec = json!({ "holderIdentity": "go", "leaseDurationSeconds": duration });
        cluster.create(&name, &spec).await;
        let told = Caller::new(&cluster.store(), &name, "a").is_told().await;
        let Standing::Led(led) = told.standing else { panic!("{:?}", told.standing) };
        assert_eq!((&*led.leader.name, led.lease_duration), ("go", Duration::from_secs(seconds)));
    }
}

#[tokio::test]
async fn a_duration_above_the_limit_is_told_once() {
    let log = Log::of_this_thread();
    let cluster = Cluster::new().await;
    let a = Caller::new(&cluster.store(), "scheduler", "a");
    for (seconds, told) in [(3600, 0), (3601, 1)] {
        let spec = json!({ "holderIdentity": "go", "leaseDurationSeconds": seconds });
        if told == 0 {
            cluster.create("scheduler", &spec).await;
        } else {
            cluster.patch("scheduler", &json!({ "spec": spec })).await;
        }
        a.is_told().await;
        a.is_told().await;
        let lines = log.text().matches("is held by \"go\" for 3601s").count();
        assert_eq!(lines, told, "{}", log.text());
    }
}

#[tokio::test]
async fn our_own_is_whole_seconds_and_at_most_an_hour() {
    let cluster = Cluster::new().await;
    let backend = cluster.store().election("scheduler").unwrap();
    let granted = |millis| backend.guarantees().granted(Duration::from_millis(millis));
    assert_eq!([1, 1000, 1001].map(granted), [1, 1, 2].map(Duration::from_secs));
    for (seconds, allowed) in [(3600, true), (3601, false)] {
        let lease = Duration::from_secs(seconds);
        let built = Elector::builder(Arc::clone(&backend), "a").lease_duration(lease).build();
        assert_eq!(built.err().map(|error| error.kind()), (!allowed).then_some(ErrorKind::Invalid));
    }
}

/// The sign of life of a dead leader is not renewed by whoever edits its labels.
#[tokio::test(flavor = "multi_thread")]
async fn a_label_edit_does_not_reset_a_followers_timer() {
    let cluster = Cluster::new().await;
    let spec = json!({ "holderIdentity": "dead", "leaseDurationSeconds": 4 });
    cluster.create("scheduler", &spec).await;
    let backend = cluster.store().election("scheduler").unwrap();
    let elector = Elector::new(backend, "a");
    let mut status = elector.status();
    let leading = tokio::spawn({
        let elector = elector.clone();
        async move { elector.lead().await }
    });
    status.wait_for(|status| matches!(status, Status::Following(Some(_)))).await.unwrap();
    // An edit each half second, for two leases at most: the timer would never run out.
    let deadline = Duration::from_secs(8);
    let edits = async {
        for number in 0.. {
            let patch = json!({ "metadata": { "labels": { "edit": number.to_string() } } });
            cluster.patch("scheduler", &patch).await;
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    };
    let leads = async { leading.await.unwrap().unwrap() };
    tokio::select! {
        leadership = tokio::time::timeout(deadline, leads) => {
            assert!(leadership.expect("led within two leases").is_current());
        }
        () = edits => unreachable!(),
    }
}
