//! The elector itself over this store: one leader at a time, and always another one.

use std::sync::Arc;
use std::time::Duration;

use elector::clock::Clock;
use elector::store::{Backend, Expiry, Request};
use elector::{Elector, Ended, Leadership, Runtime};
use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::contract::Stage;
use crate::faults::{Flaky, Link, LostReply, Partitioned};
use crate::{DriftingClock, Tamper};

/// By how much clocks run wrong at most, as the budget has it unless told otherwise.
const RATE_BOUND: f64 = 0.05;

impl Stage {
    async fn elector(&self, name: &str) -> Elector {
        self.elector_on(name, self.backend().await, Arc::clone(self.clock()))
    }

    fn elector_on(&self, name: &str, backend: Arc<dyn Backend>, clock: Arc<dyn Clock>) -> Elector {
        let runtime = Runtime::new(Handle::current(), clock);
        let builder = Elector::builder(backend, name).lease_duration(self.short());
        builder.runtime(runtime).build().expect("a budget for the short lease")
    }

    /// How long a change of leaders may take at most, whatever happened.
    fn patience(&self) -> Duration {
        self.short() * 4 + self.guarantees().poll.unwrap_or_default() + Duration::from_secs(10)
    }

    async fn leads(&self, elector: &Elector) -> Leadership {
        let won = timeout(self.patience(), elector.lead()).await;
        won.expect("somebody leads in time").expect("the elector runs")
    }

    async fn ends(&self, leadership: &Leadership) -> Ended {
        timeout(self.patience(), leadership.lost()).await.expect("the term ends in time")
    }
}

fn waits(elector: &Elector) -> JoinHandle<elector::Result<Leadership>> {
    let elector = elector.clone();
    tokio::spawn(async move { elector.lead().await })
}

/// A candidate that waits leads as soon as the leader resigns.
pub async fn electors_hand_over_at_once(stage: Stage) {
    let (a, b) = (stage.elector("a").await, stage.elector("b").await);
    let first = stage.leads(&a).await;
    let (token, term) = (first.token(), first.term().clone());
    let next = waits(&b);
    stage.pause(stage.short() * 2).await;
    assert!(first.is_current(), "the leader renews its lease");
    assert!(!next.is_finished(), "one leads at a time");
    let start = stage.now();
    first.resign().await.expect("a release on a healthy store");
    let second = timeout(stage.patience(), next).await.expect("in time").expect("no panic");
    let second = second.expect("the elector runs");
    let waited = stage.now().since(start);
    assert!(second.token() > token, "token {} after {token}", second.token());
    assert!(!term.is_current());
    assert!(second.is_current());
    if stage.guarantees().push {
        assert!(waited < stage.short() / 2, "handed over after {waited:?}");
    }
}

/// A leader that reaches nobody stops before another one starts, and contends again when it is back.
pub async fn elector_cut_off_both_ways_is_replaced_without_overlap(stage: Stage) {
    let clock = Arc::clone(stage.clock());
    cut_off(&stage, Link::RequestsLost, Arc::clone(&clock), clock).await;
}

/// A leader whose renewals arrive although it hears no answer stops before another one starts.
pub async fn elector_that_hears_no_answer_is_replaced_without_overlap(stage: Stage) {
    let clock = Arc::clone(stage.clock());
    cut_off(&stage, Link::RepliesLost, Arc::clone(&clock), clock).await;
}

/// The leader's clock runs as slow and its rival's as fast as the budget allows.
pub async fn elector_with_a_slow_clock_is_replaced_without_overlap(stage: Stage) {
    let drifting = |rate| DriftingClock::new(Arc::clone(stage.clock()), rate, Duration::ZERO);
    let (slow, fast) = (drifting(1.0 - RATE_BOUND), drifting(1.0 + RATE_BOUND));
    cut_off(&stage, Link::RequestsLost, Arc::new(slow), Arc::new(fast)).await;
}

async fn cut_off(stage: &Stage, link: Link, of_a: Arc<dyn Clock>, of_b: Arc<dyn Clock>) {
    let network = Partitioned::new(stage.backend().await);
    let a = stage.elector_on("a", Arc::new(network.clone()), of_a);
    let b = stage.elector_on("b", stage.backend().await, of_b);
    let guard = stage.leads(&a).await;
    let first = guard.term().clone();
    let token = first.token();
    let next = waits(&b);
    stage.pause(stage.short()).await;
    assert!(first.is_current() && !next.is_finished(), "one leads at a time");
    network.set(link);
    let work = tokio::spawn(async move { guard.lost().await });
    let second = timeout(stage.patience(), next).await.expect("in time").expect("no panic");
    assert!(!first.is_current(), "two lead at once");
    let second = second.expect("the elector runs");
    assert!(second.token() > token, "token {} after {token}", second.token());
    let ended = timeout(stage.patience(), work).await.expect("in time").expect("no panic");
    assert_eq!(ended, Ended::Expired);
    let again = waits(&a);
    stage.pause(stage.short() * 2).await;
    network.set(Link::Up);
    stage.pause(stage.short()).await;
    assert!(second.is_current() && !again.is_finished(), "one leads at a time");
    let token = second.token();
    second.resign().await.expect("a release on a healthy store");
    let third = timeout(stage.patience(), again).await.expect("in time").expect("no panic");
    let third = third.expect("the elector runs");
    assert!(third.token() > token, "token {} after {token}", third.token());
}

/// A leader whose machine slept for longer than its lease knows at once that it does not lead.
pub async fn elector_that_was_suspended_does_not_lead(stage: Stage) {
    let clock = DriftingClock::new(Arc::clone(stage.clock()), 1.0, Duration::ZERO);
    let a = stage.elector_on("a", stage.backend().await, Arc::new(clock.clone()));
    let first = stage.leads(&a).await;
    assert!(first.is_current());
    clock.suspend(stage.short());
    assert!(!first.is_current());
    assert_eq!(stage.ends(&first).await, Ended::Expired);
}

/// What somebody asks in the store reaches the elector.
pub async fn elector_resigns_on_request(stage: Stage) {
    let (a, b) = (stage.elector("a").await, stage.elector("b").await);
    let first = stage.leads(&a).await;
    let next = waits(&b);
    let request = Request::resign(first.token(), "operator");
    stage.backend().await.request(&request).await.expect("request on a healthy store");
    assert_eq!(stage.ends(&first).await, Ended::Resigned);
    drop(first);
    let second = timeout(stage.patience(), next).await.expect("in time").expect("no panic");
    assert!(second.expect("the elector runs").token() > request.token);
}

/// A leader whose record is deleted stops, and somebody else leads.
pub async fn elector_notices_a_deletion(stage: Stage) {
    let (a, b) = (stage.elector("a").await, stage.elector("b").await);
    let first = stage.leads(&a).await;
    let token = first.token();
    let next = waits(&b);
    stage.pause(stage.short()).await;
    stage.tamper(Tamper::Delete).await;
    let second = timeout(stage.patience(), next).await.expect("in time").expect("no panic");
    // A store with expiry of its own cannot tell a deletion from the end of a lease.
    if stage.guarantees().expiry == Expiry::Observed {
        assert!(!first.is_current(), "two lead at once");
    }
    assert!(matches!(stage.ends(&first).await, Ended::Lost(_)));
    assert!(second.expect("the elector runs").token() > token);
}

/// A candidate that is shut down after an acquire of unknown outcome leaves the election free.
pub async fn elector_frees_what_it_does_not_know_it_won(stage: Stage) {
    let lossy = LostReply::new(stage.backend().await);
    let a = stage.elector_on("a", Arc::new(lossy.clone()), Arc::clone(stage.clock()));
    // Until the shutdown, however late the watch tells. What is won just before it is not held.
    lossy.lose_next(usize::MAX);
    let waiting = tokio::spawn({
        let a = a.clone();
        async move { a.lead().await.map(drop) }
    });
    let mut watching = crate::contract::watching::Watching::new(&*stage.backend().await);
    watching.until("the leader", |seen| seen.leader().is_some()).await;
    lossy.lose_next(0);
    timeout(stage.patience(), a.shutdown()).await.expect("a shutdown ends");
    drop(timeout(stage.patience(), waiting).await.expect("a shutdown ends every wait"));
    stage.assert_vacant().await;
    stage.player("b").await.wins().await;
}

/// Where clocks start makes no difference.
pub async fn clocks_hours_apart_do_not_matter(stage: Stage) {
    let ahead = Duration::from_secs(36_000);
    let clock = DriftingClock::new(Arc::clone(stage.clock()), 1.0, ahead);
    let a = stage.elector_on("a", stage.backend().await, Arc::new(clock));
    let b = stage.elector("b").await;
    for (leader, rival) in [(&a, &b), (&b, &a)] {
        let leadership = stage.leads(leader).await;
        let next = waits(rival);
        stage.pause(stage.short() * 2).await;
        assert!(leadership.is_current() && !next.is_finished(), "one leads at a time");
        next.abort();
        // Its withdrawal, if it was late, is done when it has ended.
        let _ = next.await;
        leadership.resign().await.expect("a release on a healthy store");
    }
}

/// Single failures cost nobody a term: not those of a tenth of the calls.
pub async fn flaky_store_keeps_its_leader(stage: Stage) {
    let flaky = Flaky::new(stage.backend().await, 1, 0.1);
    let a = stage.elector_on("a", Arc::new(flaky), Arc::clone(stage.clock()));
    let b = stage.elector("b").await;
    let leadership = stage.leads(&a).await;
    let next = waits(&b);
    for _ in 0..6 {
        stage.pause(stage.short() / 2).await;
        assert!(leadership.is_current() && !next.is_finished(), "one leads at a time");
    }
}
