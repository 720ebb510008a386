//! Giving up what is ours and nothing else.

use crate::Tamper;
use crate::contract::Stage;
use crate::contract::player::give_up_after;
use crate::faults::LostReply;

/// After a release anybody may lead, at once.
pub async fn release_frees_at_once(stage: Stage) {
    let (a, b) = (stage.player("a").await, stage.player("b").await);
    let lease = a.wins().await;
    b.is_refused().await;
    a.releases(Some(&lease)).await;
    stage.assert_vacant().await;
    let lease = b.wins().await;
    // A renewal in between changes nothing.
    let (lease, _) = b.keeps(&lease).await;
    b.releases(Some(&lease)).await;
    a.wins().await;
}

/// A second release, and a release where nothing ever was, do nothing.
pub async fn release_may_be_repeated(stage: Stage) {
    let (a, b) = (stage.player("a").await, stage.player("b").await);
    a.releases(None).await;
    let lease = a.wins().await;
    a.releases(Some(&lease)).await;
    a.releases(Some(&lease)).await;
    a.releases(None).await;
    stage.assert_vacant().await;
    let new = b.wins().await;
    a.releases(Some(&lease)).await;
    a.releases(None).await;
    b.keeps(&new).await;
}

/// The late release of an earlier term leaves the present term of the same session alone.
pub async fn release_of_an_old_term_does_nothing(stage: Stage) {
    let a = stage.player("a").await;
    let old = a.wins().await;
    let new = a.wins().await;
    a.releases(Some(&old)).await;
    stage.assert_led_by(&a).await;
    a.keeps(&new).await;
    a.releases(Some(&new)).await;
    let newer = a.wins().await;
    a.releases(Some(&new)).await;
    a.keeps(&newer).await;
}

/// Whatever a candidate gives up, another's term goes on.
pub async fn release_never_frees_another(stage: Stage) {
    let (a, b, c) =
        (stage.short_player("a").await, stage.player("b").await, stage.player("c").await);
    let old = a.wins().await;
    let new = stage.take_over(&b).await;
    a.releases(Some(&old)).await;
    a.releases(None).await;
    c.releases(None).await;
    c.is_refused().await;
    stage.assert_led_by(&b).await;
    let leader = stage.look().await.leader().cloned().expect("b leads");
    assert_eq!(leader.token, Some(new.token));
    b.keeps(&new).await;
}

/// Nor does a foreign candidate's.
pub async fn release_never_frees_a_foreign_leader(stage: Stage) {
    let a = stage.player("a").await;
    let lease = a.wins().await;
    stage.tamper(Tamper::Usurp).await;
    a.releases(Some(&lease)).await;
    a.releases(None).await;
    assert_eq!(stage.look().await.leader().map(|leader| &*leader.name), Some("foreign"));
}

/// A lease that another session hands in releases nothing.
pub async fn release_of_a_stolen_lease_does_nothing(stage: Stage) {
    let (a, thief) = (stage.player("a").await, stage.player("a").await);
    let lease = a.wins().await;
    thief.releases(Some(&stage.stolen(&lease))).await;
    stage.assert_led_by(&a).await;
    a.keeps(&lease).await;
}

/// A candidate that does not know whether it won gives up what it won.
pub async fn release_after_an_ambiguous_acquire_frees(stage: Stage) {
    let lossy = LostReply::new(stage.backend().await);
    let a = stage.player("a").await.behind(|_| lossy.clone());
    lossy.lose_next(1);
    a.acquire().await.expect_err("the answer is lost");
    stage.assert_led_by(&a).await;
    a.releases(None).await;
    stage.assert_vacant().await;
    stage.player("b").await.wins().await;
}

/// A leader that does not know whether it renewed gives up its term all the same.
pub async fn release_after_an_ambiguous_renew_frees(stage: Stage) {
    let lossy = LostReply::new(stage.backend().await);
    let a = stage.player("a").await.behind(|_| lossy.clone());
    let lease = a.wins().await;
    lossy.lose_next(1);
    a.renew(&lease).await.expect_err("the answer is lost");
    a.releases(Some(&lease)).await;
    stage.assert_vacant().await;
    stage.player("b").await.wins().await;
}

/// A release by somebody who never held anything does not keep others, nor itself, from leading.
pub async fn release_of_nothing_blocks_nobody(stage: Stage) {
    let (a, b) = (stage.player("a").await, stage.player("b").await);
    a.releases(None).await;
    let lease = b.wins().await;
    a.releases(None).await;
    b.keeps(&lease).await;
    b.releases(Some(&lease)).await;
    a.wins().await;
}

/// An acquire whose caller went away, and which may still be under way, is without effect once its session has given
/// up: the election is free for others, and stays theirs.
pub async fn release_stops_an_acquire_under_way(stage: Stage) {
    for polls in 1..=16 {
        let stage = stage.another(polls);
        let (a, b) = (stage.player("a").await, stage.player("b").await);
        give_up_after(polls, a.acquire()).await;
        a.releases(None).await;
        stage.assert_vacant().await;
        stage.settle().await;
        stage.assert_vacant().await;
        give_up_after(polls, a.acquire()).await;
        a.releases(None).await;
        let lease = b.wins().await;
        stage.settle().await;
        stage.assert_led_by(&b).await;
        b.keeps(&lease).await;
        b.releases(Some(&lease)).await;
    }
}

/// A release whose caller went away, and which may still be under way, leaves a later term of its session alone.
pub async fn release_under_way_spares_the_next_term(stage: Stage) {
    for polls in 1..=8 {
        let a = stage.player("a").await;
        let old = a.wins().await;
        give_up_after(polls, a.backend.release(&a.release(Some(&old)))).await;
        let new = a.wins().await;
        stage.settle().await;
        let (new, _) = a.keeps(&new).await;
        give_up_after(polls, a.backend.release(&a.release(None))).await;
        let newer = a.wins().await;
        stage.settle().await;
        a.has_lost(&new).await;
        a.keeps(&newer).await;
        a.releases(None).await;
    }
}

/// A change of the record that is no change of leader does not keep the leader from giving up.
pub async fn release_of_a_touched_record_frees(stage: Stage) {
    let (a, b) = (stage.player("a").await, stage.player("b").await);
    let lease = a.wins().await;
    stage.tamper(Tamper::Touch).await;
    a.releases(Some(&lease)).await;
    stage.assert_vacant().await;
    b.wins().await;
}
