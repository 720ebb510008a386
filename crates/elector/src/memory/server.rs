//! The form that expires leases by itself.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_core::stream::BoxStream;
use tokio::task::yield_now;

use super::shelf::{Cell, Shelf};
use crate::clock::{Clock, Moment, TokioClock};
use crate::error::{Error, ErrorKind, Result};
use crate::store::{
    Acquire, AttemptId, Backend, Beat, Bid, Cookie, Expiry, Guarantees, Leader, Lease, Led,
    Observation, Release, Renew, Request, Reservation, SessionId, Standing, Store,
};
use crate::token::FencingToken;

/// A store in this process that expires leases by a clock of its own.
///
/// A lease that ran out looks as if there were no record. Fencing tokens are counted beside the record and outlive
/// it; only [`Memory::wipe`] forgets them.
#[derive(Clone, Debug)]
pub struct Memory {
    clock: Arc<dyn Clock>,
    guarantees: Guarantees,
    elections: Shelf<State>,
}

impl Memory {
    /// An empty store that expires leases by tokio's clock.
    pub fn new() -> Self {
        Self::with_clock(Arc::new(TokioClock::new()))
    }

    /// An empty store that expires leases by `clock`.
    pub fn with_clock(clock: Arc<dyn Clock>) -> Self {
        let mut guarantees = Guarantees::new("memory", Expiry::Server);
        guarantees.push = true;
        Self { clock, guarantees, elections: Shelf::default() }
    }

    /// The same store with leases that are whole multiples of `lease_step`, as etcd's seconds are.
    #[must_use]
    pub fn with_lease_step(mut self, lease_step: Duration) -> Self {
        self.guarantees.lease_step = lease_step;
        self.guarantees.lease_min = lease_step;
        self
    }

    /// Who holds the election called `name` now. For tests.
    pub fn leader(&self, name: &str) -> Option<Leader> {
        self.handle(name).observation().leader().cloned()
    }

    /// Takes the record away and keeps the count of tokens, as a deletion by hand does. For tests.
    pub fn delete(&self, name: &str) {
        self.elections.cell(name).change(|state| state.hold = Hold::Missing);
    }

    /// Grants the election to `leader` for `duration` without asking, as a foreign candidate's write does. For tests.
    pub fn forge(&self, name: &str, leader: Leader, duration: Duration) {
        let expires = self.clock.now() + duration;
        let beat = Beat::new(format!("forged at {}", self.clock.now()));
        let led = Led::new(leader, beat, duration);
        self.elections.cell(name).change(|state| {
            state.token = state.token.max(led.leader.token.unwrap_or_default());
            state.hold = Hold::led(led, expires);
        });
    }

    /// Forgets everything, the counts of tokens too, as a server does that lost its disk. For tests.
    pub fn wipe(&self) {
        for election in self.elections.all() {
            election.change(|state| *state = State::default());
        }
    }

    fn handle(&self, name: &str) -> Handle {
        Handle {
            name: Arc::from(name),
            clock: Arc::clone(&self.clock),
            guarantees: self.guarantees,
            election: self.elections.cell(name),
        }
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self::new()
    }
}

impl Store for Memory {
    fn election(&self, name: &str) -> Result<Arc<dyn Backend>> {
        Ok(Arc::new(self.handle(name)))
    }
}

/// What the server keeps of one election.
#[derive(Debug, Default)]
struct State {
    /// The greatest token ever granted.
    token: FencingToken,
    hold: Hold,
    /// The latest acquire or release of each session, so that an earlier one that arrives later does nothing.
    calls: HashMap<SessionId, u64>,
}

impl State {
    /// Whether `attempt` comes after everything else of its session that has arrived. One that arrives twice does not:
    /// a second grant would take the term away that the first one began.
    fn is_in_order(&mut self, attempt: AttemptId) -> bool {
        let latest = self.calls.entry(attempt.session).or_default();
        let in_order = attempt.number > *latest;
        *latest = attempt.number.max(*latest);
        in_order
    }
}

#[derive(Debug, Default)]
enum Hold {
    #[default]
    Missing,
    Led {
        led: Led,
        expires: Moment,
        request: Option<Request>,
    },
    Released {
        token: FencingToken,
        reserved: Option<Reservation>,
    },
}

impl Hold {
    fn led(led: Led, expires: Moment) -> Self {
        Self::Led { led, expires, request: None }
    }

    fn observation(&self, now: Moment) -> Observation {
        match self {
            Self::Led { led, expires, request } if now < *expires => {
                Observation::new(Standing::Led(led.clone()))
                    .with_again_in(expires.since(now))
                    .with_request(request.clone())
            }
            Self::Led { .. } | Self::Missing => Observation::new(Standing::Missing),
            Self::Released { token, reserved } => {
                let (token, reserved) = (*token, reserved.clone());
                Observation::new(Standing::Released { token, reserved })
            }
        }
    }

    fn expires(&self) -> Option<Moment> {
        match self {
            Self::Led { expires, .. } => Some(*expires),
            _ => None,
        }
    }

    fn is_held_by_another(&self, session: SessionId, now: Moment) -> bool {
        match self {
            Self::Led { led, expires, .. } => now < *expires && led.leader.session != Some(session),
            _ => false,
        }
    }

    fn is_term(&self, session: SessionId, token: Option<FencingToken>) -> bool {
        match self {
            Self::Led { led, .. } => {
                led.leader.session == Some(session)
                    && (token.is_none() || led.leader.token == token)
            }
            _ => false,
        }
    }
}

/// One election, as one candidate sees it.
#[derive(Clone, Debug)]
struct Handle {
    name: Arc<str>,
    clock: Arc<dyn Clock>,
    guarantees: Guarantees,
    election: Cell<State>,
}

impl Handle {
    fn observation(&self) -> Observation {
        let now = self.clock.now();
        self.election.read(|state| state.hold.observation(now))
    }

    fn led(&self, bid: &Bid, token: FencingToken) -> Led {
        let leader = Leader::new(Arc::clone(&bid.candidate.name))
            .with_term(bid.candidate.session, token)
            .with_metadata(bid.candidate.metadata.clone());
        let duration = self.guarantees.granted(bid.duration);
        Led::new(leader, Beat::new(bid.attempt.to_string()), duration)
    }

    /// Grants a new term, unless somebody else holds the election.
    fn grant(&self, state: &mut State, bid: &Bid) -> Result<Acquire> {
        let now = self.clock.now();
        let in_order = state.is_in_order(bid.attempt);
        if !in_order || state.hold.is_held_by_another(bid.candidate.session, now) {
            return Ok(Acquire::Held(state.hold.observation(now)));
        }
        let Some(token) = state.token.max(bid.token_floor).next() else {
            let message = "the count of tokens is at its end";
            return Err(Error::new(ErrorKind::Corrupt, "memory", "acquire", message));
        };
        let led = self.led(bid, token);
        let lease = Lease::new(token, led.lease_duration, Cookie::none());
        state.token = token;
        state.hold = Hold::led(led, now + lease.duration);
        Ok(Acquire::Won(lease))
    }

    /// Extends the term of `lease`, if it still holds the election.
    fn extend(&self, state: &mut State, bid: &Bid, lease: &Lease) -> Renew {
        let now = self.clock.now();
        let ours = state.hold.is_term(bid.candidate.session, Some(lease.token));
        match &mut state.hold {
            Hold::Led { led, expires, request } if ours && now < *expires => {
                *led = self.led(bid, lease.token);
                *expires = now + led.lease_duration;
                let lease = Lease::new(lease.token, led.lease_duration, Cookie::none());
                Renew::Kept(lease, request.clone())
            }
            hold => Renew::Lost(hold.observation(now)),
        }
    }
}

// Each call takes effect in one step and answers in a later one, so that a caller which goes away between the two has
// left an effect it does not know of.
#[async_trait]
impl Backend for Handle {
    fn election(&self) -> &str {
        &self.name
    }

    fn guarantees(&self) -> Guarantees {
        self.guarantees
    }

    async fn acquire(&self, bid: &Bid) -> Result<Acquire> {
        let answer = self.election.change(|state| self.grant(state, bid));
        yield_now().await;
        answer
    }

    async fn renew(&self, bid: &Bid, lease: &Lease) -> Result<Renew> {
        let answer = self.election.change(|state| self.extend(state, bid, lease));
        yield_now().await;
        Ok(answer)
    }

    async fn release(&self, release: &Release) -> Result<()> {
        let token = release.lease.as_ref().map(|lease| lease.token);
        self.election.change(|state| {
            let in_order = state.is_in_order(release.attempt);
            if in_order && state.hold.is_term(release.candidate.session, token) {
                let reserved = release.reserve.clone();
                state.hold = Hold::Released { token: state.token, reserved };
            }
        });
        yield_now().await;
        Ok(())
    }

    async fn request(&self, asked: &Request) -> Result<()> {
        self.election.change(|state| match &mut state.hold {
            Hold::Led { led, request, .. } if led.leader.token == Some(asked.token) => {
                *request = Some(asked.clone());
            }
            _ => {}
        });
        yield_now().await;
        Ok(())
    }

    fn watch(&self) -> BoxStream<'static, Result<Observation>> {
        // An expiry is a change too: whoever does not bid learns of it only here.
        let (clock, alarm) = (Arc::clone(&self.clock), Arc::clone(&self.clock));
        let expiry = move |state: &State| state.hold.expires().map(|at| alarm.sleep_until(at));
        self.election.watch_until(move |state| Ok(state.hold.observation(clock.now())), expiry)
    }
}
