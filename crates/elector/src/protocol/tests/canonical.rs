//! The canonical form changes nothing: a candidate that is brought into it after every step, with its clock and all
//! names changed, does what its twin does.

use proptest::prelude::*;

use super::*;
use crate::protocol::Renaming;
use crate::store::{Bid, Release, Request, Reservation};

const ORIGIN: u64 = 100_000_000;

/// Of how many kinds are observations.
const KINDS: u8 = 11;

/// What is renamed between the twins: tokens in their order, beats and cookies one by one.
struct Other;

impl Renaming for Other {
    fn token(&mut self, number: &mut FencingToken) {
        if *number > FencingToken::ZERO {
            *number = token(number.get() * 3 + 5);
        }
    }

    fn beat(&mut self, beat: &mut Beat) {
        *beat = Beat::new(format!("other {beat}"));
    }

    fn cookie(&mut self, cookie: &mut Cookie) {
        if let Some(text) = cookie.as_str() {
            *cookie = Cookie::new(format!("other {text}"));
        }
    }
}

/// A candidate and its twin, whose clock is set back to the origin after every step, and in between.
struct Twins {
    plain: Protocol,
    twin: Protocol,
    /// What both clocks have shown since the test began, in milliseconds.
    now: u64,
    /// Where the twin's clock was set back.
    set_back: u64,
    number: u64,
    call: Option<Call>,
    chance: Chance,
    begun: usize,
}

impl Twins {
    fn new(setting: Setting) -> Self {
        let expiry = if setting.server { Expiry::Server } else { Expiry::Observed };
        let mut rules =
            Rules::new(Candidate::new("me").with_session(ME), Budget::default(), expiry);
        rules.liveness_gate = setting.gate.then(|| ms(4_000));
        rules.poll = setting.poll.then(|| ms(20_000));
        rules.distrust_missing = setting.distrust;
        let protocol = Protocol::new(rules);
        Self {
            plain: protocol.clone(),
            twin: protocol,
            now: 0,
            set_back: 0,
            number: 0,
            call: None,
            chance: Chance::MOST,
            begun: 0,
        }
    }

    fn twins_now(&self) -> Moment {
        moment(ORIGIN + self.now - self.set_back)
    }

    /// Sets the twin's clock back and forgets what it can forget.
    fn set_back(&mut self) {
        let now = self.twins_now();
        self.twin.canonical(now, moment(ORIGIN));
        self.set_back = self.now;
        let mut renamed = self.plain.clone();
        renamed.rename(&mut Other);
        renamed.canonical(moment(self.now), moment(ORIGIN));
        assert_eq!(renamed, self.twin, "what behaves alike is one state");
    }

    fn feed(&mut self, event: Event) {
        let theirs = self.translated(event.clone());
        let effects = self.plain.step(moment(self.now), self.chance, event);
        let others = self.twin.step(self.twins_now(), self.chance, theirs);
        let expected: Vec<Effect> =
            effects.iter().cloned().map(|effect| self.translate(effect)).collect();
        let found: Vec<Effect> = others.into_iter().map(anonymous).collect();
        assert_eq!(found, expected);
        for effect in effects {
            match effect {
                Effect::Call(number, call) => (self.number, self.call) = (number, Some(call)),
                Effect::Abandon => self.call = None,
                Effect::Begin { .. } => self.begun += 1,
                _ => {}
            }
        }
        self.set_back();
        assert_eq!(self.twin.phase(), self.plain.phase());
        let due = |protocol: &Protocol, now: Moment| protocol.wakeup().map(|at| at.since(now));
        assert_eq!(due(&self.twin, self.twins_now()), due(&self.plain, moment(self.now)));
        let valid =
            |protocol: &Protocol, now: Moment| protocol.valid_until().map(|until| until.since(now));
        assert_eq!(valid(&self.twin, self.twins_now()), valid(&self.plain, moment(self.now)));
    }

    fn theirs(&self, at: Moment) -> Moment {
        moment(ORIGIN - self.set_back) + at.since(Moment::default())
    }

    fn translate(&self, effect: Effect) -> Effect {
        anonymous(match effect {
            Effect::Begin { mut token, valid_until } => {
                Other.token(&mut token);
                Effect::Begin { token, valid_until: self.theirs(valid_until) }
            }
            Effect::Extend(until) => Effect::Extend(self.theirs(until)),
            Effect::Stop(Ended::Lost(Some(mut leader))) => {
                leader.token.iter_mut().for_each(|token| Other.token(token));
                Effect::Stop(Ended::Lost(Some(leader)))
            }
            Effect::Refused { mut token, mut floor } => {
                Other.token(&mut token);
                Other.token(&mut floor);
                Effect::Refused { token, floor }
            }
            Effect::Call(number, call) => Effect::Call(
                number,
                match call {
                    Call::Acquire(mut bid) => {
                        Other.token(&mut bid.token_floor);
                        Other.token(&mut bid.may_take.released_since);
                        bid.may_take
                            .reservation_over
                            .iter_mut()
                            .for_each(|token| Other.token(token));
                        bid.may_take.stale.iter_mut().for_each(|beat| Other.beat(beat));
                        Call::Acquire(bid)
                    }
                    Call::Renew(bid, lease) => Call::Renew(bid, other_lease(lease)),
                    Call::Release(release) => {
                        let lease = release.lease.map(other_lease);
                        Call::Release(Release::new(release.candidate, 1, lease))
                    }
                },
            ),
            effect => effect,
        })
    }

    fn translated(&self, event: Event) -> Event {
        let other = |mut observation: Observation| {
            observation.rename(&mut Other);
            observation
        };
        match event {
            Event::Observed(observation) => Event::Observed(other(observation)),
            Event::Alive(at) => Event::Alive(self.theirs(at)),
            // The twin gives all its calls the number 1.
            Event::Answered(number, answer) => Event::Answered(
                u64::from(number == self.number),
                match answer {
                    Answer::Acquired(Ok(Acquire::Won(lease))) => {
                        Answer::Acquired(Ok(Acquire::Won(other_lease(lease))))
                    }
                    Answer::Acquired(Ok(Acquire::Held(found))) => {
                        Answer::Acquired(Ok(Acquire::Held(other(found))))
                    }
                    Answer::Renewed(Ok(Renew::Kept(lease, request))) => {
                        let mut request = request;
                        request.iter_mut().for_each(|asked| Other.token(&mut asked.token));
                        Answer::Renewed(Ok(Renew::Kept(other_lease(lease), request)))
                    }
                    Answer::Renewed(Ok(Renew::Lost(found))) => {
                        Answer::Renewed(Ok(Renew::Lost(other(found))))
                    }
                    answer => answer,
                },
            ),
            event => event,
        }
    }

    /// Answers a call that was given up.
    fn stray(&mut self, kind: u8, number: u64) {
        let Some(stray) = self.number.checked_sub(1) else { return };
        let lease = Lease::new(token(number.max(1)), ms(LEASE), Cookie::none());
        let answer = match kind {
            0..4 => Answer::Acquired(Ok(Acquire::Won(lease))),
            4..6 => Answer::Renewed(Ok(Renew::Kept(lease, None))),
            6 => Answer::Renewed(Ok(Renew::Lost(observation(kind, number)))),
            _ => Answer::Released(Ok(())),
        };
        self.feed(Event::Answered(stray, answer));
    }

    fn answer(&mut self, kind: u8, number: u64) {
        let Some(call) = self.call.take() else { return };
        let seen = observation(kind, number);
        let lease = Lease::new(token(number.max(1)), ms(LEASE), Cookie::new(number.to_string()));
        let answer = match call {
            Call::Acquire(_) => Answer::Acquired(match kind {
                0..4 => Ok(Acquire::Won(lease)),
                4..=KINDS if kind != 7 => Ok(Acquire::Held(seen)),
                _ => doubt(),
            }),
            Call::Renew(_, held) => Answer::Renewed(match kind {
                0..4 => Ok(Renew::Kept(held, None)),
                4 => Ok(Renew::Kept(held.clone(), Some(Request::resign(held.token, "x")))),
                5..=KINDS if kind != 7 => Ok(Renew::Lost(seen)),
                _ => doubt(),
            }),
            Call::Release(_) => Answer::Released(if kind < 5 { Ok(()) } else { doubt() }),
        };
        self.feed(Event::Answered(self.number, answer));
    }
}

fn other_lease(mut lease: Lease) -> Lease {
    Other.token(&mut lease.token);
    Other.cookie(&mut lease.cookie);
    lease
}

/// An effect without the number of its call.
fn anonymous(effect: Effect) -> Effect {
    let Effect::Call(_, call) = effect else { return effect };
    let same = |bid: Bid| -> Bid {
        Bid::new(bid.candidate, 1, bid.duration)
            .with_timeout(bid.timeout)
            .with_may_take(bid.may_take)
            .with_token_floor(bid.token_floor)
    };
    Effect::Call(
        1,
        match call {
            Call::Acquire(bid) => Call::Acquire(same(bid)),
            Call::Renew(bid, lease) => Call::Renew(same(bid), lease),
            Call::Release(release) => {
                Call::Release(Release::new(release.candidate, 1, release.lease))
            }
        },
    )
}

fn observation(kind: u8, number: u64) -> Observation {
    let number = number.max(1);
    match kind % KINDS {
        0 | 1 => rival(number, "1"),
        2 => rival(number, "2"),
        3 => mine(number, "1"),
        7 => Observation::new(Standing::Led(Led::new(
            Leader::new("of another program"),
            Beat::new(format!("{}", number % 3)),
            ms(LEASE),
        ))),
        8 => rival(number, "1").with_again_in(ms(number * 1_000)),
        9 => gone(rival(number, "1")),
        10 => mine(number, "1").with_request(Some(Request::resign(token(number), "x"))),
        4 if number.is_multiple_of(3) => Observation::new(Standing::Released {
            token: token(number),
            reserved: Some(Reservation::new("x", ms(20_000))),
        }),
        4 => released(number),
        5 => missing(),
        _ => vacant(),
    }
}

/// The rules of both.
#[derive(Clone, Copy, Debug, Default)]
struct Setting {
    server: bool,
    gate: bool,
    poll: bool,
    distrust: bool,
}

/// What happens next to both.
#[derive(Clone, Debug)]
enum Act {
    Pass(u64),
    /// Time passes to the next tick that was asked for, or a little further.
    Wake(u64),
    See(u8, u64),
    Answer(u8, u64),
    Stray(u8, u64),
    Event(u8),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        2 => prop_oneof![3 => 0..2_000u64, 1 => 0..40_000u64].prop_map(Act::Pass),
        3 => prop_oneof![3 => Just(0), 1 => 0..9_000u64].prop_map(Act::Wake),
        3 => (0..KINDS, 0..60u64).prop_map(|(kind, number)| Act::See(kind, number)),
        8 => (0..KINDS + 1, 0..60u64).prop_map(|(kind, number)| Act::Answer(kind, number)),
        1 => (0..8u8, 0..60u64).prop_map(|(kind, number)| Act::Stray(kind, number)),
        // Nothing follows a shutdown.
        2 => prop_oneof![20 => 0..8u8, 1 => Just(8u8)].prop_map(Act::Event),
    ]
}

fn run(acts: Vec<Act>, chance: u32, setting: Setting) -> usize {
    let mut twins = Twins::new(setting);
    twins.chance = Chance::new(chance);
    twins.feed(Event::Contend);
    for (count, act) in acts.into_iter().enumerate() {
        // A fresh token now and then, or nobody would win after the first terms.
        let fresh = |number: u64| if number < 40 { count as u64 + 1 } else { number - 40 };
        match act {
            Act::Pass(millis) => {
                twins.now += millis;
                // Nobody has noticed yet that it is so late: a process may be frozen.
                twins.set_back();
            }
            Act::Wake(more) => {
                if let Some(at) = twins.plain.wakeup() {
                    twins.now = twins.now.max(at.as_nanos().div_ceil(1_000_000)) + more;
                }
                twins.feed(Event::Tick);
            }
            Act::See(kind, number) => twins.feed(Event::Observed(observation(kind, fresh(number)))),
            Act::Answer(kind, number) => twins.answer(kind, fresh(number)),
            Act::Stray(kind, number) => twins.stray(kind, fresh(number)),
            Act::Event(8) => twins.feed(Event::Shutdown),
            Act::Event(0) => twins.feed(Event::Withdraw),
            Act::Event(1 | 2) => twins.feed(Event::Contend),
            Act::Event(3) => twins.feed(Event::Resign),
            Act::Event(4 | 5) => twins.feed(Event::WorkEnded),
            Act::Event(6) => twins.feed(Event::WatchFailed),
            Act::Event(_) => {
                let at = moment(twins.now.saturating_sub(500));
                twins.feed(Event::Alive(at));
            }
        }
    }
    twins.begun
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_canonical_form_behaves_alike(
        acts in proptest::collection::vec(act(), 1..120),
        chance in any::<u32>(),
        (server, gate, poll, distrust) in any::<(bool, bool, bool, bool)>(),
    ) {
        run(acts, chance, Setting { server, gate, poll, distrust });
    }
}

/// The histories above reach terms, or they prove nothing.
#[test]
fn the_twins_reach_many_terms() {
    use proptest::strategy::ValueTree as _;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let acts = proptest::collection::vec(act(), 120);
    let begun: usize = (0..100)
        .map(|_| run(acts.new_tree(&mut runner).unwrap().current(), 9, Setting::default()))
        .sum();
    assert!(begun > 100, "{begun} terms in 100 histories");
}
