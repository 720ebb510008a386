//! What must never happen.

use super::state::State;
use super::{Model, member};

/// A rule that a step broke. Uniqueness is seen in a state; these are seen in a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Breach {
    TokenOrder,
    SelfInheritance,
    StopBeforeRelease,
    DefiniteLoss,
    OneTermAtATime,
    Account,
    OneCallAtATime,
    NoRivalOfItsOwn,
}

pub(super) const UNIQUENESS: &str = "uniqueness: never two current terms at one instant";

/// Whether no two candidates believe to lead, other than where the documentation says so.
pub(super) fn is_unique(state: &State) -> bool {
    let mut current =
        state.members().filter_map(|member| member.term.as_ref()).filter(|term| term.is_current());
    let Some(first) = current.next() else { return true };
    let mut terms = vec![first];
    for term in current {
        let clash = |other: &&member::Term| {
            let older = if other.token < term.token { *other } else { term };
            older.fate != member::Fate::Orphaned
        };
        if terms.iter().any(clash) {
            return false;
        }
        terms.push(term);
    }
    true
}

macro_rules! properties {
    ($($breach:ident => $name:literal,)+) => {
        pub(super) fn properties() -> Vec<stateright::Property<Model>> {
            vec![
                stateright::Property::always(UNIQUENESS, |_, state| is_unique(state)),
                $(stateright::Property::always($name, |_, state: &State| {
                    state.breach != Some(Breach::$breach)
                }),)+
            ]
        }
    };
}

properties! {
    TokenOrder => "token order: every term has a token greater than every earlier term's",
    SelfInheritance => "no self-inheritance: a term begins only with an acquire of this very process",
    StopBeforeRelease => "stop before release: nothing is released or bid for while work runs",
    DefiniteLoss => "definite loss is immediate: a lost term is not current after the step that learnt it",
    OneTermAtATime => "one term at a time: a term begins only after the work of the one before it",
    Account => "one account: the protocol and the work agree until when the term is valid",
    OneCallAtATime => "one call at a time: no call is made while another is on its way",
    NoRivalOfItsOwn => "no rival of its own: no term is lost to a later one of the same process",
}
