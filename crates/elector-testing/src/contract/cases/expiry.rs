//! Stores that expire leases by themselves: never early, and not never.

use crate::contract::Stage;

/// A rival that bids without pause is granted nothing before the lease ran out, counted from the start of the
/// leader's call, and is granted it soon after.
pub async fn no_grant_before_the_lease_ran_out(stage: Stage) {
    let (a, b) = (stage.short_player("a").await, stage.short_player("b").await);
    let start = stage.now();
    let lease = a.wins().await;
    stage.probe_until_won(&b).await;
    let waited = stage.now().since(start);
    assert!(waited >= lease.duration, "granted after {waited:?} of {:?}", lease.duration);
}

/// A renewal counts from its own start, and not from the end of what was left.
pub async fn renew_extends(stage: Stage) {
    let (a, b) = (stage.short_player("a").await, stage.short_player("b").await);
    let mut lease = a.wins().await;
    let mut start = stage.now();
    // So often that renewals which add to each other make a lease that is noticed.
    for _ in 0..12 {
        stage.pause(lease.duration / 4).await;
        start = stage.now();
        (lease, _) = a.keeps(&lease).await;
        b.is_refused().await;
    }
    stage.probe_until_won(&b).await;
    let waited = stage.now().since(start);
    assert!(waited >= lease.duration, "granted after {waited:?} of {:?}", lease.duration);
}

/// A hint when to bid again is never later than the end of the lease.
pub async fn hint_is_within_the_lease(stage: Stage) {
    let (a, b) = (stage.short_player("a").await, stage.short_player("b").await);
    let lease = a.wins().await;
    for hint in [b.is_refused().await.again_in, stage.look().await.again_in].into_iter().flatten() {
        assert!(hint <= lease.duration, "hint {hint:?} for a lease of {:?}", lease.duration);
        assert!(!hint.is_zero(), "a hint of zero makes rivals spin");
    }
}

/// A term whose lease ran out is over, and nothing late of it touches the next one.
pub async fn expired_lease_is_lost(stage: Stage) {
    let (a, b) = (stage.short_player("a").await, stage.player("b").await);
    let old = a.wins().await;
    // Nobody else revives it while nobody has taken it yet.
    stage.pause(old.duration + stage.short() / 2).await;
    b.has_lost(&stage.stolen(&old)).await;
    let new = stage.probe_until_won(&b).await;
    let observation = a.has_lost(&old).await;
    assert_eq!(observation.leader().and_then(|leader| leader.session), Some(b.session()));
    a.releases(Some(&old)).await;
    a.releases(None).await;
    a.is_refused().await;
    b.keeps(&new).await;
    stage.assert_led_by(&b).await;
}
