//! An account of a candidate's history, kept from its events and effects alone.

use super::*;
use crate::store::Request;

/// The current term, as the driver and the work know it.
#[derive(Debug)]
struct Term {
    token: FencingToken,
    valid_until: Moment,
    stopped: bool,
    forced: bool,
    overran: bool,
    ended: bool,
    working: bool,
}

/// Keeps its own account of what happened, from the events and effects alone.
pub(super) struct Auditor {
    pub(super) bench: Bench,
    in_flight: Option<(u64, Moment, Call)>,
    /// When the call whose answer is being fed was sent.
    answered: Option<Moment>,
    lost: bool,
    term: Option<Term>,
    highest: FencingToken,
    /// The beat that is in sight, and since when without another.
    beat: Option<(Beat, FencingToken, Moment)>,
    /// When a leader was last seen alive whose end nothing explained.
    alive: Option<(FencingToken, Moment)>,
    pub(super) begun: usize,
}

impl Auditor {
    pub(super) fn new(bench: Bench) -> Self {
        Self {
            bench,
            in_flight: None,
            answered: None,
            lost: false,
            term: None,
            highest: FencingToken::ZERO,
            beat: None,
            alive: None,
            begun: 0,
        }
    }

    fn now(&self) -> Moment {
        moment(self.bench.now)
    }

    pub(super) fn feed(&mut self, event: Event) {
        if let Event::Observed(observation) = &event {
            let token = self.term.as_ref().map(|term| term.token);
            let seen = observation.leader().filter(|leader| leader.session != Some(ME));
            let later = token.is_some() && seen.is_some_and(|leader| leader.token > token);
            let leads = self.term.as_ref().is_some_and(|term| !term.ended);
            if later && leads {
                self.lose(observation);
            } else if !leads {
                self.sight(observation);
            }
        }
        let effects = self.bench.feed(event);
        let now = self.now();
        effects.into_iter().for_each(|effect| self.audit(now, effect));
        self.settle();
    }

    pub(super) fn pass(&mut self, millis: u64) {
        let end = self.bench.now + millis;
        while let Some(at) = self.bench.protocol.wakeup().filter(|at| *at <= moment(end)) {
            let at = at.max(self.now());
            let before = self.bench.protocol.wakeup();
            let effects = self.bench.protocol.step(at, self.bench.chance, Event::Tick);
            let progress = !effects.is_empty() || before != self.bench.protocol.wakeup();
            assert!(progress, "a wakeup without progress");
            effects.into_iter().for_each(|effect| self.audit(at, effect));
            self.bench.now = at.as_nanos().div_ceil(1_000_000).max(self.bench.now).min(end);
        }
        self.bench.now = end;
        self.settle();
    }

    fn lose(&mut self, found: &Observation) {
        self.lost = true;
        self.forget();
        self.sight(found);
    }

    /// A candidate knows how its own term ended: nobody is waited out for what was seen before it.
    fn forget(&mut self) {
        (self.alive, self.beat) = (None, None);
    }

    /// Lets time pass to the next tick that was asked for.
    pub(super) fn next(&mut self) {
        if let Some(at) = self.bench.protocol.wakeup() {
            let millis = at.as_nanos().div_ceil(1_000_000);
            self.pass(millis.saturating_sub(self.bench.now));
        }
    }

    /// The rule of observed expiry, kept independently.
    fn sight(&mut self, observation: &Observation) {
        let now = self.now();
        match &observation.standing {
            Standing::Led(led) => {
                let number = led.leader.token.unwrap_or_default();
                let same = matches!(&self.beat, Some((beat, token, _)) if *beat == led.beat && *token == number);
                if !same {
                    self.beat = Some((led.beat.clone(), number, now));
                }
                self.alive = (led.leader.session != Some(ME)).then_some((number, now));
            }
            Standing::Released { token, .. } => {
                self.beat = None;
                self.alive = self.alive.filter(|(number, _)| token < number);
            }
            // A foreign candidate, which has no token, releases by emptying the record.
            Standing::Vacant => {
                self.beat = None;
                self.alive = self.alive.filter(|(number, _)| *number > FencingToken::ZERO);
            }
            Standing::Missing => self.beat = None,
        }
    }

    fn audit(&mut self, now: Moment, effect: Effect) {
        let hold = Budget::default().hold();
        match effect {
            Effect::Call(number, call) => {
                assert!(self.in_flight.is_none(), "one call at a time");
                self.permitted(now, &call);
                self.in_flight = Some((number, now, call));
            }
            Effect::Abandon => assert!(self.in_flight.take().is_some()),
            Effect::Begin { token, valid_until } => {
                assert!(self.term.is_none(), "the term before is not over");
                assert!(token > self.highest, "tokens rise");
                assert!(valid_until <= self.answered.unwrap() + hold);
                self.highest = token;
                self.begun += 1;
                self.term = Some(Term {
                    token,
                    valid_until,
                    stopped: false,
                    forced: false,
                    overran: false,
                    ended: false,
                    working: true,
                });
            }
            Effect::Extend(valid_until) => {
                let sent = self.answered.expect("only an answer extends");
                let term = self.term.as_mut().unwrap();
                assert!(!term.ended && now < term.valid_until, "revived");
                assert!(valid_until >= term.valid_until);
                assert!(valid_until <= (sent + hold).max(term.valid_until));
                term.valid_until = valid_until;
            }
            Effect::Stop(_) => {
                let term = self.term.as_mut().unwrap();
                assert!(!std::mem::replace(&mut term.stopped, true), "stopped twice");
            }
            Effect::Force => {
                let term = self.term.as_mut().unwrap();
                assert!(term.stopped && !std::mem::replace(&mut term.forced, true));
            }
            Effect::Overrun => {
                let term = self.term.as_mut().unwrap();
                assert!(term.stopped && !std::mem::replace(&mut term.overran, true));
            }
            Effect::End => {
                let lost = self.lost;
                let term = self.term.as_mut().unwrap();
                assert!(!std::mem::replace(&mut term.ended, true), "ended twice");
                assert!(!term.working || lost, "ended under its work");
                if !lost {
                    self.forget();
                }
            }
            Effect::Refused { token, floor } => {
                assert!(token <= floor);
                self.forget();
            }
            Effect::Settled(_) => {}
            Effect::Fail | Effect::Stopped => {
                assert!(self.term.as_ref().is_none_or(|term| term.ended && !term.working));
            }
        }
    }

    fn permitted(&self, now: Moment, call: &Call) {
        let working = self.term.as_ref().is_some_and(|term| term.working);
        match call {
            Call::Acquire(bid) => {
                assert!(!working, "a bid while work of an earlier term runs");
                assert!(bid.token_floor >= self.highest);
                if let Some(beat) = &bid.may_take.stale {
                    let (seen, _, since) = self.beat.as_ref().expect("a beat in sight");
                    assert_eq!(seen, beat);
                    assert!(now >= *since + ms(LEASE), "taken too early");
                }
                if let (true, Some((_, alive))) = (bid.may_take.unexplained, self.alive) {
                    assert!(now >= alive + ms(LEASE), "missing is not free");
                }
            }
            Call::Renew(_, lease) => {
                let term = self.term.as_ref().unwrap();
                assert!(!term.ended && lease.token == term.token);
            }
            Call::Release(release) => {
                assert!(!working, "released under the work");
                let Some(lease) = &release.lease else { return };
                let ended = self.term.as_ref().is_none_or(|term| term.ended);
                assert!(ended, "released before the end of {}", lease.token);
            }
        }
    }

    fn settle(&mut self) {
        self.lost = false;
        self.answered = None;
        if self.term.as_ref().is_some_and(|term| term.ended && !term.working) {
            self.term = None;
        }
        let valid = self.term.as_ref().filter(|term| !term.ended).map(|term| term.valid_until);
        assert_eq!(self.bench.protocol.valid_until(), valid);
    }

    pub(super) fn work_ends(&mut self) {
        if let Some(term) = self.term.as_mut().filter(|term| term.working) {
            term.working = false;
            self.feed(Event::WorkEnded);
        }
    }

    pub(super) fn answer(&mut self, kind: u8, above: u64) {
        let Some((number, sent, call)) = self.in_flight.clone() else { return };
        let next = token(self.highest.get() + above);
        let granted = Lease::new(next, ms(LEASE), Cookie::none());
        let answer = match call {
            Call::Acquire(_) => Answer::Acquired(match kind {
                0..4 => Ok(Acquire::Won(granted)),
                4 => Ok(Acquire::Held(self.observation(above as u8, above, kind))),
                5 => Ok(Acquire::Held(rival(next.get(), "1"))),
                _ => doubt(),
            }),
            Call::Renew(_, lease) => Answer::Renewed(match kind {
                0..4 => Ok(Renew::Kept(lease, None)),
                4 => Ok(Renew::Kept(lease.clone(), Some(Request::resign(lease.token, "x")))),
                5 => Ok(Renew::Lost(self.observation(above as u8, above, kind))),
                _ => doubt(),
            }),
            Call::Release(_) => Answer::Released(if kind < 5 { Ok(()) } else { doubt() }),
        };
        // An answer after the deadline is not heard; the call is abandoned in that step.
        if self.now() < sent + ms(ATTEMPT) {
            self.in_flight = None;
            self.answered = Some(sent);
            match &answer {
                Answer::Renewed(Ok(Renew::Lost(observation))) => {
                    self.lose(&observation.clone());
                }
                Answer::Acquired(Ok(Acquire::Held(observation))) => {
                    self.sight(&observation.clone());
                }
                _ => {}
            }
        }
        self.feed(Event::Answered(number, answer));
    }

    pub(super) fn observation(&self, kind: u8, number: u64, beat: u8) -> Observation {
        let highest = self.highest.get();
        let beat = beat.to_string();
        match kind {
            0 => rival(highest + number, &beat),
            1 => foreign(&beat),
            2 => mine(highest, &beat),
            3 => missing(),
            4 => vacant(),
            5 => released(highest + number),
            _ => rival(highest.saturating_sub(number), &beat),
        }
    }

    pub(super) fn event(&mut self, kind: u8) {
        let event = match kind {
            0..3 => Event::Contend,
            3 => Event::Withdraw,
            4 => Event::Resign,
            5 => Event::WatchFailed,
            6 => Event::Alive(self.now()),
            _ => Event::Tick,
        };
        self.feed(event);
    }
}
