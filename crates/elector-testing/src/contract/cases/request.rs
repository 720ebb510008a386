//! What somebody asks of the leader reaches this leader, and no other.

use elector::FencingToken;
use elector::store::{Cookie, Lease, RequestKind, Standing};

use crate::Tamper;
use crate::contract::Stage;
use crate::contract::watching::Watching;
use crate::faults::LostReply;

/// A leader that watches is told.
pub async fn request_reaches_the_leader_by_watch(stage: Stage) {
    let (a, operator) = (stage.player("a").await, stage.player("operator").await);
    let lease = a.wins().await;
    let mut watching = Watching::new(&*a.backend);
    let before = watching.until("the leader", |seen| seen.leader().is_some()).await;
    assert_eq!(before.request, None);
    operator.asks(&lease).await;
    let seen = watching.until("the request", |seen| seen.request.is_some()).await;
    let request = seen.request.expect("checked");
    assert_eq!(request.token, lease.token);
    assert_eq!(request.kind, RequestKind::Resign);
    assert_eq!(&*request.from, "operator");
}

/// A leader that does not watch is told by its next renewal.
pub async fn request_reaches_the_leader_by_renew(stage: Stage) {
    let (a, operator) = (stage.player("a").await, stage.player("operator").await);
    let (lease, request) = a.keeps(&a.wins().await).await;
    assert_eq!(request, None);
    operator.asks(&lease).await;
    let (_, request) = a.keeps(&lease).await;
    let request = request.expect("the renewal brings the request");
    assert_eq!(request.token, lease.token);
    assert_eq!(&*request.from, "operator");
}

/// When the answer that brings a request is lost, a later one brings it.
pub async fn request_survives_an_ambiguous_renew(stage: Stage) {
    let lossy = LostReply::new(stage.backend().await);
    let a = stage.player("a").await.behind(|_| lossy.clone());
    let lease = a.wins().await;
    stage.player("operator").await.asks(&lease).await;
    lossy.lose_next(2);
    a.renew(&lease).await.expect_err("the answer is lost");
    a.renew(&lease).await.expect_err("the answer is lost");
    let (_, request) = a.keeps(&lease).await;
    request.expect("the renewal brings the request");
}

/// A request is no sign of life, ends nothing and extends nothing.
pub async fn request_leaves_the_term_alone(stage: Stage) {
    let (a, b) = (stage.player("a").await, stage.player("b").await);
    let lease = a.wins().await;
    let before = b.sees_leader().await;
    b.asks(&lease).await;
    assert_eq!(b.sees_leader().await, before);
    let (lease, _) = a.keeps(&lease).await;
    b.asks(&lease).await;
    b.asks(&lease).await;
    a.releases(Some(&lease)).await;
    stage.assert_vacant().await;
    b.wins().await;
}

/// What was meant for an earlier term does not reach the present one, of whichever session.
pub async fn request_of_an_old_term_is_dropped(stage: Stage) {
    let (a, b) = (stage.player("a").await, stage.player("b").await);
    let first = a.wins().await;
    let second = a.wins().await;
    b.asks(&first).await;
    assert_eq!(stage.look().await.request, None);
    let (second, request) = a.keeps(&second).await;
    assert_eq!(request, None);
    a.releases(Some(&second)).await;
    let third = b.wins().await;
    a.asks(&second).await;
    assert_eq!(b.keeps(&third).await.1, None);
}

/// What a term did not honour is gone with it.
pub async fn request_dies_with_its_term(stage: Stage) {
    let (a, b) = (stage.player("a").await, stage.player("b").await);
    let lease = a.wins().await;
    b.asks(&lease).await;
    let lease = a.wins().await;
    assert_eq!(stage.look().await.request, None);
    assert_eq!(a.keeps(&lease).await.1, None);
    b.asks(&lease).await;
    a.releases(Some(&lease)).await;
    assert_eq!(stage.look().await.request, None);
    let lease = b.wins().await;
    assert_eq!(stage.look().await.request, None);
    assert_eq!(b.keeps(&lease).await.1, None);
}

/// A request that a foreign candidate's write left standing is not for that candidate, nor for who comes after it.
pub async fn request_left_by_a_foreign_write_is_dropped(stage: Stage) {
    let (a, b) = (stage.player("a").await, stage.player("b").await);
    let lease = a.wins().await;
    b.asks(&lease).await;
    stage.tamper(Tamper::Usurp).await;
    assert_eq!(stage.look().await.request, None);
    let lease = stage.take_over(&b).await;
    assert_eq!(stage.look().await.request, None);
    assert_eq!(b.keeps(&lease).await.1, None);
}

/// Where nobody leads there is nobody to ask.
pub async fn request_without_a_leader_is_dropped(stage: Stage) {
    let (a, b) = (stage.player("a").await, stage.player("b").await);
    let nobodys = Lease::new(FencingToken::ZERO, stage.short(), Cookie::none());
    b.asks(&nobodys).await;
    stage.assert_vacant().await;
    let lease = a.wins().await;
    a.releases(Some(&lease)).await;
    b.asks(&lease).await;
    let after = stage.look().await;
    assert_eq!(after.request, None);
    assert!(!matches!(after.standing, Standing::Led(_)), "it stands: {after:?}");
    a.wins().await;
}
