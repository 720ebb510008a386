//! The adapter over a store that only compares and swaps, call by call.

use std::sync::Arc;

use elector::memory::MemoryRecords;
use elector::store::{
    Acquire, Beat, Bid, Candidate, Lease, MayTake, Record, Release, Renew, Request, Standing,
};
use elector::{Backend, FencingToken, Store};

use crate::cluster::LEASE;

struct Bench {
    store: MemoryRecords,
    backend: Arc<dyn Backend>,
    me: Candidate,
    rival: Candidate,
}

impl Bench {
    fn new() -> Self {
        let store = MemoryRecords::new();
        let backend = store.election("test").unwrap();
        Self { store, backend, me: Candidate::new("me"), rival: Candidate::new("rival") }
    }

    async fn acquire(&self, who: &Candidate, number: u64, may_take: MayTake) -> Acquire {
        let bid = Bid::new(who.clone(), number, LEASE).with_may_take(may_take);
        self.backend.acquire(&bid).await.unwrap()
    }

    async fn win(&self, who: &Candidate, number: u64, may_take: MayTake) -> Lease {
        match self.acquire(who, number, may_take).await {
            Acquire::Won(lease) => lease,
            Acquire::Held(observation) => panic!("{observation:?}"),
        }
    }

    async fn renew(&self, who: &Candidate, number: u64, lease: &Lease) -> Renew {
        self.backend.renew(&Bid::new(who.clone(), number, LEASE), lease).await.unwrap()
    }

    async fn release(&self, who: &Candidate, number: u64, lease: Option<Lease>) {
        self.backend.release(&Release::new(who.clone(), number, lease)).await.unwrap();
    }

    fn record(&self) -> Record {
        self.store.record("test").unwrap()
    }

    fn stale(&self) -> MayTake {
        MayTake::vacant().or_stale(self.record().beat)
    }
}

#[tokio::test]
async fn a_leader_is_taken_over_only_with_the_beat_that_stands_there() {
    let bench = Bench::new();
    let first = bench.win(&bench.rival, 1, MayTake::vacant()).await;
    let old = bench.stale();
    bench.renew(&bench.rival, 2, &first).await;
    for may_take in [MayTake::vacant(), old, MayTake::vacant().or_stale(Beat::new("x"))] {
        assert!(matches!(bench.acquire(&bench.me, 1, may_take).await, Acquire::Held(_)));
    }
    let second = bench.win(&bench.me, 2, bench.stale()).await;
    assert!(second.token > first.token);
}

#[tokio::test]
async fn a_new_term_of_the_same_session_has_a_greater_token() {
    let bench = Bench::new();
    let first = bench.win(&bench.me, 1, MayTake::vacant()).await;
    let second = bench.win(&bench.me, 2, MayTake::vacant()).await;
    assert!(second.token > first.token);
    let lost = bench.renew(&bench.me, 3, &first).await;
    assert!(matches!(lost, Renew::Lost(_)), "the first term is over: {lost:?}");
    bench.release(&bench.me, 4, Some(first)).await;
    assert!(matches!(bench.renew(&bench.me, 5, &second).await, Renew::Kept(..)));
}

#[tokio::test]
async fn tokens_rise_above_the_record_the_count_and_the_bid() {
    let bench = Bench::new();
    let first = bench.win(&bench.me, 1, MayTake::vacant()).await;
    bench.store.delete("test");
    let second = bench.win(&bench.me, 2, MayTake::vacant()).await;
    assert!(second.token > first.token, "the count outlives the record");
    let floor = FencingToken::new(100).unwrap();
    let bid = Bid::new(bench.me.clone(), 3, LEASE).with_token_floor(floor);
    let Acquire::Won(third) = bench.backend.acquire(&bid).await.unwrap() else { panic!() };
    assert!(third.token > floor);
    let fourth = bench.win(&bench.me, 4, MayTake::vacant()).await;
    assert!(fourth.token > third.token);
}

#[tokio::test]
async fn a_term_that_another_took_is_lost_and_its_release_hits_nobody() {
    let bench = Bench::new();
    let first = bench.win(&bench.me, 1, MayTake::vacant()).await;
    let second = bench.win(&bench.rival, 1, bench.stale()).await;
    let Renew::Lost(observation) = bench.renew(&bench.me, 2, &first).await else { panic!() };
    assert_eq!(observation.leader().unwrap().session, Some(bench.rival.session));
    bench.release(&bench.me, 3, Some(first)).await;
    bench.release(&bench.me, 4, None).await;
    assert!(matches!(bench.renew(&bench.rival, 2, &second).await, Renew::Kept(..)));
}

#[tokio::test]
async fn an_own_write_of_unknown_outcome_is_recognised_by_the_next_renewal() {
    let bench = Bench::new();
    let lease = bench.win(&bench.me, 1, MayTake::vacant()).await;
    bench.renew(&bench.me, 2, &lease).await;
    // The answer was lost, so the lease is still the older one.
    assert!(matches!(bench.renew(&bench.me, 3, &lease).await, Renew::Kept(..)));
    bench.release(&bench.me, 4, Some(lease)).await;
    assert!(bench.record().leader.is_none());
}

#[tokio::test]
async fn a_request_outlives_a_renewal_and_reaches_the_leader() {
    let bench = Bench::new();
    let lease = bench.win(&bench.me, 1, MayTake::vacant()).await;
    let beat = bench.record().beat;
    let request = Request::resign(lease.token, "test");
    bench.backend.request(&request).await.unwrap();
    assert_eq!(bench.record().beat, beat, "a request is no sign of life");
    let Renew::Kept(_, heard) = bench.renew(&bench.me, 2, &lease).await else { panic!() };
    assert_eq!(heard, Some(request.clone()));
    assert_eq!(bench.record().request, Some(request), "until its answer has arrived");
    assert_ne!(bench.record().beat, beat);
}

#[tokio::test]
async fn a_release_without_a_lease_frees_what_the_session_holds() {
    let bench = Bench::new();
    let lease = bench.win(&bench.me, 1, MayTake::vacant()).await;
    bench.release(&bench.me, 2, None).await;
    let Acquire::Won(next) = bench.acquire(&bench.rival, 1, MayTake::released(lease.token)).await
    else {
        panic!("the release explains the empty record")
    };
    assert!(next.token > lease.token);
    let Acquire::Held(held) = bench.acquire(&bench.me, 3, MayTake::vacant()).await else {
        panic!()
    };
    assert!(matches!(held.standing, Standing::Led(_)));
}
