//! One event for one candidate: what its driver does with the effects, and which rules that could break.

use std::mem;

use elector::FencingToken;
use elector::protocol::{Answer, Call, Chance, Effect, Ended, Event, Phase};
use elector::store::{Acquire, Observation, Renew, Standing};

use super::Model;
use super::adapter::{self, Next, Script};
use super::breach::Breach;
use super::coverage::Milestone;
use super::member::{Ask, Fate, Flight, Member, ORIGIN, Stage, Term};
use super::names::{ME, OTHER, version_now};
use super::notes::Source;
use super::record::Write;
use super::state::{self, Draft, Late};

/// What the event that is fed proves.
#[derive(Clone, Debug, Default)]
struct Proof {
    /// The store granted this very process a term.
    won: Option<FencingToken>,
    /// The term of this process is over, beyond doubt.
    lost: bool,
    /// How the election stood.
    found: Option<Observation>,
    fate: Fate,
    met: Vec<FencingToken>,
}

impl Model {
    /// Feeds an event that is no answer.
    pub(super) fn feed(&self, draft: &mut Draft, place: usize, event: Event, chance: Chance) {
        let mut proof = Proof::default();
        if let Event::Observed(observation) = &event {
            proof.lost = draft.member(place).loses_by(observation);
            proof.found = Some(observation.clone());
        }
        self.step(draft, place, event, chance, proof);
    }

    /// Hands over the answer that is on its way.
    pub(super) fn deliver(&self, draft: &mut Draft, place: usize, chance: Chance) {
        let Some(Flight { ask, stage: Stage::Answer(answer), fate, met, .. }) =
            draft.touch(place).flight.take()
        else {
            return;
        };
        let mut proof = Proof { fate, met, ..Proof::default() };
        match &answer {
            Answer::Acquired(Ok(Acquire::Won(lease))) => proof.won = Some(lease.token),
            Answer::Acquired(Ok(Acquire::Held(found))) => {
                proof.found = Some(found.clone());
            }
            Answer::Renewed(Ok(Renew::Lost(found))) => {
                proof.found = Some(found.clone());
                proof.lost = true;
                self.coverage.note(Milestone::Lost);
                if let Ask::Renew(lease) = &ask
                    && own(found) > Some(lease.token)
                {
                    draft.break_rule(Breach::NoRivalOfItsOwn);
                }
            }
            Answer::Renewed(Ok(Renew::Kept(_, request))) => {
                self.coverage.note(Milestone::Renewed);
                if request.is_some() {
                    self.coverage.note(Milestone::Requested);
                }
            }
            _ => {}
        }
        self.step(draft, place, Event::Answered(1, answer), chance, proof);
    }

    /// Answers the call on its way with doubt; what was sent may still arrive.
    pub(super) fn doubt(&self, draft: &mut Draft, place: usize, chance: Chance) {
        let Some(flight) = draft.touch(place).flight.take() else { return };
        let doubt = elector::ErrorKind::Unavailable;
        let answer = match &flight.ask {
            Ask::Acquire(..) => Answer::Acquired(Err(doubt)),
            Ask::Renew(_) => Answer::Renewed(Err(doubt)),
            Ask::Release(_) => Answer::Released(Err(doubt)),
        };
        self.coverage.note(Milestone::Doubted);
        self.give_up(draft, Some(place as u8), flight);
        self.step(draft, place, Event::Answered(1, answer), chance, Proof::default());
    }

    /// Takes note of a rival that is shown alive.
    fn meet(&self, member: &mut Member, observation: &Observation) {
        let Some(token) = rival(observation) else { return };
        let leads = member.term.as_ref().is_some_and(|term| !term.ended);
        if self.parameters.faults.deletions > 0 && !leads && !member.met.contains(&token) {
            member.met.push(token);
            member.met.sort_unstable();
        }
    }

    fn step(
        &self,
        draft: &mut Draft,
        place: usize,
        event: Event,
        chance: Chance,
        mut proof: Proof,
    ) {
        let answers = matches!(event, Event::Answered(..));
        let source = Source::of(&event);
        let effects = draft.touch(place).protocol.step(ORIGIN, chance, event);
        self.note(draft.member(place), source, &effects);
        // An answer to a call that is overdue is not heard.
        if answers && effects.contains(&Effect::Abandon) {
            proof = Proof::default();
        }
        if let Some(found) = proof.found.take() {
            self.meet(draft.touch(place), &found);
        }
        let lost = proof.lost;
        for effect in effects {
            self.carry_out(draft, place, effect, &mut proof);
        }
        let member = draft.touch(place);
        if member.term.as_ref().is_some_and(|term| term.ended && !term.running) {
            member.term = None;
        }
        let believes = |until: elector::clock::Moment| until.max(ORIGIN);
        let term = member.term.as_ref().filter(|term| !term.ended);
        let agree = term.map(|term| believes(term.valid_until))
            == member.protocol.valid_until().map(believes);
        let current = member.is_valid();
        if lost && current {
            draft.break_rule(Breach::DefiniteLoss);
        }
        if !agree {
            draft.break_rule(Breach::Account);
        }
    }

    fn carry_out(&self, draft: &mut Draft, place: usize, effect: Effect, proof: &mut Proof) {
        match effect {
            Effect::Call(_, call) => self.call(draft, place, &call),
            Effect::Abandon => {
                if let Some(flight) = draft.touch(place).flight.take() {
                    self.coverage.note(Milestone::TimedOut);
                    if let (true, Stage::Answer(answer)) =
                        (self.parameters.faults.strays, &flight.stage)
                    {
                        draft.touch(place).stray = Some(answer.clone());
                    }
                    self.give_up(draft, Some(place as u8), flight);
                }
            }
            Effect::Begin { token, valid_until } => {
                if proof.won.take() != Some(token) {
                    draft.break_rule(Breach::SelfInheritance);
                }
                if draft.member(place).works() {
                    draft.break_rule(Breach::OneTermAtATime);
                }
                let (fate, met) = (proof.fate, mem::take(&mut proof.met));
                let term = Term { token, valid_until, ended: false, running: true, fate, met };
                draft.touch(place).term = Some(term);
                self.began(draft, place, token);
            }
            Effect::Extend(valid_until) => {
                let member = draft.touch(place);
                let leads = member.protocol.phase() == Phase::Leading;
                if let Some(term) = &mut member.term {
                    if leads && term.valid_until < valid_until {
                        self.coverage.note(Milestone::Prolonged);
                    }
                    term.valid_until = valid_until;
                }
            }
            Effect::Stop(why) => {
                match &why {
                    Ended::Expired => self.coverage.note(Milestone::Expired),
                    Ended::Resigned => self.coverage.note(Milestone::Resigned),
                    _ => {}
                }
                // As the driver does: a lost term is over before the work is told.
                if let (Some(term), Ended::Lost(_)) = (&mut draft.touch(place).term, &why) {
                    term.valid_until = ORIGIN;
                }
            }
            Effect::End => {
                if let Some(term) = &mut draft.touch(place).term {
                    term.ended = true;
                    term.valid_until = ORIGIN;
                    term.fate = Fate::Untouched;
                    term.met.clear();
                }
            }
            _ => {}
        }
    }

    fn call(&self, draft: &mut Draft, place: usize, call: &Call) {
        let member = draft.member(place);
        let ask = match call {
            Call::Acquire(bid) => Ask::Acquire(bid.may_take.clone(), bid.token_floor),
            Call::Renew(_, lease) => Ask::Renew(lease.clone()),
            Call::Release(release) => Ask::release(release),
        };
        let rule = match &ask {
            Ask::Renew(lease) => {
                let ours = |term: &Term| !term.ended && term.token == lease.token;
                (!member.term.as_ref().is_some_and(ours)).then_some(Breach::SelfInheritance)
            }
            _ => member.works().then_some(Breach::StopBeforeRelease),
        };
        rule.into_iter().for_each(|rule| draft.break_rule(rule));
        if draft.member(place).flight.is_some() {
            draft.break_rule(Breach::OneCallAtATime);
        }
        let stage = if self.parameters.server {
            Stage::Whole
        } else {
            let script = Script { seen: None, conflicts: 0, stores: false };
            match adapter::run(&ask, self.lease(), script) {
                Next::Swaps(record, version) if version == version_now() => {
                    let seen = draft.store.seen(place as u8);
                    Stage::Swap(Some(Write::of(&record, &seen, false)))
                }
                Next::Swaps(..) => Stage::Swap(None),
                Next::Loads => Stage::Load,
                Next::Answers(answer) => Stage::Answer(answer),
            }
        };
        let member = draft.touch(place);
        let met = if matches!(ask, Ask::Acquire(..)) { member.met.clone() } else { Vec::new() };
        member.flight = Some(Flight { ask, stage, conflicts: 0, fate: Fate::Untouched, met });
    }

    /// What was sent for a call that nobody waits for any more may still arrive.
    pub(super) fn give_up(&self, draft: &mut Draft, by: Option<u8>, flight: Flight) {
        let effect = match flight.stage {
            Stage::Swap(Some(write)) => state::Effect::Swap(write),
            Stage::Whole => state::Effect::Call(flight.ask),
            Stage::Load | Stage::Swap(None) | Stage::Answer(_) => return,
        };
        let late = Late { by, copy: false, effect };
        match &late.effect {
            state::Effect::Swap(_) => {
                // Two of a kind are as good as one: the first that arrives takes the version from the other.
                if !draft.late.contains(&late) {
                    draft.late.push(late);
                }
            }
            state::Effect::Call(_) => {
                draft.late.retain(|other| *other != late);
                draft.late.push(late);
                let most = usize::from(self.parameters.faults.late_calls);
                let mine = |other: &Late| other.by == by && !other.copy;
                while draft.late.iter().filter(|other| mine(other)).count() > most {
                    let oldest = draft.late.iter().position(mine).unwrap_or_default();
                    draft.late.remove(oldest);
                }
            }
        }
    }

    /// What a new term means for the terms of others.
    fn began(&self, draft: &mut Draft, place: usize, token: FencingToken) {
        self.coverage.note(Milestone::Began);
        for other in draft.places().filter(|other| *other != place) {
            let rival = draft.member(other);
            let Some(term) = rival.term.as_ref().filter(|term| term.running) else { continue };
            if term.token < token && rival.protocol.phase() == Phase::Leading {
                self.coverage.note(Milestone::Overtaken);
            }
            if term.token == token {
                draft.break_rule(Breach::TokenOrder);
            }
            if !draft.member(other).is_valid() {
                continue;
            }
            let newer_is_ours =
                draft.member(other).term.as_ref().is_some_and(|term| term.token < token);
            let (older, newer) = if newer_is_ours { (other, place) } else { (place, other) };
            let Some(older_term) = draft.member(older).term.as_ref() else { continue };
            let (fate, old) = (older_term.fate, older_term.token);
            let newcomer = |term: &Term| {
                // A store with expiry of its own knows no difference between deleted and expired.
                !term.met.contains(&old) || self.parameters.server
            };
            if fate == Fate::Deleted && draft.member(newer).term.as_ref().is_some_and(newcomer) {
                self.coverage.note(Milestone::Orphaned);
                if let Some(term) = &mut draft.touch(older).term {
                    term.fate = Fate::Orphaned;
                }
            }
        }
    }
}

/// The token of a leader that is the very process that sees it.
fn own(observation: &Observation) -> Option<FencingToken> {
    match &observation.standing {
        Standing::Led(led) if led.leader.session == Some(ME) => led.leader.token,
        _ => None,
    }
}

/// The token of a leader that is somebody else.
fn rival(observation: &Observation) -> Option<FencingToken> {
    match &observation.standing {
        Standing::Led(led) if led.leader.session == Some(OTHER) => led.leader.token,
        _ => None,
    }
}

impl Member {
    /// Whether what it is shown proves that its term is over.
    fn loses_by(&self, observation: &Observation) -> bool {
        let term = self.term.as_ref().filter(|term| !term.ended);
        term.is_some_and(|term| rival(observation) > Some(term.token))
    }
}
