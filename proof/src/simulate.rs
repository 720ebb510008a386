//! `elector-proof simulate`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use elector_testing::simulation::{DamageShare, Options, Report, run as simulate};

use crate::page;

/// What `elector-proof simulate` is told.
#[derive(Debug, Args)]
pub struct Arguments {
    /// How many hours to simulate, each with a seed of its own.
    #[arg(long, default_value_t = 2000)]
    hours: u64,
    /// The first seed.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Threads that simulate.
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// Make every run twice, and compare the traces.
    #[arg(long)]
    twice: bool,
    /// No run in which the record is deleted, wiped, restored or edited.
    #[arg(long, conflicts_with = "damaged")]
    undamaged: bool,
    /// Only runs in which the record is deleted, wiped, restored or edited.
    #[arg(long)]
    damaged: bool,
    /// Judge by this rule alone, such as I1.
    #[arg(long, value_name = "RULE")]
    only: Option<String>,
    /// How many of the last events of a failed run to show.
    #[arg(long, default_value_t = 400, value_name = "COUNT")]
    timeline: usize,
    /// Write what came of it into this page.
    #[arg(long, value_name = "FILE")]
    page: Option<PathBuf>,
}

/// Simulates what it is told to, and says what it found.
#[allow(clippy::print_stdout, clippy::print_stderr, reason = "a program's output")]
pub fn run(arguments: &Arguments) -> ExitCode {
    let options = options(arguments);
    let report = simulate(&options);
    println!("{report}");
    for failure in &report.failures {
        println!("again: {} --hours 1 --seed {}", command(arguments), failure.seed);
    }
    if let Some(path) = &arguments.page
        && let Err(message) = page::write(path, "simulate", &page_of(arguments, &report))
    {
        eprintln!("{message}");
        return ExitCode::from(2);
    }
    if report.is_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn options(arguments: &Arguments) -> Options {
    let mut options = Options::new(arguments.seed, arguments.hours);
    options.threads = arguments.threads.max(1);
    options.twice = arguments.twice;
    options.only.clone_from(&arguments.only);
    options.timeline = arguments.timeline;
    options.damage = match (arguments.undamaged, arguments.damaged) {
        (true, _) => DamageShare::Never,
        (_, true) => DamageShare::Always,
        _ => DamageShare::Sometimes,
    };
    options
}

fn command(arguments: &Arguments) -> String {
    let mut command = "cargo run --release -p elector-proof -- simulate".to_owned();
    for (flag, name) in [(arguments.undamaged, " --undamaged"), (arguments.damaged, " --damaged")] {
        if flag {
            command.push_str(name);
        }
    }
    if let Some(rule) = &arguments.only {
        command.push_str(&format!(" --only {rule}"));
    }
    command
}

fn page_of(arguments: &Arguments, report: &Report) -> String {
    let Arguments { hours, seed, .. } = arguments;
    let command = command(arguments);
    format!(
        "```console\n$ {command} --hours {hours} --seed {seed}\n{}\n```\n",
        report.to_string().trim()
    )
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    #[derive(Debug, clap::Parser)]
    struct Cli {
        #[command(flatten)]
        arguments: Arguments,
    }

    #[test]
    fn a_run_is_repeated_with_what_it_was_judged_by() {
        let told = |flags: &[&str]| {
            let flags = std::iter::once("simulate").chain(flags.iter().copied());
            command(&Cli::try_parse_from(flags).unwrap().arguments)
        };
        assert!(told(&["--damaged", "--only", "I1"]).ends_with("simulate --damaged --only I1"));
        assert!(told(&[]).ends_with("simulate"));
    }
}
