//! Who wins, and what the others are told.

use std::time::Duration;

use elector::store::Candidate;

use crate::Tamper;
use crate::contract::Stage;
use crate::contract::player::Player;
use crate::faults::LostReply;

/// The first candidate wins and the second is refused, again and again.
pub async fn one_winner(stage: Stage) {
    let (a, b) = (stage.player("a").await, stage.player("b").await);
    stage.assert_vacant().await;
    a.wins().await;
    for _ in 0..3 {
        b.is_refused().await;
        stage.assert_led_by(&a).await;
    }
}

/// A rival is told who leads, in which term.
pub async fn leader_is_shown_to_rivals(stage: Stage) {
    let (a, b) = (stage.player("a").await, stage.player("b").await);
    let lease = a.wins().await;
    for leader in [b.sees_leader().await.leader, stage.look().await.leader().cloned().expect("a")] {
        assert_eq!(&*leader.name, "a");
        assert_eq!(leader.session, Some(a.session()));
        assert_eq!(leader.token, Some(lease.token));
        assert_eq!(leader.metadata, None);
    }
}

/// Names and metadata come back as they were given, whatever characters are in them, and stay through a renewal.
pub async fn metadata_is_shown_as_given(stage: Stage) {
    let metadata =
        format!("{{\"url\": \"http://[::1]:80/ä?b=c&d\"}}\n\\ '{}'\t\u{1f980}", "x".repeat(900));
    let backend = stage.backend().await;
    let candidate = Candidate::new("näme/1 \"quoted\" \\ 'x'=;#").with_metadata(metadata.as_str());
    let a = Player::new(backend, candidate.clone(), Duration::from_secs(600));
    let lease = a.wins().await;
    for _ in 0..2 {
        let leader = stage.look().await.leader().cloned().expect("a leads");
        assert_eq!(leader.name, candidate.name);
        assert_eq!(leader.metadata, candidate.metadata);
        a.keeps(&lease).await;
    }
}

/// A second process with the leader's name is a rival.
pub async fn same_name_is_another_session(stage: Stage) {
    let (first, second) = (stage.player("twin").await, stage.player("twin").await);
    let lease = first.wins().await;
    second.is_refused().await;
    second.releases(None).await;
    second.releases(Some(&stage.stolen(&lease))).await;
    second.has_lost(&stage.stolen(&lease)).await;
    first.keeps(&lease).await;
    stage.assert_led_by(&first).await;
}

/// An acquire that was applied although its answer was lost is won again, in a term of its own.
pub async fn ambiguous_acquire_is_rewon(stage: Stage) {
    let lossy = LostReply::new(stage.backend().await);
    let a = stage.player("a").await.behind(|_| lossy.clone());
    lossy.lose_next(2);
    a.acquire().await.expect_err("the answer is lost");
    a.acquire().await.expect_err("the answer is lost");
    let lost = stage.look().await.leader().expect("the acquire was applied").token;
    let lease = a.wins().await;
    assert!(Some(lease.token) > lost, "token {} after {lost:?}", lease.token);
    stage.player("b").await.is_refused().await;
    a.keeps(&lease).await;
}

/// What the store grants is never shorter than what was asked for, and a whole number of its steps.
pub async fn lease_is_rounded_up(stage: Stage) {
    let step = stage.guarantees().lease_step;
    let odd = stage.short() + step / 2 + Duration::from_nanos(1);
    for asked in [Duration::from_nanos(1), odd, Duration::from_millis(90_061), stage.short()] {
        let player = Player::new(stage.backend().await, Candidate::new("a"), asked);
        let lease = player.wins().await;
        let check = |granted: Duration| {
            assert!(granted >= asked, "{granted:?} granted for {asked:?}");
            assert!(granted >= stage.guarantees().lease_min, "{granted:?} is below the minimum");
            let over = granted.as_nanos() % step.as_nanos().max(1);
            assert_eq!(over, 0, "{granted:?} is no whole number of {step:?}");
        };
        check(lease.duration);
        // A lease of the minimum may be over before it is renewed.
        if asked >= stage.short() {
            check(player.keeps(&lease).await.0.duration);
        }
        player.releases(Some(&lease)).await;
    }
}

/// Rivals see the lease that the leader was granted, not their own.
pub async fn leaders_own_duration_is_shown(stage: Stage) {
    let asked = Duration::from_secs(77);
    let a = Player::new(stage.backend().await, Candidate::new("a"), asked);
    let b = stage.short_player("b").await;
    let lease = a.wins().await;
    assert_eq!(b.sees_leader().await.lease_duration, lease.duration);
}

/// A foreign candidate's term is shown, is not taken, and is over when its lease is.
pub async fn foreign_leader_is_respected(stage: Stage) {
    let b = stage.player("b").await;
    stage.tamper(Tamper::Usurp).await;
    let led = b.sees_leader().await;
    assert_eq!(&*led.leader.name, "foreign");
    assert_eq!(led.leader.session, None);
    assert_eq!(led.leader.token, None);
    assert_eq!(led.lease_duration, stage.short());
    stage.take_over(&b).await;
    stage.assert_led_by(&b).await;
}
