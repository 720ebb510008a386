//! A watch tells how an election stands, and goes on telling.

use elector::store::Standing;
use futures_util::StreamExt as _;

use crate::Tamper;
use crate::contract::Stage;
use crate::contract::watching::Watching;

/// The first item is the present state: of an election that never was, of a led one, of a released one.
pub async fn watch_yields_the_current_state_first(stage: Stage) {
    let (a, b) = (stage.player("a").await, stage.player("b").await);
    let first = Watching::new(&*b.backend).next().await;
    assert_eq!(first.leader(), None);
    let lease = a.wins().await;
    let (lease, _) = a.keeps(&lease).await;
    let seen = b.sees_leader().await;
    match Watching::new(&*b.backend).next().await.standing {
        Standing::Led(led) => assert_eq!(led, seen),
        standing => panic!("should be led: {standing:?}"),
    }
    a.releases(Some(&lease)).await;
    assert_eq!(Watching::new(&*b.backend).next().await.leader(), None);
}

/// A watch of an election in which nothing happens goes on.
pub async fn watch_stays_open_while_nothing_changes(stage: Stage) {
    let (a, b) = (stage.player("a").await, stage.player("b").await);
    a.wins().await;
    let mut watch = b.backend.watch();
    let quiet = async {
        // Repeating itself is allowed.
        while let Some(item) = watch.next().await {
            item.expect("a watch of a healthy store");
        }
    };
    tokio::time::timeout(stage.short(), quiet).await.expect_err("the watch ended");
    a.releases(None).await;
    let mut watching = Watching::resume(&*b.backend, watch);
    watching.until("the release", |seen| seen.leader().is_none()).await;
}

/// A follower hears of a leader.
pub async fn watch_tells_of_acquire(stage: Stage) {
    let (a, b) = (stage.player("a").await, stage.player("b").await);
    let mut watching = Watching::new(&*b.backend);
    watching.next().await;
    let lease = a.wins().await;
    let seen = watching.until("the leader", |seen| seen.leader().is_some()).await;
    assert_eq!(seen.leader().and_then(|leader| leader.token), Some(lease.token));
}

/// A follower hears of a release, and may take what it left.
pub async fn watch_tells_of_release(stage: Stage) {
    let (a, b) = (stage.player("a").await, stage.player("b").await);
    let lease = a.wins().await;
    let mut watching = Watching::new(&*b.backend);
    watching.until("the leader", |seen| seen.leader().is_some()).await;
    a.releases(Some(&lease)).await;
    watching.until("the release", |seen| seen.leader().is_none()).await;
    b.wins().await;
}

/// A follower hears of a new term, also of the same session.
pub async fn watch_tells_of_the_next_term(stage: Stage) {
    let (a, b) = (stage.player("a").await, stage.player("b").await);
    a.wins().await;
    let mut watching = Watching::new(&*b.backend);
    watching.until("the leader", |seen| seen.leader().is_some()).await;
    let next = a.wins().await;
    let token = Some(next.token);
    watching.until("the next term", |seen| seen.leader().is_some_and(|l| l.token == token)).await;
}

/// A follower hears the leader's signs of life.
pub async fn watch_tells_of_renewals(stage: Stage) {
    let (a, b) = (stage.player("a").await, stage.player("b").await);
    let mut lease = a.wins().await;
    let mut watching = Watching::new(&*b.backend);
    for _ in 0..3 {
        (lease, _) = a.keeps(&lease).await;
        let beat = b.sees_leader().await.beat;
        let seen = |standing: &Standing| matches!(standing, Standing::Led(led) if led.beat == beat);
        watching.until("the renewal", |observation| seen(&observation.standing)).await;
    }
}

/// A follower hears that the record is gone.
pub async fn watch_tells_of_deletion(stage: Stage) {
    let (a, b) = (stage.player("a").await, stage.player("b").await);
    a.wins().await;
    let mut watching = Watching::new(&*b.backend);
    watching.until("the leader", |seen| seen.leader().is_some()).await;
    stage.tamper(Tamper::Delete).await;
    watching.until("the deletion", |seen| seen.leader().is_none()).await;
}

/// A watch that is read slowly comes to the latest state.
pub async fn watch_ends_at_the_latest_state(stage: Stage) {
    let (a, b) = (stage.player("a").await, stage.player("b").await);
    let mut watching = Watching::new(&*b.backend);
    watching.next().await;
    for _ in 0..50 {
        let lease = a.wins().await;
        a.releases(Some(&lease)).await;
    }
    let last = b.wins().await;
    let token = Some(last.token);
    watching.until("the last term", |seen| seen.leader().is_some_and(|l| l.token == token)).await;
}

/// Watches are independent of each other, and of the leader.
pub async fn watch_dropped_one_leaves_the_others(stage: Stage) {
    let (a, b) = (stage.player("a").await, stage.player("b").await);
    let mut first = Watching::new(&*b.backend);
    let mut second = Watching::new(&*b.backend);
    let mut leaders = Watching::new(&*a.backend);
    first.next().await;
    second.next().await;
    leaders.next().await;
    drop(first);
    let lease = a.wins().await;
    second.until("the leader", |seen| seen.leader().is_some()).await;
    drop(leaders);
    a.keeps(&lease).await;
    a.releases(Some(&lease)).await;
    second.until("the release", |seen| seen.leader().is_none()).await;
}
