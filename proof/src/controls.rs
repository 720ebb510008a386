//! `elector-proof controls`: which check catches which wrong rule, and how fast.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

/// What `elector-proof controls` is told.
#[derive(Debug, Args)]
pub struct Arguments {
    /// How many hours to simulate for each wrong rule, at most.
    #[arg(long, default_value_t = 1000)]
    hours: u64,
    /// Threads that check.
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// Write the table into this page.
    #[arg(long, value_name = "FILE")]
    page: Option<PathBuf>,
}

/// Says how to build what has wrong rules to switch to.
#[cfg(not(elector_flaws))]
#[allow(clippy::print_stderr, reason = "a program's output")]
pub fn run(arguments: &Arguments) -> ExitCode {
    let _ = arguments;
    eprintln!(
        "this build has no wrong rules: RUSTFLAGS=\"--cfg elector_flaws\" cargo run --release \
         --target-dir target/flaws -p elector-proof -- controls"
    );
    ExitCode::from(2)
}

/// Switches to each wrong rule in turn, and says which check caught it.
#[cfg(elector_flaws)]
#[allow(clippy::print_stdout, clippy::print_stderr, reason = "a program's output")]
pub fn run(arguments: &Arguments) -> ExitCode {
    use elector::flaw::Flaw;

    let mut table = "| wrong rule | the model | the simulator |\n|---|---|---|\n".to_owned();
    let mut good = true;
    for flaw in Flaw::ALL {
        Flaw::set(Some(flaw));
        let (model, simulator) = (by_model(arguments, flaw), by_simulator(arguments));
        Flaw::set(None);
        let caught = model.is_some() || simulator.is_some();
        good &= caught;
        let said = |found: Option<String>| found.unwrap_or_else(|| "–".to_owned());
        let row = format!("| `{}` | {} | {} |\n", flaw.name(), said(model), said(simulator));
        print!("{row}");
        if !caught {
            println!("NOT CAUGHT: {}", flaw.name());
        }
        table.push_str(&row);
    }
    if let Some(path) = &arguments.page
        && let Err(message) = crate::page::write(path, "controls", &table)
    {
        eprintln!("{message}");
        return ExitCode::from(2);
    }
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The rule that the model finds broken, if it is one that the model can tell.
#[cfg(elector_flaws)]
fn by_model(arguments: &Arguments, flaw: elector::flaw::Flaw) -> Option<String> {
    use crate::model::{CATCHES, Limits, Parameters, check};

    let name = flaw.name();
    let (_, text) = CATCHES.iter().find(|(caught, _)| *caught == name)?;
    let parameters = Parameters::parse(text).ok()?;
    let limits = Limits { threads: arguments.threads, states: Some(10_000_000) };
    let outcome = check(&parameters, limits);
    let found = outcome.violation?;
    let seconds = outcome.took.as_secs_f64();
    let rule = found.rule.split(':').next().unwrap_or_default();
    Some(format!("{rule}: {} states, {seconds:.1} s", outcome.distinct))
}

/// The rule that the simulator finds broken, and at which seed.
#[cfg(elector_flaws)]
fn by_simulator(arguments: &Arguments) -> Option<String> {
    use elector_testing::simulation::{Options, run};

    let mut options = Options::new(1, arguments.hours);
    options.threads = arguments.threads;
    options.timeline = 0;
    let report = run(&options);
    let found = report.failures.first()?;
    let broken = found.violation.as_ref()?;
    Some(format!("{}: seed {}, {:.1} s", broken.invariant, found.seed, report.took.as_secs_f64()))
}
