//! One candidate's calls, one at a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use elector::store::{
    Acquire, Backend, Bid, Candidate, Lease, MayTake, Observation, Release, Renew, Standing, Store,
};
use elector_kubernetes::Kubernetes;

pub(crate) const LEASE: Duration = Duration::from_secs(15);

#[derive(Debug)]
pub(crate) struct Caller {
    pub(crate) backend: Arc<dyn Backend>,
    pub(crate) candidate: Candidate,
    attempts: AtomicU64,
}

impl Caller {
    pub(crate) fn new(store: &Kubernetes, election: &str, name: &str) -> Self {
        let backend = store.election(election).unwrap();
        Self { backend, candidate: Candidate::new(name), attempts: AtomicU64::new(0) }
    }

    pub(crate) fn bid(&self) -> Bid {
        let attempt = self.attempts.fetch_add(1, Ordering::Relaxed) + 1;
        Bid::new(self.candidate.clone(), attempt, LEASE)
    }

    /// How it is named in the Lease.
    pub(crate) fn identity(&self) -> String {
        format!("{}_{}", self.candidate.name, self.candidate.session)
    }

    pub(crate) async fn wins(&self) -> Lease {
        self.wins_with(MayTake::vacant()).await
    }

    pub(crate) async fn wins_with(&self, may_take: MayTake) -> Lease {
        match self.backend.acquire(&self.bid().with_may_take(may_take)).await.unwrap() {
            Acquire::Won(lease) => lease,
            Acquire::Held(observation) => panic!("held: {observation:?}"),
        }
    }

    /// Bids for what nobody holds, and is told how the election stands.
    pub(crate) async fn is_told(&self) -> Observation {
        match self.backend.acquire(&self.bid()).await.unwrap() {
            Acquire::Held(observation) => observation,
            Acquire::Won(lease) => panic!("won {lease:?}"),
        }
    }

    /// Takes the election from the leader that the record shows, as if its lease had run out.
    pub(crate) async fn takes_over(&self) -> Lease {
        let Standing::Led(led) = self.is_told().await.standing else { panic!("nobody leads") };
        self.wins_with(MayTake::vacant().or_stale(led.beat)).await
    }

    pub(crate) async fn renews(&self, lease: &Lease) -> Renew {
        self.backend.renew(&self.bid(), lease).await.unwrap()
    }

    pub(crate) async fn keeps(&self, lease: &Lease) -> Lease {
        match self.renews(lease).await {
            Renew::Kept(lease, _) => lease,
            lost => panic!("{lost:?}"),
        }
    }

    pub(crate) async fn releases(&self, lease: Lease) {
        let attempt = self.bid().attempt.number;
        let release = Release::new(self.candidate.clone(), attempt, Some(lease));
        self.backend.release(&release).await.unwrap();
    }
}
