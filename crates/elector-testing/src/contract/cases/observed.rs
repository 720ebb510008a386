//! Stores in which nothing expires by itself: a bid takes what it may and nothing else.

use std::sync::Arc;
use std::time::Duration;

use elector::FencingToken;
use elector::store::{Acquire, MayTake, Renew, Reservation, Standing};
use tokio::task::JoinSet;

use crate::Tamper;
use crate::contract::Stage;

/// However old the leader's sign of life is, nobody takes the election without having waited for it.
pub async fn live_leader_is_not_taken(stage: Stage) {
    let (a, b) = (stage.short_player("a").await, stage.player("b").await);
    let lease = a.wins().await;
    stage.pause(stage.short() * 2).await;
    b.is_refused().await;
    b.is_refused_with(MayTake::released(lease.token)).await;
    b.is_refused_with(MayTake::released(lease.token).or_unexplained()).await;
    a.keeps(&lease).await;
}

/// The leader whose latest sign of life the bid names is taken over, and its term is over.
pub async fn stale_leader_is_taken(stage: Stage) {
    let (a, b) = (stage.player("a").await, stage.player("b").await);
    let old = a.wins().await;
    let beat = b.sees_leader().await.beat;
    let new = b.wins_with(MayTake::released(old.token).or_stale(beat)).await;
    assert!(new.token > old.token, "token {} after {}", new.token, old.token);
    let observation = a.has_lost(&old).await;
    assert_eq!(observation.leader().and_then(|leader| leader.token), Some(new.token));
    b.keeps(&new).await;
}

/// Of sixteen that waited for the same leader one takes over.
pub async fn one_of_many_takes_a_stale_leader(stage: Stage) {
    let (leader, lookout) = (stage.player("leader").await, stage.player("lookout").await);
    for _ in 0..4 {
        leader.wins().await;
        let may_take = MayTake::vacant().or_stale(lookout.sees_leader().await.beat);
        let mut bids = JoinSet::new();
        for number in 0..16 {
            let player = Arc::new(stage.player(&format!("candidate-{number}")).await);
            let bid = player.bid().with_may_take(may_take.clone());
            bids.spawn(async move { (player.backend.acquire(&bid).await, player) });
        }
        let mut winners = Vec::new();
        for (answer, player) in bids.join_all().await {
            if let Acquire::Won(lease) = answer.expect("a lost race is no error") {
                winners.push((player, lease));
            }
        }
        assert_eq!(winners.len(), 1, "one wins");
        let (winner, lease) = &winners[0];
        stage.assert_led_by(winner).await;
        winner.releases(Some(lease)).await;
    }
}

/// A sign of life that was followed by another one takes nothing.
pub async fn earlier_beat_takes_nothing(stage: Stage) {
    let (a, b) = (stage.player("a").await, stage.player("b").await);
    let lease = a.wins().await;
    let first = b.sees_leader().await.beat;
    let (lease, _) = a.keeps(&lease).await;
    let second = b.sees_leader().await.beat;
    let (lease, _) = a.keeps(&lease).await;
    b.is_refused_with(MayTake::vacant().or_stale(first)).await;
    b.is_refused_with(MayTake::vacant().or_stale(second.clone())).await;
    let lease = {
        a.releases(Some(&lease)).await;
        a.wins().await
    };
    b.is_refused_with(MayTake::vacant().or_stale(second)).await;
    a.keeps(&lease).await;
}

/// When the leader renews while a rival takes over, one of the two succeeds, wherever the calls interleave.
pub async fn renewal_and_take_over_exclude_each_other(stage: Stage) {
    let (a, b) = (stage.player("a").await, stage.player("b").await);
    for lag in 0..12 {
        let lease = a.wins().await;
        let bid = b.bid().with_may_take(MayTake::vacant().or_stale(b.sees_leader().await.beat));
        let renewal = async {
            for _ in 0..lag {
                tokio::task::yield_now().await;
            }
            a.renew(&lease).await
        };
        let (renewed, acquired) = tokio::join!(renewal, b.backend.acquire(&bid));
        let kept = matches!(renewed.expect("renew on a healthy store"), Renew::Kept(..));
        let won = matches!(acquired.expect("a lost race is no error"), Acquire::Won(_));
        // Kept first and then taken over is impossible too: the beat has changed.
        assert!(kept != won, "lag {lag}: kept {kept}, taken over {won}");
        stage.assert_led_by(if kept { &a } else { &b }).await;
        a.releases(None).await;
        b.releases(None).await;
    }
}

/// A release leaves a mark that names its term, and whoever saw that term alive may take what it left.
pub async fn release_names_its_term(stage: Stage) {
    let (a, b) = (stage.player("a").await, stage.player("b").await);
    let lease = a.wins().await;
    let (renewed, _) = a.keeps(&lease).await;
    a.releases(Some(&renewed)).await;
    match stage.look().await.standing {
        Standing::Released { token, reserved: None } => assert_eq!(token, lease.token),
        standing => panic!("should be released: {standing:?}"),
    }
    b.wins_with(MayTake::released(lease.token)).await;
}

/// The mark of an earlier term does not explain to somebody who saw a later one where that has gone.
pub async fn release_of_an_earlier_term_explains_nothing(stage: Stage) {
    let (a, b) = (stage.player("a").await, stage.player("b").await);
    let lease = a.wins().await;
    a.releases(Some(&lease)).await;
    let later = lease.token.next().expect("a token below the greatest");
    b.is_refused_with(MayTake::released(later)).await;
    b.wins_with(MayTake::released(later).or_unexplained()).await;
}

/// A release tells whom it leaves the election to, and that is gone with the next term.
pub async fn reservation_is_shown(stage: Stage) {
    let (a, b) = (stage.player("a").await, stage.player("b").await);
    let lease = a.wins().await;
    let reservation = Reservation::new("b", Duration::from_secs(2));
    let release = a.release(Some(&lease)).with_reserve(reservation.clone());
    a.backend.release(&release).await.expect("release on a healthy store");
    match stage.look().await.standing {
        Standing::Released { reserved, .. } => assert_eq!(reserved, Some(reservation)),
        standing => panic!("should be released: {standing:?}"),
    }
    let lease = b.wins().await;
    b.releases(Some(&lease)).await;
    match stage.look().await.standing {
        Standing::Released { reserved, .. } => assert_eq!(reserved, None),
        standing => panic!("should be released: {standing:?}"),
    }
}

/// What a release left to somebody is taken by nobody else, until the reservation was waited out.
pub async fn reservation_binds_the_others(stage: Stage) {
    let (a, b, c) = (stage.player("a").await, stage.player("b").await, stage.player("c").await);
    for over in [false, true] {
        let lease = a.wins().await;
        let reservation = Reservation::new("b", Duration::from_secs(2));
        let release = a.release(Some(&lease)).with_reserve(reservation);
        a.backend.release(&release).await.expect("release on a healthy store");
        c.is_refused().await;
        let mut waited = MayTake::vacant();
        waited.reservation_over = Some(FencingToken::ZERO);
        c.is_refused_with(waited.clone()).await;
        waited.reservation_over = Some(lease.token);
        let heir = if over { &c } else { &b };
        let may_take = if over { waited } else { MayTake::released(lease.token) };
        let lease = heir.wins_with(may_take).await;
        heir.releases(Some(&lease)).await;
    }
}

/// A deleted record is not free for somebody who saw its leader alive, until that has waited.
pub async fn record_deleted_under_watchers_is_not_free(stage: Stage) {
    vanished(stage, Tamper::Delete).await;
}

/// Nor is one whose leader was struck out.
pub async fn record_vacated_under_watchers_is_not_free(stage: Stage) {
    vanished(stage, Tamper::Vacate).await;
}

async fn vanished(stage: Stage, tamper: Tamper) {
    let (a, b) = (stage.player("a").await, stage.player("b").await);
    let lease = a.wins().await;
    stage.tamper(tamper).await;
    for _ in 0..2 {
        let observation = b.is_refused_with(MayTake::released(lease.token)).await;
        assert_eq!(observation.leader(), None);
        stage.assert_vacant().await;
    }
    let new = b.wins_with(MayTake::released(lease.token).or_unexplained()).await;
    assert!(new.token > lease.token, "token {} after {}", new.token, lease.token);
}

/// A leader whose process is proven dead is taken over without waiting; the proof is not held against its successor.
pub async fn proven_death_frees(stage: Stage) {
    let (a, b, c) = (stage.player("a").await, stage.player("b").await, stage.player("c").await);
    let old = a.wins().await;
    stage.tamper(Tamper::Kill).await;
    assert!(matches!(stage.look().await.standing, Standing::Led(led) if led.gone));
    let new = b.wins_with(MayTake::released(old.token)).await;
    assert!(new.token > old.token, "token {} after {}", new.token, old.token);
    assert!(!c.sees_leader().await.gone, "the successor lives");
}
