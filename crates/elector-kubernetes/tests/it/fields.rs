//! What stands in a Lease: client-go's fields as client-go writes them (`tools/leaderelection`), and nothing of others
//! touched.

use serde_json::{Value, json};

use crate::candidate::Caller;
use crate::cluster::Cluster;

fn micros(time: &Value) -> jiff::Timestamp {
    let text = time.as_str().unwrap();
    // "2006-01-02T15:04:05.000000Z", as Go's MicroTime.
    assert_eq!((text.len(), &text[19..20], &text[26..]), (27, ".", "Z"), "{text}");
    text.parse().unwrap()
}

#[tokio::test]
async fn each_write_is_client_gos() {
    let cluster = Cluster::new().await;
    let a = Caller::new(&cluster.store(), "scheduler", "a");
    let lease = a.wins().await;
    let first = cluster.lease("scheduler").await["spec"].clone();
    assert_eq!(first["holderIdentity"], a.identity());
    assert_eq!(
        (&first["leaseDurationSeconds"], &first["leaseTransitions"]),
        (&json!(15), &json!(1))
    );
    assert_eq!(micros(&first["acquireTime"]), micros(&first["renewTime"]));

    let lease = a.keeps(&lease).await;
    let renewed = cluster.lease("scheduler").await["spec"].clone();
    for kept in ["holderIdentity", "leaseDurationSeconds", "leaseTransitions", "acquireTime"] {
        assert_eq!(renewed[kept], first[kept], "{kept}");
    }

    a.releases(lease).await;
    let released = cluster.lease("scheduler").await["spec"].clone();
    assert_eq!(released["holderIdentity"], "");
    assert_eq!(released["leaseDurationSeconds"], 1);
    assert_eq!(released["leaseTransitions"], 1);
    assert_eq!(micros(&released["acquireTime"]), micros(&released["renewTime"]));

    let b = Caller::new(&cluster.store(), "scheduler", "b");
    b.wins().await;
    let next = cluster.lease("scheduler").await["spec"].clone();
    assert_eq!(
        (&next["holderIdentity"], &next["leaseTransitions"]),
        (&b.identity().into(), &json!(2))
    );
    let fields: Vec<_> = next.as_object().unwrap().keys().map(String::as_str).collect();
    let client_gos =
        ["acquireTime", "holderIdentity", "leaseDurationSeconds", "leaseTransitions", "renewTime"];
    assert_eq!(fields, client_gos);
}

/// client-go's followers compare times of whole seconds (`resourcelock.LeaderElectionRecord`).
#[tokio::test]
async fn renewals_within_a_second_have_seconds_of_their_own() {
    let cluster = Cluster::new().await;
    let a = Caller::new(&cluster.store(), "scheduler", "a");
    let mut lease = a.wins().await;
    let mut seconds = vec![];
    for _ in 0..5 {
        let spec = cluster.lease("scheduler").await["spec"].clone();
        seconds.push(micros(&spec["renewTime"]).as_second());
        lease = a.keeps(&lease).await;
    }
    assert!(seconds.windows(2).all(|pair| pair[0] < pair[1]), "{seconds:?}");
}

#[tokio::test]
async fn what_is_others_stays() {
    let cluster = Cluster::new().await;
    let spec = json!({ "holderIdentity": "", "leaseTransitions": 6 });
    cluster.create("scheduler", &spec).await;
    let marks = json!({ "metadata": {
        "labels": { "team": "billing", "app": "theirs" },
        "annotations": { "note": "keep" },
        "finalizers": ["example.com/keep"],
    } });
    cluster.patch("scheduler", &marks).await;
    let store = cluster.builder().label("app", "ours").build().unwrap();
    let a = Caller::new(&store, "scheduler", "a");
    let lease = a.wins().await;
    let lease = a.keeps(&lease).await;
    // One that was put there since the last write of ours.
    cluster.patch("scheduler", &json!({ "metadata": { "labels": { "late": "yes" } } })).await;
    let lease = a.keeps(&lease).await;
    let led = cluster.lease("scheduler").await;
    a.releases(lease).await;
    let released = cluster.lease("scheduler").await;
    for lease in [led, released] {
        let metadata = &lease["metadata"];
        assert_eq!(metadata["labels"], json!({ "app": "ours", "late": "yes", "team": "billing" }));
        assert_eq!(metadata["annotations"]["note"], "keep");
        assert_eq!(metadata["finalizers"], json!(["example.com/keep"]));
        assert_eq!(lease["spec"]["leaseTransitions"], 7);
    }
    cluster.patch("scheduler", &json!({ "metadata": { "finalizers": null } })).await;
}

/// Somebody's write that keeps our annotations does not inherit our term, our release or what was asked of us.
#[tokio::test]
async fn what_we_noted_counts_for_our_own_term_only() {
    let cluster = Cluster::new().await;
    let a = Caller::new(&cluster.store(), "scheduler", "a");
    let lease = a.wins().await;
    let token = lease.token;
    let b = Caller::new(&cluster.store(), "scheduler", "b");
    for (foreign, transitions) in [("go", 2), ("go", 1), (&*a.identity(), 2)] {
        let spec = json!({ "holderIdentity": foreign, "leaseTransitions": transitions });
        cluster.patch("scheduler", &json!({ "spec": spec })).await;
        let told = b.is_told().await;
        let leader = told.leader().unwrap();
        assert_eq!((leader.session, leader.token), (None, None), "{foreign} {transitions}");
    }
    // Its release leaves no mark that would explain the end of our term.
    cluster.patch("scheduler", &json!({ "spec": { "holderIdentity": "" } })).await;
    let seen_alive = elector::store::MayTake::released(token);
    let bid = b.bid().with_may_take(seen_alive);
    assert!(matches!(b.backend.acquire(&bid).await.unwrap(), elector::store::Acquire::Held(_)));
    assert!(b.wins().await.token > token);
}
