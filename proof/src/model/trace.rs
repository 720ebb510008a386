//! A way to a state, step by step, for people.

use std::fmt::{self, Write as _};

use elector::clock::Moment;
use stateright::Model as _;

use super::Model;
use super::action::{Named, label};
use super::check::Step;
use super::member::{Ask, Member, ORIGIN, Stage, TICK};
use super::record::Held;
use super::state::State;

/// The steps of a violation with what each of them left.
pub(super) fn tell(path: &[Step]) -> String {
    let mut text = String::new();
    for (number, (state, action)) in path.iter().enumerate() {
        let _ = write!(text, "{}", Shown(state));
        if let Some(action) = action {
            let _ = writeln!(text, "{:>3}. {}", number + 1, Named(action, &state.labels));
        }
    }
    text
}

/// The numbers that lead there again.
pub(super) fn numbers(model: &Model, path: &[Step]) -> String {
    let number = |(state, action): &Step| {
        let action = action.as_ref()?;
        let mut actions = Vec::new();
        model.actions(state, &mut actions);
        actions.iter().position(|other| other == action).map(|number| number.to_string())
    };
    path.iter().filter_map(number).collect::<Vec<_>>().join("/")
}

/// The way that the numbers lead.
pub(super) fn follow(model: &Model, numbers: &str) -> Result<Vec<Step>, String> {
    let mut state = model.init_states().into_iter().next().ok_or("the model has no state")?;
    let mut path = Vec::new();
    for number in numbers.split('/').filter(|number| !number.is_empty()) {
        let index: usize = number.parse().map_err(|_| format!("{number:?} is no number"))?;
        let mut actions = Vec::new();
        model.actions(&state, &mut actions);
        let action = actions
            .get(index)
            .cloned()
            .ok_or_else(|| format!("step {} has no action {index}", path.len() + 1))?;
        let next = model.after(&state, &action);
        path.push((state, Some(action)));
        state = next;
    }
    path.push((state, None));
    Ok(path)
}

struct Shown<'a>(&'a State);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.0;
        let who = |place: u8| label(state.labels[usize::from(place)]);
        write!(f, "       store: ")?;
        match &state.store.held {
            Held::Missing => write!(f, "no record")?,
            Held::Vacant => write!(f, "an empty record")?,
            Held::Released(token) => write!(f, "released by term {token}")?,
            Held::Led { by, token, request, left, .. } => {
                match by {
                    Some(by) => write!(f, "led by {} in term {token}", who(*by))?,
                    None => write!(f, "led by a dead process in term {token}")?,
                }
                if *left > 0 {
                    write!(f, " for {left} ticks")?;
                }
                if *request {
                    write!(f, ", asked to resign")?;
                }
            }
        }
        for late in &state.late {
            match late.by {
                Some(by) => write!(f, "; late from {}: {:?}", who(by), late.effect)?,
                None => write!(f, "; late from the dead: {:?}", late.effect)?,
            }
        }
        writeln!(f)?;
        // In the order of their names, not of their places.
        let mut members: Vec<_> = state.members().enumerate().collect();
        members.sort_by_key(|(place, _)| state.labels[*place]);
        for (place, member) in members {
            write!(f, "       {}: {:?}", who(place as u8), member.protocol.phase())?;
            write_member(f, member)?;
            writeln!(f)?;
        }
        match state.breach {
            Some(breach) => writeln!(f, "       BROKEN: {breach:?}"),
            None => Ok(()),
        }
    }
}

fn write_member(f: &mut fmt::Formatter<'_>, member: &Member) -> fmt::Result {
    if let Some(term) = &member.term {
        write!(f, ", term {}", term.token)?;
        if term.is_current() {
            write!(f, " CURRENT for {}", ticks(term.valid_until))?;
        } else {
            write!(f, " over")?;
        }
        write!(f, ", {:?}", term.fate)?;
    }
    if let Some(flight) = &member.flight {
        let ask = match &flight.ask {
            Ask::Acquire(may_take, _) if may_take.stale.is_some() => "acquire (stale leader)",
            Ask::Acquire(may_take, _) if may_take.unexplained => "acquire (vacant)",
            Ask::Acquire(..) => "acquire (released)",
            Ask::Renew(_) => "renew",
            Ask::Release(Some(_)) => "release",
            Ask::Release(None) => "clear up",
        };
        match &flight.stage {
            Stage::Load => write!(f, ", {ask}: to be read")?,
            Stage::Swap(Some(write)) => write!(f, ", {ask}: to be written: {write:?}")?,
            Stage::Swap(None) => write!(f, ", {ask}: to be refused")?,
            Stage::Whole => write!(f, ", {ask}: on its way")?,
            Stage::Answer(answer) => write!(f, ", {ask}: answered {answer:?}")?,
        }
    }
    if let Some(at) = member.protocol.wakeup() {
        write!(f, ", wakes in {}", ticks(at))?;
    }
    Ok(())
}

fn ticks(at: Moment) -> f64 {
    at.since(ORIGIN).as_secs_f64() / TICK.as_secs_f64()
}
