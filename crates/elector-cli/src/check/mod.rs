//! `elector check`: what the settings mean, and what a change of them needs.

mod change;
mod promises;

use std::io::{self, Write as _};

use elector_config::Settings;

use crate::cli::{CheckArgs, ElectionArgs};
use crate::exit::Exit;
use crate::settings::{self, Refused};
use crate::stores::Stores;

/// Runs `elector check` to its end.
pub(crate) fn main(election: &ElectionArgs, args: &CheckArgs) -> Exit {
    let text = match report(election, args) {
        Ok(text) => text,
        Err(refused) => return refused.tell(),
    };
    match io::stdout().write_all(text.as_bytes()) {
        Ok(()) => Exit::Success,
        Err(error) => {
            tracing::error!("cannot write: {error}");
            Exit::Internal
        }
    }
}

fn report(election: &ElectionArgs, args: &CheckArgs) -> Result<String, Refused> {
    let settings = settings::load(election)?;
    let mut text = describe(&settings)?;
    if let Some(path) = &args.was {
        let old = settings::load(&ElectionArgs { config: Some(path.clone()), ..election.clone() })?;
        // A file that never worked is not what a fleet runs with.
        describe(&old)?;
        text.push_str(&format!("\nChange from {}\n", path.display()));
        text.push_str(&indented(&change::advice(&old, &settings, path)));
    }
    Ok(text)
}

/// The settings, the time budget and the store's promises.
fn describe(settings: &Settings) -> Result<String, Refused> {
    let stores = Stores::new();
    let guarantees = stores.backend(settings)?.guarantees();
    let budget = settings.budget()?;
    // What only the whole can refuse, such as a lease too short for the store.
    stores.elector(settings)?;
    let mut text = format!(
        "Settings\n{}\nTime\n{}\nStore: {}{}\n{}",
        indented(&settings.explain().to_string()),
        indented(&budget.explain()),
        settings.kind(),
        stores.place(settings).map(|place| format!(", {place}")).unwrap_or_default(),
        indented(&promises::in_words(&guarantees, budget.lease_duration())),
    );
    if let Some(rights) = stores.cluster().rights() {
        text.push_str(&format!("\nA candidate needs\n{}", indented(&rights)));
    }
    Ok(text)
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("{}\n", format!("  {line}").trim_end())).collect()
}
