//! A store with expiry of its own: what `elector::memory::Memory` does, on a clock that the model moves.

use elector::protocol::Answer;
use elector::store::{Acquire, Cookie, Lease, Renew, Request};

use super::Model;
use super::coverage::Milestone;
use super::member::{Ask, Stage, TICK};
use super::names::Outdate;
use super::parameters::Wrong;
use super::record::{Held, Holder, Write};
use super::state::{Draft, Effect, Late};

impl Model {
    /// Carries out the whole call of the candidate in `place`.
    pub(super) fn serve(&self, draft: &mut Draft, place: usize) {
        let by = place as u8;
        let Some(flight) = draft.member(place).flight.clone() else { return };
        if flight.ask.is_ordered() {
            // Whatever it sent before comes too late now.
            let before = draft.late.len();
            draft.late.retain(|late| late.by != Some(by) || !late.is_ordered());
            for _ in draft.late.len()..before {
                self.coverage.note(Milestone::RefusedLate);
            }
        }
        let answer = self.answer(draft, Some(by), by, &flight.ask);
        if let Some(flight) = &mut draft.touch(place).flight {
            flight.stage = Stage::Answer(answer);
        }
    }

    /// Carries out the call of the candidate in `place`, which will arrive once more.
    pub(super) fn serve_copied(&self, draft: &mut Draft, place: usize) {
        let Some(flight) = draft.member(place).flight.clone() else { return };
        draft.left.repeats -= 1;
        self.serve(draft, place);
        let effect = Effect::Call(flight.ask);
        draft.late.push(Late { by: Some(place as u8), copy: true, effect });
    }

    /// Carries out a call whose caller has given up, or that was carried out before.
    pub(super) fn serve_late(&self, draft: &mut Draft, number: usize) {
        let late = draft.late.remove(number);
        let Effect::Call(ask) = &late.effect else { return };
        if ask.is_ordered() && late.by.is_some() {
            let mut index = 0;
            draft.late.retain(|other| {
                let earlier = index < number;
                index += 1;
                !(earlier && other.by == late.by && other.is_ordered())
            });
        }
        if late.copy {
            self.coverage.note(Milestone::Repeated);
            // The number of the call tells: it is not greater than the latest one of its session.
            if ask.is_ordered() && self.parameters.wrong != Some(Wrong::ActsTwice) {
                return;
            }
        }
        self.coverage.note(Milestone::AppliedLate);
        self.answer(draft, late.by, late.by.unwrap_or(u8::MAX), ask);
    }

    fn answer(&self, draft: &mut Draft, by: Holder, place: u8, ask: &Ask) -> Answer {
        let ours = |token: Option<elector::FencingToken>, held: &Held| {
            matches!(held, Held::Led { by: leader, token: led, .. }
                if *leader == by && token.is_none_or(|token| token == *led))
        };
        match ask {
            Ask::Acquire(_, floor) => {
                let live = matches!(draft.store.held, Held::Led { left: 1.., .. });
                if live && (by.is_none() || !ours(None, &draft.store.held)) {
                    return Answer::Acquired(Ok(Acquire::Held(
                        draft.store.standing(place, self.parameters.silent),
                    )));
                }
                let next = draft.store.floor.max(*floor).next();
                let token = next.unwrap_or(elector::FencingToken::MAX);
                let lease = self.lease();
                self.write(draft, by, &Write::Lead { token, lease, new: true, request: false });
                Answer::Acquired(Ok(Acquire::Won(Lease::new(token, lease, Cookie::none()))))
            }
            Ask::Renew(lease) => {
                let token = lease.token;
                match &draft.store.held {
                    Held::Led { left: 1.., request, .. }
                        if ours(Some(token), &draft.store.held) =>
                    {
                        let request = *request;
                        let kept = Lease::new(token, self.lease(), Cookie::none());
                        let write = Write::Lead { token, lease: self.lease(), new: false, request };
                        self.write(draft, by, &write);
                        let request = request.then(|| Request::resign(token, "x"));
                        Answer::Renewed(Ok(Renew::Kept(kept, request)))
                    }
                    _ => Answer::Renewed(Ok(Renew::Lost(
                        draft.store.standing(place, self.parameters.silent),
                    ))),
                }
            }
            Ask::Release(held) => {
                let token = held.as_ref().map(|lease| lease.token);
                if ours(token, &draft.store.held) {
                    let led = draft.store.led().unwrap_or_default();
                    self.write(draft, by, &Write::Free(led));
                }
                Answer::Released(Ok(()))
            }
        }
    }

    /// For how many ticks of its own clock the store keeps a lease.
    pub(super) fn keeps(&self) -> u32 {
        let ticks = self.lease().as_nanos().div_ceil(TICK.as_nanos()) as u32;
        if self.parameters.wrong == Some(Wrong::ExpiresEarly) { ticks - 1 } else { ticks }
    }

    /// Lets the store's own clock go on.
    pub(super) fn age_store(&self, draft: &mut Draft, ticks: u32) {
        let Held::Led { left, .. } = &mut draft.store.held else { return };
        if *left == 0 {
            return;
        }
        *left = left.saturating_sub(ticks);
        if *left == 0 {
            self.coverage.note(Milestone::Ran);
            draft.outdate(Outdate { beat: true, version: false });
        }
    }
}

impl Ask {
    /// Whether a later call of the same session makes it void.
    pub(super) fn is_ordered(&self) -> bool {
        !matches!(self, Self::Renew(_))
    }
}

impl Late {
    fn is_ordered(&self) -> bool {
        matches!(&self.effect, Effect::Call(ask) if ask.is_ordered())
    }
}
