//! `elector-proof model`.

use std::process::ExitCode;

use clap::Args;

use super::check::{Limits, Outcome, check};
use super::instances::{Instance, instances};
use super::{Model, trace};

/// What `elector-proof model` is told.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Also check the models that take long.
    #[arg(long)]
    full: bool,
    /// Check only the model of this name.
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
    /// Say which models there are.
    #[arg(long)]
    list: bool,
    /// Show the steps that these numbers lead through, in the model that --only names.
    #[arg(long, value_name = "NUMBERS", requires = "only")]
    replay: Option<String>,
    /// Threads that search.
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// Stop each search after about so many states, seen before or not.
    #[arg(long, value_name = "COUNT")]
    states: Option<usize>,
}

/// Checks what it is told to, and says what it found.
#[allow(clippy::print_stdout, clippy::print_stderr)] // A program's output.
pub fn run(arguments: &Arguments) -> ExitCode {
    let all = match instances() {
        Ok(all) => all,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::from(2);
        }
    };
    let chosen: Vec<Instance> = all
        .into_iter()
        .filter(|instance| match &arguments.only {
            Some(only) => *only == instance.name,
            None => arguments.full || !instance.full || arguments.list,
        })
        .collect();
    if chosen.is_empty() {
        eprintln!("there is no model of this name; see --list");
        return ExitCode::from(2);
    }
    if arguments.list {
        for Instance { name, full, parameters } in &chosen {
            println!("{name}{}: {parameters}", if *full { " (full form)" } else { "" });
        }
        return ExitCode::SUCCESS;
    }
    if let (Some(numbers), Some(instance)) = (&arguments.replay, chosen.first()) {
        return match trace::follow(&Model::new(instance.parameters.clone()), numbers) {
            Ok(path) => {
                println!("{}", trace::tell(&path));
                ExitCode::SUCCESS
            }
            Err(message) => {
                eprintln!("{message}");
                ExitCode::from(2)
            }
        };
    }
    let limits = Limits { threads: arguments.threads.max(1), states: arguments.states };
    let mut good = true;
    let mut distinct = 0;
    for instance in &chosen {
        println!("{}: {}", instance.name, instance.parameters);
        let outcome = check(&instance.parameters, limits);
        println!("{}", report(instance, &outcome));
        good &= outcome.is_good();
        distinct += outcome.distinct;
    }
    println!("{} models, {distinct} distinct states: {}", chosen.len(), verdict(good));
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn verdict(good: bool) -> &'static str {
    if good { "every state seen, no rule broken" } else { "NOT GOOD" }
}

fn report(instance: &Instance, outcome: &Outcome) -> String {
    let seconds = outcome.took.as_secs_f64();
    let mut text = format!(
        "  {} distinct states of {} generated, depth {}, {} different candidates, {seconds:.1} s, {:.0} distinct states/s{}\n",
        outcome.distinct,
        outcome.generated,
        outcome.depth,
        outcome.members,
        outcome.distinct as f64 / seconds.max(0.001),
        if outcome.complete { ", complete" } else { ", NOT COMPLETE" },
    );
    for (name, count, due) in &outcome.coverage {
        let mark = if *due && *count == 0 { "  MISSING" } else { "" };
        if *count > 0 || *due {
            text.push_str(&format!("  {count:>12} {name}{mark}\n"));
        }
    }
    if let Some((name, path)) = &outcome.violation {
        let model = Model::new(instance.parameters.clone());
        text.push_str(&format!("  BROKEN in {} steps: {name}\n", path.len() - 1));
        text.push_str(&trace::tell(path));
        text.push_str(&format!(
            "  again: elector-proof model --only {} --replay {}\n",
            instance.name,
            trace::numbers(&model, path),
        ));
    }
    text
}
