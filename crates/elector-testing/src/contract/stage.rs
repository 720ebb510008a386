//! One election for one case, and the candidates that play on it.

use std::sync::Arc;
use std::time::Duration;

use elector::clock::{Clock, Moment, TokioClock};
use elector::store::{
    Backend, Candidate, Cookie, Expiry, Guarantees, Lease, MayTake, Observation, Store,
};
use futures_util::StreamExt as _;

use super::player::Player;
use super::{Case, Need};
use crate::{Fixture, Tamper};

/// A lease that does not run out while a case plays.
const LONG: Duration = Duration::from_secs(600);

/// One fresh election.
#[derive(Debug)]
pub struct Stage {
    fixture: Arc<dyn Fixture>,
    name: String,
    clock: Arc<dyn Clock>,
    guarantees: Guarantees,
}

impl Stage {
    pub(super) async fn new(fixture: Arc<dyn Fixture>) -> Self {
        let name = format!("contract-{:016x}", rand::random::<u64>());
        let store = fixture.open().await;
        let guarantees = store.election(&name).expect("a portable name").guarantees();
        Self { fixture, name, clock: Arc::new(TokioClock::new()), guarantees }
    }

    /// Another fresh election in the same store.
    pub(super) fn another(&self, number: usize) -> Self {
        Self {
            fixture: Arc::clone(&self.fixture),
            name: format!("{}-{number}", self.name),
            clock: Arc::clone(&self.clock),
            guarantees: self.guarantees,
        }
    }

    /// Why `case` does not apply here.
    pub(super) fn lacks(&self, case: &Case) -> Option<String> {
        if !self.plays_expiry_of(case) {
            return Some(format!("leases expire otherwise: {:?}", self.guarantees.expiry));
        }
        case.needs.iter().find_map(|need| match need {
            Need::Tamper(tamper) if !self.fixture.tampers().contains(tamper) => {
                Some(format!("the fixture cannot do this to a record: {tamper:?}"))
            }
            _ => None,
        })
    }

    /// Whether `case` is about the way in which leases expire here.
    pub(super) fn plays_expiry_of(&self, case: &Case) -> bool {
        case.needs.iter().all(|need| match need {
            Need::ServerExpiry => self.guarantees.expiry == Expiry::Server,
            Need::ObservedExpiry => self.guarantees.expiry == Expiry::Observed,
            Need::Tamper(_) => true,
        })
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn guarantees(&self) -> &Guarantees {
        &self.guarantees
    }

    pub(super) fn now(&self) -> Moment {
        self.clock.now()
    }

    pub(super) fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// The lease that cases wait for.
    pub(super) fn short(&self) -> Duration {
        self.guarantees.granted(self.fixture.short_lease())
    }

    pub(super) async fn store(&self) -> Arc<dyn Store> {
        self.fixture.open().await
    }

    pub(super) async fn backend(&self) -> Arc<dyn Backend> {
        self.store().await.election(&self.name).expect("a portable name")
    }

    /// A candidate in a process of its own, which asks for leases that outlast the case.
    pub(super) async fn player(&self, name: &str) -> Player {
        Player::new(self.backend().await, Candidate::new(name), LONG)
    }

    /// The same with a lease that runs out soon.
    pub(super) async fn short_player(&self, name: &str) -> Player {
        Player::new(self.backend().await, Candidate::new(name), self.short())
    }

    /// How the election stands, for somebody who only looks.
    pub(super) async fn look(&self) -> Observation {
        let first = self.backend().await.watch().next().await;
        first.expect("a watch does not end").expect("a watch of a healthy store")
    }

    pub(super) async fn assert_led_by(&self, player: &Player) {
        let observation = self.look().await;
        let session = observation.leader().and_then(|leader| leader.session);
        assert_eq!(session, Some(player.session()), "should lead; it stands: {observation:?}");
    }

    pub(super) async fn assert_vacant(&self) {
        let observation = self.look().await;
        assert_eq!(observation.leader(), None, "nobody should lead");
    }

    pub(super) async fn is_vacant(&self) -> bool {
        self.look().await.leader().is_none()
    }

    pub(super) async fn tamper(&self, tamper: Tamper) {
        self.fixture.tamper(&self.name, tamper).await;
    }

    /// `heir` takes the election from a leader with a short lease that shows no sign of life any more.
    pub(super) async fn take_over(&self, heir: &Player) -> Lease {
        match self.guarantees.expiry {
            Expiry::Server => self.probe_until_won(heir).await,
            _ => {
                let beat = heir.sees_leader().await.beat;
                heir.wins_with(MayTake::vacant().or_stale(beat)).await
            }
        }
    }

    /// `player` bids again and again, without pause to speak of and without regard to hints, until it wins.
    pub(super) async fn probe_until_won(&self, player: &Player) -> Lease {
        let deadline = self.now() + self.short() * 2 + Duration::from_secs(5);
        while self.now() < deadline {
            if let Some(lease) = player.tries().await {
                return lease;
            }
            self.pause(self.short() / 64).await;
        }
        panic!("the lease of {:?} never ran out", self.short());
    }

    /// `lease` as a process holds it that saw it in the store. In stores that compare and swap, the cookie is the
    /// proof of having written it, so the thief has none.
    pub(super) fn stolen(&self, lease: &Lease) -> Lease {
        match self.guarantees.expiry {
            Expiry::Server => lease.clone(),
            _ => Lease::new(lease.token, lease.duration, Cookie::none()),
        }
    }

    /// Waits until what was under way has arrived, as far as it will.
    pub(super) async fn settle(&self) {
        self.pause(Duration::from_millis(40)).await;
    }

    pub(super) async fn pause(&self, duration: Duration) {
        self.clock.sleep_until(self.now() + duration).await;
    }
}
