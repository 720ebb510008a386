//! Many that bid at once.

use std::collections::HashSet;
use std::sync::Arc;
use std::task::Poll;

use elector::store::{Acquire, Lease};
use futures_util::poll;
use tokio::task::JoinSet;

use crate::contract::Stage;
use crate::contract::player::Player;

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
