//! Candidates that go away, and calls that are dropped.

use elector::store::{MayTake, Request};

use crate::contract::Stage;
use crate::contract::player::give_up_after;
use crate::contract::watching::Watching;

/// The most polls after which a call is dropped; by then it is complete in every store that was tried.
const POLLS: usize = 16;

/// A candidate that bid and watched in vain and then gave up is not seen and blocks nobody.
pub async fn candidate_that_gave_up_leaves_nothing(stage: Stage) {
    let (a, b, c) = (stage.player("a").await, stage.player("b").await, stage.player("c").await);
    let lease = a.wins().await;
    let before = stage.look().await;
    let mut watching = Watching::new(&*b.backend);
    watching.next().await;
    b.is_refused().await;
    b.is_refused().await;
    b.releases(None).await;
    drop((watching, b));
    assert_eq!(stage.look().await.standing, before.standing);
    a.releases(Some(&lease)).await;
    stage.assert_vacant().await;
    c.wins().await;
}

/// A candidate that bid and watched in vain and then vanished blocks others for a lease of its own at most.
pub async fn candidate_that_vanished_leaves_nothing(stage: Stage) {
    let (a, c) = (stage.player("a").await, stage.player("c").await);
    let lease = a.wins().await;
    let before = stage.look().await;
    let b = stage.short_player("b").await;
    let mut watching = Watching::new(&*b.backend);
    watching.next().await;
    b.is_refused().await;
    drop((watching, b));
    assert_eq!(stage.look().await.standing, before.standing);
    a.releases(Some(&lease)).await;
    stage.probe_until_won(&c).await;
}

/// An acquire that is dropped half-way is no obstacle to the next one, nor to a rival after a release.
pub async fn dropped_acquire_is_safe(stage: Stage) {
    for polls in 0..=POLLS {
        let stage = stage.another(polls);
        let (a, b) = (stage.player("a").await, stage.player("b").await);
        give_up_after(polls, a.acquire()).await;
        let lost = stage.look().await.leader().and_then(|leader| leader.token);
        let lease = a.wins().await;
        assert!(Some(lease.token) > lost, "token {} after {lost:?}", lease.token);
        a.keeps(&lease).await;
        a.releases(Some(&lease)).await;
        give_up_after(polls, a.acquire()).await;
        a.releases(None).await;
        let lease = b.wins().await;
        b.releases(Some(&lease)).await;
    }
}

/// A renewal that is dropped half-way is kept by the next one.
pub async fn dropped_renew_is_safe(stage: Stage) {
    let a = stage.player("a").await;
    let mut lease = a.wins().await;
    for polls in 0..=POLLS {
        give_up_after(polls, a.renew(&lease)).await;
        stage.assert_led_by(&a).await;
        (lease, _) = a.keeps(&lease).await;
    }
    give_up_after(2, a.renew(&lease)).await;
    a.releases(Some(&lease)).await;
    stage.assert_vacant().await;
}

/// A release that is dropped half-way is completed by the next one, and touches no later term.
pub async fn dropped_release_is_safe(stage: Stage) {
    let (a, b) = (stage.player("a").await, stage.player("b").await);
    for polls in 0..=POLLS {
        let lease = a.wins().await;
        let release = a.release(Some(&lease));
        give_up_after(polls, a.backend.release(&release)).await;
        a.releases(Some(&lease)).await;
        let new = b.wins_with(MayTake::released(lease.token).or_unexplained()).await;
        b.keeps(&new).await;
        b.releases(Some(&new)).await;
    }
}

/// A request that is dropped half-way leaves the term alone.
pub async fn dropped_request_is_safe(stage: Stage) {
    let (a, b) = (stage.player("a").await, stage.player("b").await);
    let mut lease = a.wins().await;
    for polls in 0..=POLLS {
        let request = Request::resign(lease.token, "b");
        give_up_after(polls, b.backend.request(&request)).await;
        stage.assert_led_by(&a).await;
        (lease, _) = a.keeps(&lease).await;
    }
    a.releases(Some(&lease)).await;
    stage.assert_vacant().await;
}
