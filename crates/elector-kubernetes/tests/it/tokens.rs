//! Tokens rise whatever happens to the Lease.

use elector::FencingToken;
use elector::store::{Acquire, MayTake};
use serde_json::json;

use crate::candidate::Caller;
use crate::cluster::Cluster;

#[tokio::test]
async fn across_terms_deletions_and_terms_of_others() {
    let cluster = Cluster::new().await;
    let (a, b) = (
        Caller::new(&cluster.store(), "scheduler", "a"),
        Caller::new(&cluster.store(), "scheduler", "b"),
    );
    let mut tokens = vec![];
    for _ in 0..3 {
        let lease = a.wins().await;
        tokens.push(lease.token);
        a.releases(lease).await;
        cluster.delete("scheduler").await;
        let lease = b.wins().await;
        tokens.push(lease.token);
        tokens.push(a.takes_over().await.token);
        let spec = json!({ "holderIdentity": "go", "leaseTransitions": 9 });
        cluster.patch("scheduler", &json!({ "spec": spec })).await;
        let lease = b.takes_over().await;
        tokens.push(lease.token);
        b.releases(lease).await;
    }
    assert!(tokens.windows(2).all(|pair| pair[0] < pair[1]), "{tokens:?}");
}

/// A floor above every version of the cluster, as after a restore: the annotation goes with the Lease, and nobody
/// remembers it.
#[tokio::test]
async fn across_deletions_above_a_floor() {
    let cluster = Cluster::new().await;
    let floor = FencingToken::new(1_700_000_000_000).unwrap();
    let mut tokens = vec![floor];
    for number in 0..3 {
        for terms in 0..3 {
            let forgetful =
                Caller::new(&cluster.store(), "scheduler", &format!("{number}-{terms}"));
            let may_take = MayTake::vacant();
            let bid = forgetful.bid().with_base(floor).with_may_take(may_take);
            let Acquire::Won(lease) = forgetful.backend.acquire(&bid).await.unwrap() else {
                panic!("held")
            };
            tokens.push(lease.token);
            forgetful.releases(lease).await;
        }
        cluster.delete("scheduler").await;
    }
    assert!(tokens.windows(2).all(|pair| pair[0] < pair[1]), "{tokens:?}");
}

/// Two make the Lease, one after the other, with a deletion in between: a create is no compare and swap.
#[tokio::test]
async fn two_creators_with_a_deletion_in_between() {
    let cluster = Cluster::new().await;
    let (a, b) = (
        Caller::new(&cluster.store(), "scheduler", "a"),
        Caller::new(&cluster.store(), "scheduler", "b"),
    );
    let first = a.wins().await;
    cluster.delete("scheduler").await;
    let second = b.wins().await;
    assert!(second.token > first.token);
    // The first one's renewal neither makes the Lease again nor takes it.
    assert!(matches!(a.renews(&first).await, elector::store::Renew::Lost(_)));
    b.keeps(&second).await;
}

/// A Lease may be made by a PUT, and there the API server compares no version. That the body names the uid is what keeps
/// a late renewal from making a deleted Lease again.
#[tokio::test]
async fn a_late_renewal_makes_no_lease() {
    let cluster = Cluster::new().await;
    let a = Caller::new(&cluster.store(), "scheduler", "a");
    let lease = a.wins().await;
    cluster.delete("scheduler").await;
    assert!(matches!(a.renews(&lease).await, elector::store::Renew::Lost(_)));
    assert!(cluster.lease("scheduler").await.is_null(), "the Lease is there again");
}
