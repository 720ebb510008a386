//! `elector-proof model`.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::check::{Limits, Outcome, Violation, check};
use super::instances::{INSTANCES, Instance};
use super::parameters::Parameters;
use super::{Model, trace};
use crate::page;

/// What `elector-proof model` is told.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Also check the models that take long.
    #[arg(long)]
    full: bool,
    /// Check only the model of this name.
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
    /// Check a model of one's own, such as "candidates=3 lease=4 patience=1 rates=1 stops crashes=1".
    #[arg(long, value_name = "PARAMETERS", conflicts_with = "only")]
    custom: Option<String>,
    /// Say which models there are.
    #[arg(long)]
    list: bool,
    /// Show the steps that these numbers lead through, in the one model that --only or --custom names.
    #[arg(long, value_name = "NUMBERS")]
    replay: Option<String>,
    /// Threads that search.
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// Stop each search after about so many states, seen before or not.
    #[arg(long, value_name = "COUNT")]
    states: Option<usize>,
    /// Write what came of it into this page.
    #[arg(long, value_name = "FILE")]
    page: Option<PathBuf>,
}

/// Checks what it is told to, and says what it found.
#[allow(clippy::print_stdout, clippy::print_stderr)] // A program's output.
pub fn run(arguments: &Arguments) -> ExitCode {
    match carry_out(arguments, &mut |text| println!("{text}")) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::from(2)
        }
    }
}

fn carry_out(arguments: &Arguments, say: &mut impl FnMut(&str)) -> Result<bool, String> {
    let chosen = chosen(arguments)?;
    if arguments.list {
        for Instance { name, text, states, .. } in &chosen {
            let bound = states
                .map(|states| format!(" (not complete: stops after {states} generated states)"));
            say(&format!("{name}: {text}{}", bound.unwrap_or_default()));
        }
        return Ok(true);
    }
    if let Some(numbers) = &arguments.replay {
        let [Instance { text, .. }] = &chosen[..] else {
            return Err("name one model to replay, with --only or --custom".to_owned());
        };
        let model = Model::new(Parameters::parse(text)?);
        say(&trace::tell(&trace::follow(&model, numbers)?));
        return Ok(true);
    }
    let (mut good, mut distinct, mut cuts) = (true, 0, 0);
    let mut table = "| model | parameters | stops, ends at tick | distinct states | depth | time | found |\n|---|---|---|---|---|---|---|\n".to_owned();
    for Instance { name, text, states, .. } in &chosen {
        let parameters = Parameters::parse(text)?;
        // A bound of the model itself is stated; one that is asked for leaves the check undone.
        let cut = arguments.states.is_none() && states.is_some();
        let states = arguments.states.or(*states);
        let limits = Limits { threads: arguments.threads.max(1), states };
        say(&format!("{name}: {text}\n  {parameters}"));
        let outcome = check(&parameters, limits);
        say(&report(text, &parameters, &outcome));
        let _ = writeln!(
            table,
            "| {name} | `{text}` | {}, {} | {} | {} | {:.0} s | {} |",
            parameters.stops_at(),
            parameters.ends_at(),
            outcome.distinct,
            outcome.depth,
            outcome.took.as_secs_f64(),
            verdict(&outcome, cut),
        );
        good &= outcome.is_good() || cut && outcome.violation.is_none();
        cuts += usize::from(cut && !outcome.complete);
        distinct += outcome.distinct;
    }
    let verdict = match (good, cuts) {
        (false, _) => "NOT GOOD".to_owned(),
        (true, 0) => "every state seen, no rule broken".to_owned(),
        (true, cuts) => format!("no rule broken, every state seen but in {cuts} of them"),
    };
    say(&format!("{} models, {distinct} distinct states: {verdict}", chosen.len()));
    if let Some(path) = &arguments.page {
        page::write(path, "model", &table)?;
    }
    Ok(good)
}

fn verdict(outcome: &Outcome, cut: bool) -> &'static str {
    match outcome.violation {
        None if outcome.is_good() => "every state seen, no rule broken",
        None if cut && !outcome.complete => "NOT COMPLETE, no rule broken",
        _ => "NOT GOOD",
    }
}

fn chosen(arguments: &Arguments) -> Result<Vec<Instance<'_>>, String> {
    if let Some(text) = &arguments.custom {
        return Ok(vec![Instance { name: "custom", full: false, text, states: None }]);
    }
    let wanted = |instance: &&Instance<'static>| match &arguments.only {
        Some(only) => *only == instance.name,
        None => arguments.full || arguments.list || !instance.full,
    };
    let chosen: Vec<_> = INSTANCES.iter().filter(wanted).copied().collect();
    if chosen.is_empty() {
        return Err("there is no model of this name; --list names them".to_owned());
    }
    Ok(chosen)
}

fn report(text: &str, parameters: &Parameters, outcome: &Outcome) -> String {
    let seconds = outcome.took.as_secs_f64();
    let mut report = format!(
        "  {} distinct states of {} generated, depth {}, {} different candidates, {seconds:.1} s, \
         {:.0} distinct states/s, {}\n",
        outcome.distinct,
        outcome.generated,
        outcome.depth,
        outcome.members,
        outcome.distinct as f64 / seconds.max(0.001),
        if outcome.complete { "complete" } else { "NOT COMPLETE" },
    );
    for (name, count, due) in &outcome.coverage {
        let mark = if *due && *count == 0 { "  MISSING" } else { "" };
        if *count > 0 || *due {
            let _ = writeln!(report, "  {count:>12} {name}{mark}");
        }
    }
    if let Some(Violation { rule, path }) = &outcome.violation {
        let numbers = trace::numbers(&Model::new(parameters.clone()), path);
        let _ = writeln!(report, "  BROKEN in {} steps: {rule}", path.len() - 1);
        report.push_str(&trace::tell(path));
        let _ =
            writeln!(report, "  again: elector-proof model --custom \"{text}\" --replay {numbers}");
    }
    report
}
