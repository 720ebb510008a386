//! The models that are checked, by name.

use elector::{Budget, BudgetError};

use super::parameters::{Faults, Parameters, Ticks, rate_ppm};

/// A model by name.
#[derive(Clone, Debug)]
pub struct Instance {
    /// Its name on the command line.
    pub name: &'static str,
    /// Whether it takes long, and belongs to the full form alone.
    pub full: bool,
    /// Its parameters.
    pub parameters: Parameters,
}

fn instance(
    name: &'static str,
    full: bool,
    candidates: u8,
    rates: u32,
    (lease, patience): (u32, u32),
    faults: Faults,
) -> Result<Instance, BudgetError> {
    let budget: Budget = Ticks { lease, patience, rate_ppm: rate_ppm(rates) }.budget()?;
    let parameters = Parameters { candidates, server: false, rates, budget, faults, wrong: None };
    Ok(Instance { name, full, parameters })
}

/// Every model.
///
/// # Errors
///
/// When a budget cannot be made.
pub fn instances() -> Result<Vec<Instance>, BudgetError> {
    let none = Faults::default();
    let server = |mut instance: Instance| {
        instance.parameters.server = true;
        instance
    };
    Ok(vec![
        instance("two", false, 2, 1, (4, 1), none.clone())?,
        instance("two-drift", false, 2, 2, (8, 1), none.clone())?,
        instance("two-release", false, 2, 1, (4, 1), Faults { stops: true, ..none.clone() })?,
        instance("two-crash", false, 2, 1, (4, 1), Faults { crashes: 1, stops: true, ..none.clone() })?,
        instance("two-watch", false, 2, 1, (4, 1), Faults { watch: true, ..none.clone() })?,
        instance("two-delete", false, 2, 1, (4, 1), Faults { deletions: 1, ..none.clone() })?,
        instance("three", true, 3, 1, (4, 1), none.clone())?,
        server(instance("server", false, 2, 1, (4, 1), Faults { late_calls: 1, ..none.clone() })?),
    ])
}
