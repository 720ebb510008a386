//! What each action does.

use std::sync::Arc;

use elector::FencingToken;
use elector::protocol::{Chance, Event};

use super::Model;
use super::action::Action;
use super::adapter::{self, Next, Script};
use super::breach::Breach;
use super::coverage::Milestone;
use super::member::{Ask, Fate, Member, Stage, Stored};
use super::names::{Outdate, version_now};
use super::parameters::Wrong;
use super::record::{Held, Holder, Write};
use super::state::{Draft, Effect, Slot, State, intern};

impl Model {
    /// The state after `action`.
    pub(super) fn after(&self, state: &State, action: &Action) -> State {
        let mut draft = Draft::of(state);
        let most = Chance::MOST;
        match action {
            Action::Tick(rates) => self.tick(&mut draft, rates),
            Action::Wake(place) => self.feed(&mut draft, (*place).into(), Event::Tick, most),
            Action::Apply(place) if self.parameters.server => {
                self.serve(&mut draft, (*place).into());
            }
            Action::ApplyCopied(place) => self.serve_copied(&mut draft, (*place).into()),
            Action::Apply(place) => self.apply(&mut draft, (*place).into()),
            Action::ApplyLate(number) => self.apply_late(&mut draft, (*number).into()),
            Action::Deliver(place, chance) => self.deliver(&mut draft, (*place).into(), *chance),
            Action::Stray(place) => {
                if let Some(answer) = draft.touch((*place).into()).stray.take() {
                    self.coverage.note(Milestone::Strayed);
                    // No call has this number any more.
                    let event = Event::Answered(0, answer);
                    self.feed(&mut draft, (*place).into(), event, most);
                }
            }
            Action::Doubt(place, chance) => self.doubt(&mut draft, (*place).into(), *chance),
            Action::See(place) => {
                let event = Event::Observed(self.observation(&draft, *place));
                self.feed(&mut draft, (*place).into(), event, most);
            }
            Action::Look(place) => {
                draft.left.looks = draft.left.looks.saturating_sub(1);
                let news = self.observation(&draft, *place);
                draft.touch((*place).into()).news = Some(news);
            }
            Action::Show(place) => {
                if let Some(news) = draft.touch((*place).into()).news.take() {
                    if news != self.observation(&draft, *place) {
                        self.coverage.note(Milestone::OldNews);
                    }
                    self.feed(&mut draft, (*place).into(), Event::Observed(news), most);
                }
            }
            Action::WatchFails(place, chance) => {
                self.feed(&mut draft, (*place).into(), Event::WatchFailed, *chance);
            }
            Action::WorkEnds(place) => {
                draft.left.endings = draft.left.endings.saturating_sub(1);
                if let Some(term) = &mut draft.touch((*place).into()).term {
                    term.running = false;
                }
                self.feed(&mut draft, (*place).into(), Event::WorkEnded, most);
            }
            Action::Resign(place) => self.feed(&mut draft, (*place).into(), Event::Resign, most),
            Action::AskToResign => self.ask_to_resign(&mut draft),
            Action::Withdraw(place) => {
                draft.left.withdrawals -= 1;
                self.feed(&mut draft, (*place).into(), Event::Withdraw, most);
            }
            Action::Contend(place) => self.feed(&mut draft, (*place).into(), Event::Contend, most),
            Action::Shutdown(place) => {
                self.feed(&mut draft, (*place).into(), Event::Shutdown, most)
            }
            Action::Crash(place) => self.crash(&mut draft, *place),
            Action::Delete => self.delete(&mut draft),
        }
        draft.seal(&self.interner)
    }

    fn observation(&self, draft: &Draft, place: u8) -> elector::store::Observation {
        if self.parameters.server {
            draft.store.standing(place, self.parameters.silent)
        } else {
            draft.store.seen(place).observation()
        }
    }

    fn tick(&self, draft: &mut Draft, rates: &[u32]) {
        for place in draft.places() {
            if let Slot::Kept(stored) = &draft.slots[place] {
                draft.slots[place] = Slot::Kept(self.aged(stored, rates[place]));
            }
        }
        if let (true, Some(rate)) = (self.parameters.server, rates.last()) {
            self.age_store(draft, *rate);
        }
    }

    /// A candidate some ticks later, worked out once.
    fn aged(&self, stored: &Arc<Stored>, ticks: u32) -> Arc<Stored> {
        let make = || {
            let mut member: Member = stored.member.clone();
            member.age(ticks);
            intern(member, &self.interner)
        };
        match stored.aged.get(ticks as usize - 1) {
            Some(known) => Arc::clone(known.get_or_init(make)),
            None => make(),
        }
    }

    /// The store carries out the next request of the call of the candidate in `place`.
    fn apply(&self, draft: &mut Draft, place: usize) {
        let Some(flight) = draft.member(place).flight.clone() else { return };
        let seen = draft.store.seen(place as u8);
        let script = Script { seen: Some(&seen), conflicts: flight.conflicts, stores: false };
        let mut conflicts = flight.conflicts;
        let stage = match flight.stage {
            Stage::Load => match adapter::run(&flight.ask, self.lease(), script) {
                Next::Answers(answer) => Stage::Answer(answer),
                Next::Swaps(record, version) => {
                    let new = matches!(flight.ask, Ask::Acquire(..));
                    let write = Write::of(&record, &seen, new);
                    Stage::Swap((version == version_now()).then_some(write))
                }
                Next::Loads => Stage::Load,
            },
            Stage::Swap(None) => {
                self.coverage.note(Milestone::Refused);
                conflicts += 1;
                Stage::Load
            }
            Stage::Swap(Some(write)) => {
                let script = Script { stores: true, ..script };
                let Next::Answers(answer) = adapter::run(&flight.ask, self.lease(), script) else {
                    return;
                };
                if let Ask::Acquire(may_take, _) = &flight.ask {
                    let knew = may_take.released_since > FencingToken::ZERO;
                    if draft.store.held == Held::Missing && knew {
                        self.coverage.note(Milestone::Waited);
                    }
                }
                if flight.ask == Ask::Release(None) {
                    self.coverage.note(Milestone::ClearedUp);
                }
                self.write(draft, Some(place as u8), &write);
                Stage::Answer(answer)
            }
            stage @ (Stage::Whole | Stage::Answer(_)) => stage,
        };
        if let Some(flight) = &mut draft.touch(place).flight {
            (flight.stage, flight.conflicts) = (stage, conflicts);
        }
    }

    fn apply_late(&self, draft: &mut Draft, number: usize) {
        if self.parameters.server {
            return self.serve_late(draft, number);
        }
        let late = draft.late.remove(number);
        if let Effect::Swap(write) = &late.effect {
            self.coverage.note(Milestone::AppliedLate);
            self.write(draft, late.by, write);
        }
    }

    /// Puts `write` into the record; everybody's knowledge of its present is the past then.
    pub(super) fn write(&self, draft: &mut Draft, by: Holder, write: &Write) {
        match write {
            Write::Lead { token, lease, new, request } => {
                if *new {
                    self.took(&draft.store.held, by);
                    if *token <= draft.granted {
                        draft.break_rule(Breach::TokenOrder);
                    }
                    draft.granted = draft.granted.max(*token);
                }
                let shortens = self.parameters.wrong == Some(Wrong::ShortensLeases);
                let lease = if shortens { *lease - super::member::TICK } else { *lease };
                let left = if self.parameters.server { self.keeps() } else { 0 };
                draft.store.held = Held::Led { by, token: *token, lease, request: *request, left };
                draft.store.floor = draft.store.floor.max(*token);
            }
            Write::Free(token) => {
                let runs = |member: &Member| {
                    member.term.as_ref().is_some_and(|term| term.running && term.token == *token)
                };
                if by.is_some_and(|by| runs(draft.member(by.into()))) {
                    draft.break_rule(Breach::StopBeforeRelease);
                }
                draft.store.held = Held::Released(*token);
            }
            Write::Same => {}
            Write::Empty => draft.store.held = Held::Vacant,
        }
        self.outdate(draft, *write != Write::Same);
    }

    fn outdate(&self, draft: &mut Draft, beat: bool) {
        let version =
            !self.parameters.server && self.parameters.wrong != Some(Wrong::IgnoresVersions);
        if version {
            for _ in draft.late.drain(..) {
                self.coverage.note(Milestone::RefusedLate);
            }
        }
        draft.outdate(Outdate { beat, version });
    }

    fn took(&self, held: &Held, by: Holder) {
        self.coverage.note(match held {
            Held::Led { by: before, .. } if *before == by && by.is_some() => Milestone::TookOwn,
            Held::Led { .. } => Milestone::TookExpired,
            Held::Released(_) => Milestone::TookReleased,
            Held::Missing | Held::Vacant => Milestone::TookMissing,
        });
    }

    fn ask_to_resign(&self, draft: &mut Draft) {
        if let Held::Led { request, .. } = &mut draft.store.held {
            *request = true;
            self.outdate(draft, false);
        }
    }

    fn crash(&self, draft: &mut Draft, place: u8) {
        let slot = usize::from(place);
        draft.left.crashes -= 1;
        if draft.member(slot).is_valid() {
            self.coverage.note(Milestone::Crashed);
        }
        if let Some(flight) = draft.touch(slot).flight.take() {
            self.give_up(draft, Some(place), flight);
        }
        for late in draft.late.iter_mut().filter(|late| late.by == Some(place)) {
            late.by = None;
        }
        if let Held::Led { by, .. } = &mut draft.store.held
            && *by == Some(place)
        {
            *by = None;
        }
        self.newcomer(draft, slot);
    }

    fn delete(&self, draft: &mut Draft) {
        draft.left.deletions -= 1;
        if let Some(led) = draft.store.led() {
            for place in draft.places() {
                let member = draft.member(place);
                let holds =
                    member.term.as_ref().is_some_and(|term| !term.ended && term.token == led);
                let wins = member.flight.as_ref().and_then(|flight| flight.won()) == Some(led);
                let member = draft.touch(place);
                if let (true, Some(term)) = (holds, &mut member.term) {
                    term.fate = Fate::Deleted;
                }
                if let (true, Some(flight)) = (wins, &mut member.flight) {
                    flight.fate = Fate::Deleted;
                }
            }
        }
        draft.store.held = Held::Missing;
        if self.parameters.wrong == Some(Wrong::ForgetsTokens) {
            draft.store.floor = FencingToken::ZERO;
        }
        self.outdate(draft, true);
    }
}
