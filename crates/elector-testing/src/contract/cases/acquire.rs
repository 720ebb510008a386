//! Who wins, and what the others are told.

use std::collections::HashSet;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use elector::ErrorKind;
use elector::store::{Acquire, Candidate, Lease};
use futures_util::poll;
use tokio::task::JoinSet;

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

/// Of sixteen that bid at once one wins, and the others are refused without an error: first where there is no record
/// yet, then where a release left one.
pub async fn one_of_many_wins(stage: Stage) {
    for round in 0..8 {
        let stage = stage.another(round);
        let mut players = Vec::new();
        for number in 0..16 {
            players.push(Arc::new(stage.player(&format!("candidate-{number}")).await));
        }
        let mut tokens = HashSet::new();
        for _ in 0..2 {
            let (winner, lease) = race(&players, round).await;
            for rival in &players {
                let leads = Arc::ptr_eq(rival, &winner);
                assert!(leads || rival.sees_leader().await.leader.token == Some(lease.token));
            }
            assert!(tokens.insert(lease.token), "token {} again", lease.token);
            winner.keeps(&lease).await;
            winner.releases(None).await;
        }
    }
}

/// Lets all bid at once, or each a little later than the one before it.
async fn race(players: &[Arc<Player>], stagger: usize) -> (Arc<Player>, Lease) {
    let mut bids = JoinSet::new();
    for (number, player) in players.iter().cloned().enumerate() {
        bids.spawn(async move {
            for _ in 0..(number * stagger) % 11 {
                tokio::task::yield_now().await;
            }
            (player.acquire().await, player)
        });
    }
    let mut winners = Vec::new();
    for (answer, player) in bids.join_all().await {
        if let Acquire::Won(lease) = answer.expect("a lost race is no error") {
            winners.push((player, lease));
        }
    }
    assert!(winners.len() <= 1, "{} candidates won", winners.len());
    match winners.pop() {
        Some(won) => won,
        // A compare-and-swap store may refuse everybody when its record changed too often meanwhile.
        None => (Arc::clone(&players[0]), players[0].wins().await),
    }
}

/// An acquire while others come and go is refused or won, and not an error.
pub async fn acquire_among_others_that_come_and_go(stage: Stage) {
    let b = stage.player("b").await;
    for _ in 0..4 {
        let a = stage.player("a").await;
        let mut acquire = Box::pin(a.acquire());
        let answer = loop {
            if let Poll::Ready(answer) = poll!(&mut acquire) {
                break answer;
            }
            if b.tries().await.is_some() {
                b.releases(None).await;
            }
        };
        if let Acquire::Won(lease) = answer.expect("others that come and go are no error") {
            stage.assert_led_by(&a).await;
            a.keeps(&lease).await;
            a.releases(None).await;
        }
        stage.assert_vacant().await;
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

/// Elections whose names are easily confused have nothing in common; a name that the store cannot carry is refused
/// before anything is written.
pub async fn election_names_are_kept_apart(stage: Stage) {
    let long = "x".repeat(120);
    let endings = [
        "",
        "/",
        "/a",
        "/a/b",
        "/a%2Fb",
        "/a%2fb",
        "/a_b",
        "/a-b",
        "/a.b",
        "/a\\b",
        "/A",
        "/ä",
        "/a\u{308}",
        "/..",
        "/.",
        "/../a",
        "/a ",
        "/a\n",
        "/a*",
        "/a?",
        "/a:b",
        "/a{b}",
        "/a\0",
        "/a.lock",
        "/a.tmp",
        "/a.json",
        ".lock",
        ".tmp",
        "-",
        &format!("/{long}a"),
        &format!("/{long}b"),
        &format!("/{long}{long}{long}a"),
        &format!("/{long}{long}{long}b"),
    ];
    let mut led = Vec::new();
    for ending in endings {
        let name = format!("{}{ending}", stage.name());
        match stage.store().await.election(&name) {
            Ok(backend) => {
                led.push((name, Player::new(backend, Candidate::new(ending), stage.short() * 50)))
            }
            Err(error) => assert_eq!(error.kind(), ErrorKind::Invalid, "{name:?}: {error}"),
        }
    }
    let mut leases = Vec::new();
    for (name, player) in &led {
        let lease = player.tries().await;
        leases.push(lease.unwrap_or_else(|| panic!("{name:?} is one with an earlier name")));
    }
    for ((name, player), lease) in led.iter().zip(&leases) {
        let led = Player::new(Arc::clone(&player.backend), Candidate::new("rival"), stage.short());
        let leader = led.sees_leader().await.leader;
        assert_eq!(leader.session, Some(player.session()), "{name:?} is one with a later name");
        player.keeps(lease).await;
    }
    for ((_, player), lease) in led.iter().zip(&leases) {
        player.releases(Some(lease)).await;
    }
    for name in ["", ".", "..", "/", "\0"] {
        if let Err(error) = stage.store().await.election(name) {
            assert_eq!(error.kind(), ErrorKind::Invalid, "{name:?}: {error}");
        }
    }
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
