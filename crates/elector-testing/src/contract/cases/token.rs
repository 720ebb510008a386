//! Every term's fencing token is greater than every earlier term's.

use elector::store::{Acquire, Lease};
use elector::{ErrorKind, FencingToken};

use crate::Tamper;
use crate::contract::Stage;
use crate::contract::player::advance;

/// Terms that end by a release.
pub async fn token_rises_across_releases(stage: Stage) {
    let (a, b) = (stage.player("a").await, stage.player("b").await);
    let mut tokens = Tokens::default();
    for player in [&a, &b, &b, &a, &a] {
        let lease = player.wins().await;
        tokens.rise(&lease);
        let (renewed, _) = player.keeps(&lease).await;
        player.releases(Some(&renewed)).await;
    }
}

/// Terms that end because their leader falls silent.
pub async fn token_rises_across_take_overs(stage: Stage) {
    let (a, b) = (stage.short_player("a").await, stage.short_player("b").await);
    let mut tokens = Tokens::default();
    let lease = a.wins().await;
    tokens.rise(&lease);
    a.keeps(&lease).await;
    tokens.rise(&stage.take_over(&b).await);
    tokens.rise(&stage.take_over(&a).await);
}

/// Terms that end because their own session acquires again.
pub async fn token_rises_when_the_same_session_acquires_again(stage: Stage) {
    let (a, b) = (stage.player("a").await, stage.player("b").await);
    let mut tokens = Tokens::default();
    for _ in 0..3 {
        tokens.rise(&a.wins().await);
        b.is_refused().await;
        a.keeps(&a.wins().await).await;
    }
}

/// Terms that end because somebody deletes the record.
pub async fn token_rises_across_deletion(stage: Stage) {
    let (a, b) = (stage.player("a").await, stage.player("b").await);
    let mut tokens = Tokens::default();
    for player in [&a, &b, &a] {
        let lease = player.wins().await;
        tokens.rise(&lease);
        player.keeps(&lease).await;
        stage.tamper(Tamper::Delete).await;
    }
    let lease = a.wins().await;
    tokens.rise(&lease);
    a.releases(Some(&lease)).await;
    stage.tamper(Tamper::Delete).await;
    tokens.rise(&b.wins().await);
    stage.tamper(Tamper::Delete).await;
    // A release that finds nothing may write something, which must not set the count back.
    a.releases(None).await;
    tokens.rise(&b.wins().await);
}

/// An acquire that takes so long that another term begins and is deleted meanwhile repeats nothing of it.
pub async fn token_of_a_slow_acquire_rises(stage: Stage) {
    for polls in 0..=16 {
        let stage = stage.another(polls);
        let (a, b) = (stage.player("a").await, stage.player("b").await);
        let mut tokens = Tokens::default();
        let mut slow = Box::pin(a.acquire());
        let complete = advance(polls, &mut slow).await;
        match b.tries().await {
            Some(lease) => tokens.rise(&lease),
            None => tokens.0 = b.sees_leader().await.leader.token.expect("a's token"),
        }
        stage.tamper(Tamper::Delete).await;
        let late = if complete { None } else { Some(slow.await.expect("acquire is no error")) };
        match late {
            // Its own term, begun before the deletion.
            Some(Acquire::Won(lease)) if lease.token == tokens.0 && stage.is_vacant().await => {}
            Some(Acquire::Won(lease)) => tokens.rise(&lease),
            _ => {}
        }
        a.releases(None).await;
        tokens.rise(&b.wins().await);
    }
}

/// A term of a candidate that knows no tokens in between.
pub async fn token_rises_across_a_foreign_term(stage: Stage) {
    let (a, b) = (stage.player("a").await, stage.player("b").await);
    let mut tokens = Tokens::default();
    tokens.rise(&a.wins().await);
    stage.tamper(Tamper::Usurp).await;
    tokens.rise(&stage.take_over(&b).await);
}

/// A bid's floor raises the count for good, and a floor below the count does nothing.
pub async fn token_is_above_the_floor(stage: Stage) {
    let (a, b) = (stage.player("a").await, stage.player("b").await);
    let mut tokens = Tokens::default();
    tokens.rise(&a.wins().await);
    a.releases(None).await;
    // Far above any version or clock that a store derives tokens from.
    tokens.0 = FencingToken::new(1 << 61).expect("below 2^63");
    let high = b.bid().with_token_floor(tokens.0);
    tokens.rise(&won(b.backend.acquire(&high).await));
    b.releases(None).await;
    tokens.rise(&a.wins().await);
    a.releases(None).await;
    let low = b.bid().with_token_floor(FencingToken::ZERO.next().expect("1"));
    tokens.rise(&won(b.backend.acquire(&low).await));
}

/// At the greatest token there is, an election ends with an error and not with a smaller token.
pub async fn token_never_wraps(stage: Stage) {
    let a = stage.player("a").await;
    let bid = a.bid().with_token_floor(FencingToken::MAX);
    let error = a.backend.acquire(&bid).await.expect_err("there is no token above the greatest");
    assert_ne!(error.kind(), ErrorKind::Stopped);
    stage.assert_vacant().await;
}

#[derive(Default)]
struct Tokens(FencingToken);

impl Tokens {
    fn rise(&mut self, lease: &Lease) {
        assert!(lease.token > self.0, "token {} after {}", lease.token, self.0);
        self.0 = lease.token;
    }
}

fn won(answer: elector::Result<Acquire>) -> Lease {
    match answer.expect("acquire on a healthy store") {
        Acquire::Won(lease) => lease,
        held => panic!("should have won: {held:?}"),
    }
}
