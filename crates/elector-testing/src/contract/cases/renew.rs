//! Renewals keep what is ours and notice what is not.

use std::collections::HashSet;
use std::time::Duration;

use elector::store::{Lease, Standing};

use crate::Tamper;
use crate::contract::Stage;
use crate::contract::player::Player;
use crate::faults::LostReply;

/// Any number of renewals leave the term as it is.
pub async fn renewal_keeps_the_term(stage: Stage) {
    let (a, b) = (stage.player("a").await, stage.player("b").await);
    let first = a.wins().await;
    let mut lease = first.clone();
    for _ in 0..5 {
        (lease, _) = a.keeps(&lease).await;
        let leader = b.sees_leader().await.leader;
        assert_eq!(leader.session, Some(a.session()));
        assert_eq!(leader.token, Some(first.token));
    }
}

/// Every renewal is a sign of life; looking and bidding are none.
pub async fn renewal_changes_the_beat(stage: Stage) {
    let (a, b) = (stage.player("a").await, stage.player("b").await);
    let mut lease = a.wins().await;
    let mut beats = HashSet::from([b.sees_leader().await.beat]);
    for _ in 0..5 {
        (lease, _) = a.keeps(&lease).await;
        let beat = b.sees_leader().await.beat;
        assert_eq!(b.sees_leader().await.beat, beat, "a bid is no sign of life");
        assert!(beats.insert(beat), "a renewal changes the beat");
    }
    a.releases(Some(&lease)).await;
    a.wins().await;
    assert!(beats.insert(b.sees_leader().await.beat), "a new term has a beat of its own");
}

/// Renewals in quick succession differ from each other, also when they hand in one and the same lease.
pub async fn every_renewal_is_seen(stage: Stage) {
    let a = stage.player("a").await;
    let lease = a.wins().await;
    let mut beats = HashSet::new();
    for _ in 0..20 {
        a.keeps(&lease).await;
        match stage.look().await.standing {
            Standing::Led(led) => assert!(beats.insert(led.beat), "a new beat"),
            standing => panic!("should be led: {standing:?}"),
        }
    }
}

/// A renewal may ask for another duration, and rivals see it.
pub async fn renewal_with_another_duration(stage: Stage) {
    let (a, b) = (stage.player("a").await, stage.player("b").await);
    let lease = a.wins().await;
    let longer = a.asking(Duration::from_secs(901));
    let (renewed, _) = longer.keeps(&lease).await;
    assert!(renewed.duration >= Duration::from_secs(901), "granted {:?}", renewed.duration);
    assert_eq!(b.sees_leader().await.lease_duration, renewed.duration);
}

/// Renewals that were applied although their answers were lost are the leader's own.
pub async fn ambiguous_renewal_is_kept(stage: Stage) {
    let lossy = LostReply::new(stage.backend().await);
    let a = stage.player("a").await.behind(|_| lossy.clone());
    let b = stage.player("b").await;
    let lease = a.wins().await;
    lossy.lose_next(3);
    for _ in 0..3 {
        let before = b.sees_leader().await.beat;
        a.renew(&lease).await.expect_err("the answer is lost");
        assert_ne!(b.sees_leader().await.beat, before, "the renewal was applied");
    }
    let (lease, _) = a.keeps(&lease).await;
    a.keeps(&lease).await;
    stage.assert_led_by(&a).await;
}

/// A term that its own session replaced is over, and its end leaves the new one alone.
pub async fn renewal_of_an_old_term_is_lost(stage: Stage) {
    let a = stage.player("a").await;
    let old = a.wins().await;
    let new = a.wins().await;
    for _ in 0..2 {
        a.has_lost(&old).await;
        a.keeps(&new).await;
    }
}

/// A term that another took over is over.
pub async fn renewal_is_lost_to_another(stage: Stage) {
    let (a, b) = (stage.short_player("a").await, stage.player("b").await);
    let old = a.wins().await;
    let (old, _) = a.keeps(&old).await;
    let new = stage.take_over(&b).await;
    for _ in 0..2 {
        let observation = a.has_lost(&old).await;
        let leader = observation.leader().expect("b leads");
        assert_eq!((leader.session, leader.token), (Some(b.session()), Some(new.token)));
    }
    b.keeps(&new).await;
}

/// A term that was released is over, whoever leads then.
pub async fn renewal_after_release_is_lost(stage: Stage) {
    let (a, b) = (stage.player("a").await, stage.player("b").await);
    let lease = a.wins().await;
    a.releases(Some(&lease)).await;
    lost_and_gone(&stage, &a, &lease).await;
    let new = b.wins().await;
    a.has_lost(&lease).await;
    b.keeps(&new).await;
}

/// A lease is worth nothing in another session's hands.
pub async fn renewal_with_a_stolen_lease_is_lost(stage: Stage) {
    let (a, thief) = (stage.player("a").await, stage.player("a").await);
    let lease = a.wins().await;
    thief.has_lost(&stage.stolen(&lease)).await;
    stage.assert_led_by(&a).await;
    a.keeps(&lease).await;
}

/// A term whose record was deleted is over: a renewal does not bring it back.
pub async fn renewal_of_a_deleted_term_is_lost(stage: Stage) {
    vanished(stage, Tamper::Delete).await;
}

/// A term that was struck out of its record is over.
pub async fn renewal_of_a_vacated_term_is_lost(stage: Stage) {
    vanished(stage, Tamper::Vacate).await;
}

async fn vanished(stage: Stage, tamper: Tamper) {
    let (a, b) = (stage.player("a").await, stage.player("b").await);
    let lease = a.wins().await;
    stage.tamper(tamper).await;
    lost_and_gone(&stage, &a, &lease).await;
    let new = b.wins().await;
    a.has_lost(&lease).await;
    a.releases(Some(&lease)).await;
    b.keeps(&new).await;
}

/// A term that a foreign candidate wrote over is over.
pub async fn renewal_of_a_usurped_term_is_lost(stage: Stage) {
    let a = stage.player("a").await;
    let lease = a.wins().await;
    stage.tamper(Tamper::Usurp).await;
    let observation = a.has_lost(&lease).await;
    assert_eq!(observation.leader().map(|leader| &*leader.name), Some("foreign"));
}

/// A change of the record that is no change of leader is no loss, and no sign of life.
pub async fn renewal_of_a_touched_record_is_kept(stage: Stage) {
    let (a, b) = (stage.player("a").await, stage.player("b").await);
    let lease = a.wins().await;
    let beat = b.sees_leader().await.beat;
    stage.tamper(Tamper::Touch).await;
    assert_eq!(b.sees_leader().await.beat, beat, "a touch is no sign of life");
    a.keeps(&lease).await;
    assert_ne!(b.sees_leader().await.beat, beat);
}

async fn lost_and_gone(stage: &Stage, player: &Player, lease: &Lease) {
    for _ in 0..2 {
        assert_eq!(player.has_lost(lease).await.leader(), None);
        stage.assert_vacant().await;
    }
}
