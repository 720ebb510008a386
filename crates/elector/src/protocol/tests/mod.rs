//! The decisions, one guarantee a test: a candidate is fed moments and events, and its effects are looked at.

mod auditor;
mod bidding;
mod canonical;
mod expiry;
mod leaving;
mod loss;
mod properties;
mod renewing;
mod reservation;
mod stopping;
mod vanished;

use std::time::Duration;

use super::{Answer, Call, Chance, Effect, Ended, Event, Phase, Protocol, Rules};
use crate::budget::Budget;
use crate::clock::Moment;
use crate::error::ErrorKind;
use crate::store::{
    Acquire, Beat, Candidate, Cookie, Expiry, Leader, Lease, Led, Observation, Renew, SessionId,
    Standing,
};
use crate::token::FencingToken;

const ME: SessionId = SessionId::from_u128(1);
const RIVAL: SessionId = SessionId::from_u128(2);
/// The default budget in milliseconds: lease 15 s, renewals every 5 s, stop after 10 s.
const LEASE: u64 = 15_000;
const RENEW: u64 = 5_000;
const DEADLINE: u64 = 10_000;
const ATTEMPT: u64 = 1_500;
const STOP: u64 = 2_000;

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn token(number: u64) -> FencingToken {
    FencingToken::new(number).unwrap()
}

fn lease(number: u64) -> Lease {
    Lease::new(token(number), ms(LEASE), Cookie::none())
}

/// A candidate under test and its clock, in milliseconds since the test began.
struct Bench {
    protocol: Protocol,
    now: u64,
    chance: Chance,
}

impl Bench {
    fn new() -> Self {
        Self::with(|_| {})
    }

    fn server() -> Self {
        Self::with(|rules| rules.expiry = Expiry::Server)
    }

    fn with(change: impl FnOnce(&mut Rules)) -> Self {
        let candidate = Candidate::new("me").with_session(ME);
        let mut rules = Rules::new(candidate, Budget::default(), Expiry::Observed);
        change(&mut rules);
        Self { protocol: Protocol::new(rules), now: 0, chance: Chance::MOST }
    }

    /// A candidate that leads with `number`, its lease counting from 0.
    fn leading(number: u64) -> Self {
        Self::new().won(number)
    }

    /// Contends and wins at once.
    fn won(mut self, number: u64) -> Self {
        let effects = self.feed(Event::Contend);
        assert!(bid(&effects).is_some(), "{effects:?}");
        let effects = self.answer_won(number);
        assert!(matches!(effects[0], Effect::Begin { .. }), "{effects:?}");
        self
    }

    /// A candidate that contends and has seen a rival with `number` and beat "1" at 0.
    fn following(number: u64) -> Self {
        let mut bench = Self::new();
        bench.feed(Event::Observed(rival(number, "1")));
        assert_eq!(bench.feed(Event::Contend), []);
        bench
    }

    fn feed(&mut self, event: Event) -> Vec<Effect> {
        self.protocol.step(moment(self.now), self.chance, event)
    }

    fn see(&mut self, observation: Observation) -> Vec<Effect> {
        self.feed(Event::Observed(observation))
    }

    /// Lets time pass to `now` with every tick that was asked for, and collects the effects.
    fn until(&mut self, now: u64) -> Vec<Effect> {
        let mut effects = Vec::new();
        while let Some(at) = self.protocol.wakeup().filter(|at| *at <= moment(now)) {
            let before = (self.protocol.wakeup(), effects.len());
            effects.extend(self.protocol.step(at, self.chance, Event::Tick));
            let after = (self.protocol.wakeup(), effects.len());
            assert_ne!(before, after, "a wakeup without progress at {at}");
        }
        self.now = now;
        effects
    }

    /// Lets time pass without the candidate's noticing, as when its process is frozen.
    fn freeze(&mut self, now: u64) {
        self.now = now;
    }

    /// Answers the latest call.
    fn answer(&mut self, answer: Answer) -> Vec<Effect> {
        let number = self.protocol.attempts;
        self.feed(Event::Answered(number, answer))
    }

    fn answer_won(&mut self, number: u64) -> Vec<Effect> {
        self.answer(Answer::Acquired(Ok(Acquire::Won(lease(number)))))
    }

    fn answer_held(&mut self, observation: Observation) -> Vec<Effect> {
        self.answer(Answer::Acquired(Ok(Acquire::Held(observation))))
    }

    fn answer_kept(&mut self, number: u64) -> Vec<Effect> {
        self.answer(Answer::Renewed(Ok(Renew::Kept(lease(number), None))))
    }

    fn answer_lost(&mut self, observation: Observation) -> Vec<Effect> {
        self.answer(Answer::Renewed(Ok(Renew::Lost(observation))))
    }

    fn phase(&self) -> Phase {
        self.protocol.phase()
    }

    /// Until when the term is valid, in whole milliseconds.
    fn valid_until(&self) -> Option<u64> {
        self.protocol.valid_until().map(|at| at.as_nanos() / 1_000_000)
    }

    /// The first moment with a bid, at most at `limit`.
    #[track_caller]
    fn bids_at(&mut self, limit: u64) -> u64 {
        let at = self.protocol.wakeup().expect("waits for nothing").as_nanos().div_ceil(1_000_000);
        assert!(at <= limit, "waits until {at}");
        assert!(bid(&self.until(at)).is_some(), "no bid at {at}");
        at
    }
}

fn moment(millis: u64) -> Moment {
    Moment::new(ms(millis))
}

fn led(leader: Leader, beat: &str, duration: Duration) -> Observation {
    Observation::new(Standing::Led(Led::new(leader, Beat::new(beat), duration)))
}

fn rival(number: u64, beat: &str) -> Observation {
    led(Leader::new("rival").with_term(RIVAL, token(number)), beat, ms(LEASE))
}

fn mine(number: u64, beat: &str) -> Observation {
    led(Leader::new("me").with_term(ME, token(number)), beat, ms(LEASE))
}

fn foreign(beat: &str) -> Observation {
    led(Leader::new("foreign"), beat, ms(LEASE))
}

/// The same leader, proven dead.
fn gone(mut observation: Observation) -> Observation {
    let Standing::Led(led) = &mut observation.standing else { unreachable!() };
    led.gone = true;
    observation
}

fn missing() -> Observation {
    Observation::new(Standing::Missing)
}

fn vacant() -> Observation {
    Observation::new(Standing::Vacant)
}

fn released(number: u64) -> Observation {
    Observation::new(Standing::Released { token: token(number), reserved: None })
}

fn doubt<T>() -> Result<T, ErrorKind> {
    Err(ErrorKind::Unavailable)
}

fn call(effects: &[Effect]) -> Option<&Call> {
    effects.iter().rev().find_map(|effect| match effect {
        Effect::Call(_, call) => Some(call),
        _ => None,
    })
}

fn bid(effects: &[Effect]) -> Option<&crate::store::Bid> {
    match call(effects) {
        Some(Call::Acquire(bid)) => Some(bid),
        _ => None,
    }
}

fn renews(effects: &[Effect]) -> bool {
    matches!(call(effects), Some(Call::Renew(..)))
}

/// The token that is released, if a release is called for.
fn releases(effects: &[Effect]) -> Option<Option<FencingToken>> {
    match call(effects) {
        Some(Call::Release(release)) => Some(release.lease.as_ref().map(|lease| lease.token)),
        _ => None,
    }
}

fn stops(effects: &[Effect]) -> Option<&Ended> {
    effects.iter().find_map(|effect| match effect {
        Effect::Stop(why) => Some(why),
        _ => None,
    })
}
