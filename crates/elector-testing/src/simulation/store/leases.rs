//! The form that expires leases by a clock of its own.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use elector::store::{
    Acquire, AttemptId, Beat, Bid, Cookie, Guarantees, Leader, Lease, Led, Observation, Renew,
    Request, SessionId, Standing,
};
use elector::{Error, ErrorKind, FencingToken, Result};

use super::foreign;
use crate::simulation::clock::MachineClock;
use crate::simulation::fact::{Damage, Holder};
use crate::simulation::network::{Answer, Operation};

#[derive(Clone, Debug)]
pub(crate) struct Leases {
    guarantees: Guarantees,
    clock: MachineClock,
    /// The greatest token ever granted.
    token: FencingToken,
    hold: Hold,
    /// The latest acquire or release of each session.
    calls: BTreeMap<SessionId, u64>,
    changes: u64,
}

#[derive(Clone, Debug)]
enum Hold {
    Missing,
    /// Until `expires` on the store's clock.
    Led {
        led: Led,
        expires: u64,
        request: Option<Request>,
    },
    Released(FencingToken),
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

impl Leases {
    pub(crate) fn new(guarantees: Guarantees, clock: MachineClock) -> Self {
        Self {
            guarantees,
            clock,
            token: FencingToken::ZERO,
            hold: Hold::Missing,
            calls: BTreeMap::new(),
            changes: 0,
        }
    }

    pub(crate) fn apply(&mut self, operation: &Operation) -> Result<Answer> {
        match operation {
            Operation::Acquire(bid) => {
                self.acquire(bid).map(|answer| Answer::Acquired(Box::new(answer)))
            }
            Operation::Renew(bid, lease) => Ok(Answer::Renewed(Box::new(self.renew(bid, lease)))),
            Operation::Release(release) => {
                let token = release.lease.as_ref().map(|lease| lease.token);
                let session = release.candidate.session;
                if self.is_in_order(release.attempt) && self.is_term(session, token) {
                    self.put(Hold::Released(self.token));
                }
                Ok(Answer::Done)
            }
            Operation::Request(asked) => {
                if let Hold::Led { led, request, .. } = &mut self.hold
                    && led.leader.token == Some(asked.token)
                {
                    *request = Some(asked.clone());
                    self.changes += 1;
                }
                Ok(Answer::Done)
            }
            Operation::Load | Operation::Store(..) => {
                let message = "a store of leases was asked for a record";
                Err(Error::new(ErrorKind::Invalid, "simulation", "apply", message))
            }
        }
    }

    fn put(&mut self, hold: Hold) {
        self.hold = hold;
        self.changes += 1;
    }

    fn is_in_order(&mut self, attempt: AttemptId) -> bool {
        let latest = self.calls.entry(attempt.session).or_default();
        let in_order = attempt.number > *latest;
        *latest = attempt.number.max(*latest);
        in_order
    }

    fn is_term(&self, session: SessionId, token: Option<FencingToken>) -> bool {
        match &self.hold {
            Hold::Led { led, .. } => {
                led.leader.session == Some(session)
                    && (token.is_none() || led.leader.token == token)
            }
            _ => false,
        }
    }

    fn led(&self, bid: &Bid, token: FencingToken) -> Led {
        let leader =
            Leader::new(Arc::clone(&bid.candidate.name)).with_term(bid.candidate.session, token);
        let duration = self.guarantees.granted(bid.duration);
        Led::new(leader, Beat::new(bid.attempt.to_string()), duration)
    }

    fn acquire(&mut self, bid: &Bid) -> Result<Acquire> {
        let now = self.clock.own();
        let in_order = self.is_in_order(bid.attempt);
        let held_by_another = match &self.hold {
            Hold::Led { led, expires, .. } => {
                now < *expires && led.leader.session != Some(bid.candidate.session)
            }
            _ => false,
        };
        if !in_order || held_by_another {
            return Ok(Acquire::Held(self.observation()));
        }
        let Some(token) = self.token.max(bid.token_floor).next() else {
            let message = "the count of tokens is at its end";
            return Err(Error::new(ErrorKind::Corrupt, "simulation", "acquire", message));
        };
        let led = self.led(bid, token);
        let lease = Lease::new(token, led.lease_duration, Cookie::none());
        self.token = token;
        let expires = now + nanos(lease.duration);
        self.put(Hold::Led { led, expires, request: None });
        Ok(Acquire::Won(lease))
    }

    fn renew(&mut self, bid: &Bid, lease: &Lease) -> Renew {
        let now = self.clock.own();
        let ours = self.is_term(bid.candidate.session, Some(lease.token));
        let renewed = self.led(bid, lease.token);
        match &mut self.hold {
            Hold::Led { led, expires, request } if ours && now < *expires => {
                *led = renewed;
                *expires = now + nanos(led.lease_duration);
                self.changes += 1;
                let lease = Lease::new(lease.token, led.lease_duration, Cookie::none());
                Renew::Kept(lease, request.clone())
            }
            _ => Renew::Lost(self.observation()),
        }
    }

    pub(crate) fn observation(&self) -> Observation {
        let now = self.clock.own();
        match &self.hold {
            Hold::Led { led, expires, request } if now < *expires => {
                Observation::new(Standing::Led(led.clone()))
                    .with_again_in(Duration::from_nanos(expires - now))
                    .with_request(request.clone())
            }
            Hold::Led { .. } | Hold::Missing => Observation::new(Standing::Missing),
            Hold::Released(token) => {
                Observation::new(Standing::Released { token: *token, reserved: None })
            }
        }
    }

    pub(crate) fn changes(&self) -> u64 {
        self.changes
    }

    pub(crate) fn holder(&self) -> Holder {
        match &self.hold {
            Hold::Led { led, .. } => {
                Some((led.leader.session, led.leader.token.map_or(0, u64::from)))
            }
            _ => None,
        }
    }

    /// The true moment at which the present lease runs out.
    pub(crate) fn expires(&self) -> Option<u64> {
        match &self.hold {
            Hold::Led { expires, .. } => Some(self.clock.true_of(*expires)),
            _ => None,
        }
    }

    pub(crate) fn damage(&mut self, damage: Damage, backup: &Self, lease: Duration) {
        match damage {
            Damage::Deleted | Damage::Vacated => self.put(Hold::Missing),
            Damage::Forged => {
                let beat = Beat::new(format!("damage {}", self.changes));
                let led = Led::new(Leader::new(foreign()), beat, lease);
                let expires = self.clock.own() + nanos(lease);
                self.put(Hold::Led { led, expires, request: None });
            }
            Damage::Wiped => {
                let changes = self.changes + 1;
                *self = Self { changes, ..Self::new(self.guarantees, self.clock.clone()) };
            }
            Damage::Restored => {
                let changes = self.changes + 1;
                *self = Self { changes, ..backup.clone() };
            }
            Damage::Clock => {}
        }
    }
}
