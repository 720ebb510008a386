//! Runs a search to its end.

use std::time::Duration;

use elector::clock::{BootClock, Clock as _};
use stateright::{Checker as _, HasDiscoveries, Model as _};

use super::parameters::Parameters;
use super::{Action, Model, State};

/// When to give up.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How many threads search.
    pub threads: usize,
    /// Stop after about so many states, seen again or not.
    pub states: Option<usize>,
}

/// A state, and what happened next.
pub type Step = (State, Option<Action>);

/// A rule that does not hold.
#[derive(Debug)]
pub struct Violation {
    /// The rule.
    pub rule: &'static str,
    /// A way from the first state to one that breaks it; among the shortest when one thread searches.
    pub path: Vec<Step>,
}

/// What a search found.
#[derive(Debug)]
pub struct Outcome {
    /// How many different states were seen.
    pub distinct: usize,
    /// How many states were generated, seen before or not.
    pub generated: usize,
    /// The length of the longest of the shortest ways to a state.
    pub depth: usize,
    /// How many different candidates the states consist of.
    pub members: usize,
    /// How long it took.
    pub took: Duration,
    /// Whether every state that can be reached was seen.
    pub complete: bool,
    /// The rule that is broken, and how.
    pub violation: Option<Violation>,
    /// What happened, how often, and whether it had to happen.
    pub coverage: Vec<(&'static str, u64, bool)>,
}

impl Outcome {
    /// What should have happened and did not.
    pub fn missing(&self) -> impl Iterator<Item = &'static str> {
        self.coverage.iter().filter(|(_, count, due)| *due && *count == 0).map(|(name, ..)| *name)
    }

    /// Whether the search saw everything, found no violation, and all that had to happen did.
    pub fn is_good(&self) -> bool {
        self.complete && self.violation.is_none() && self.missing().next().is_none()
    }
}

/// Looks at every state of the model with these parameters, or at as many as `limits` allow.
pub fn check(parameters: &Parameters, limits: Limits) -> Outcome {
    let model = Model::new(parameters.clone());
    let clock = BootClock::new();
    let began = clock.now();
    let mut builder =
        model.clone().checker().threads(limits.threads).finish_when(HasDiscoveries::AnyFailures);
    if let Some(states) = limits.states {
        builder = builder.target_state_count(states);
    }
    let checker = builder.spawn_bfs().join();
    let took = clock.now().since(began);
    let generated = checker.state_count();
    let violation = checker
        .discoveries()
        .into_iter()
        .min_by_key(|(name, path)| (path.clone().into_actions().len(), *name))
        .map(|(rule, path)| Violation { rule, path: path.into_vec() });
    Outcome {
        distinct: checker.unique_state_count(),
        generated,
        depth: checker.max_depth(),
        members: model.interner.len(),
        took,
        complete: violation.is_none() && limits.states.is_none_or(|states| generated < states),
        violation,
        coverage: model.coverage.table(parameters),
    }
}
