//! The model checker: every state that two or three candidates can reach.
//!
//! Each candidate is a real [`Protocol`], stepped by the function that users run; its calls go through the real
//! adapter [`Recorded`](elector::store::Recorded) to one modelled record, or to a modelled store with expiry of its
//! own. Time passes in ticks, of which each clock counts its own number. Nothing is ever forced to happen: a process
//! may sleep for ever, a request or an answer may be on its way for ever, which is how it gets lost. A call that its
//! caller has given up may still be carried out at any later time.
//!
//! States hold no counters: what is compared is renamed, what lies too far back to matter is forgotten (see
//! `elector::protocol`'s canonical form), so the state space is closed and the search ends because it has seen
//! everything, not because it stopped looking.

mod action;
mod adapter;
mod breach;
mod catches;
mod check;
mod command;
mod coverage;
mod instances;
mod intern;
mod member;
mod names;
mod notes;
mod parameters;
mod record;
mod server;
mod state;
mod step;
mod trace;
mod world;

use std::sync::Arc;
use std::time::Duration;

use elector::protocol::{Chance, Event, Phase, Protocol, Rules};

pub use action::Action;
pub use catches::CATCHES;
pub use check::{Limits, Outcome, Step, Violation, check};
pub use command::{Arguments, run};
pub use instances::{INSTANCES, Instance};
pub use parameters::{Faults, Parameters, Wrong};
pub use state::State;

use coverage::Coverage;
use intern::Interner;
use member::{Member, ORIGIN, Stage, Stored};
use record::Held;
use state::{Draft, Left};

/// A model with its parameters.
#[derive(Clone, Debug)]
pub struct Model {
    parameters: Parameters,
    coverage: Arc<Coverage>,
    interner: Arc<Interner<Stored>>,
}

impl Model {
    /// The model with these parameters.
    pub fn new(parameters: Parameters) -> Self {
        Self { parameters, coverage: Arc::default(), interner: Arc::default() }
    }

    fn lease(&self) -> Duration {
        self.parameters.budget.lease_duration()
    }

    /// A process that has just started, and wants to lead.
    fn newcomer(&self, draft: &mut Draft, place: usize) {
        *draft.touch(place) = self.process();
        self.feed(draft, place, Event::Contend, Chance::MOST);
    }

    fn process(&self) -> Member {
        let rules = Rules::new(names::me(), self.parameters.budget, self.parameters.expiry());
        Member {
            protocol: Protocol::new(rules),
            term: None,
            flight: None,
            stray: None,
            news: None,
            met: Vec::new(),
        }
    }

    /// What the candidate in `place` may do next, or have done to it.
    fn actions_of(&self, state: &State, place: u8, actions: &mut Vec<Action>) {
        let member = &state.members[usize::from(place)].member;
        let faults = &self.parameters.faults;
        match member.flight.as_ref().map(|flight| &flight.stage) {
            Some(Stage::Answer(_)) => actions.push(Action::Deliver(place, Chance::MOST)),
            Some(_) => {
                actions.push(Action::Apply(place));
                if state.left.repeats > 0 {
                    actions.push(Action::ApplyCopied(place));
                }
            }
            None => {}
        }
        if member.protocol.wakeup().is_some_and(|at| at <= ORIGIN) {
            actions.push(Action::Wake(place));
        }
        if member.protocol.phase() == Phase::Stopped {
            if state.left.crashes > 0 {
                actions.push(Action::Crash(place));
            }
            return;
        }
        if faults.doubts && member.flight.is_some() {
            actions.push(Action::Doubt(place, Chance::LEAST));
            actions.push(Action::Doubt(place, Chance::MOST));
        }
        if member.stray.is_some() {
            actions.push(Action::Stray(place));
        }
        if faults.watch {
            actions.push(Action::See(place));
        }
        if faults.late_watch || state.left.looks > 0 {
            actions.push(Action::Look(place));
        }
        if member.news.is_some() {
            actions.push(Action::Show(place));
        }
        if faults.watch_fails {
            actions.push(Action::WatchFails(place, Chance::LEAST));
            actions.push(Action::WatchFails(place, Chance::MOST));
        }
        if (faults.stops || state.left.endings > 0) && member.works() {
            actions.push(Action::WorkEnds(place));
        }
        if faults.resigns && member.protocol.phase() == Phase::Leading {
            actions.push(Action::Resign(place));
        }
        if state.left.withdrawals > 0 {
            actions.push(Action::Withdraw(place));
        }
        if faults.withdrawals > 0 {
            actions.push(Action::Contend(place));
        }
        if faults.shutdowns {
            actions.push(Action::Shutdown(place));
        }
        if state.left.crashes > 0 {
            actions.push(Action::Crash(place));
        }
    }

    /// Every way for the clocks to go on.
    fn ticks(&self, actions: &mut Vec<Action>) {
        let clocks = self.parameters.candidates + u8::from(self.parameters.server);
        let rates = self.parameters.rates;
        for mut number in 0..rates.pow(u32::from(clocks)) {
            let mut each = Vec::with_capacity(usize::from(self.parameters.candidates) + 1);
            for _ in 0..clocks {
                each.push(1 + number % rates);
                number /= rates;
            }
            if clocks == self.parameters.candidates {
                each.push(1);
            }
            actions.push(Action::Tick(each));
        }
    }
}

impl stateright::Model for Model {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let members = (0..self.parameters.candidates).map(|_| self.process()).collect();
        let mut draft = Draft::new(members, Left::of(&self.parameters.faults));
        for place in draft.places() {
            self.newcomer(&mut draft, place);
        }
        vec![draft.seal(&self.interner)]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        // What lies beyond a broken rule is of no interest.
        if state.breach.is_some() {
            return;
        }
        for place in 0..self.parameters.candidates {
            self.actions_of(state, place, actions);
        }
        actions.extend((0..state.late.len()).map(|number| Action::ApplyLate(number as u8)));
        if self.parameters.faults.resigns
            && matches!(state.store.held, Held::Led { request: false, .. })
        {
            actions.push(Action::AskToResign);
        }
        if state.left.deletions > 0 && state.store.held != Held::Missing {
            actions.push(Action::Delete);
        }
        self.ticks(actions);
    }

    fn next_state(&self, state: &State, action: Action) -> Option<State> {
        let next = self.after(state, &action);
        (next != *state).then_some(next)
    }

    fn properties(&self) -> Vec<stateright::Property<Self>> {
        breach::properties()
    }
}
