//! Simulates elections: `cargo run --release -p elector-testing --example simulate -- --hours 2000 [--seed S]`.
#![allow(clippy::print_stdout)]

use std::process::ExitCode;

use elector_testing::simulation::{DamageShare, Options, run};

/// Switches to each wrong rule in turn, and says which rule of the simulator caught it, and how soon.
#[cfg(elector_flaws)]
fn controls(options: &elector_testing::simulation::Options) -> ExitCode {
    use elector::flaw::Flaw;

    let mut all_caught = true;
    for flaw in Flaw::ALL {
        Flaw::set(Some(flaw));
        let report = run(options);
        Flaw::set(None);
        match report
            .failures
            .first()
            .and_then(|first| Some((first.seed, first.violation.as_ref()?)))
        {
            Some((seed, violation)) => {
                println!(
                    "{:<22} seed {seed:<5} {}: {}",
                    flaw.name(),
                    violation.invariant,
                    violation.message
                );
            }
            None => {
                all_caught = false;
                println!("{:<22} NOT CAUGHT in {} runs", flaw.name(), report.runs);
            }
        }
    }
    if all_caught { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn main() -> ExitCode {
    let mut options = Options::new(1, 100);
    options.threads = std::thread::available_parallelism().map_or(1, usize::from);
    #[cfg(elector_flaws)]
    let mut controls = false;
    let mut damage = "";
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().unwrap_or_default();
        let number = |word: String| word.parse::<u64>().unwrap_or(1);
        match word.as_str() {
            // A run lasts an hour.
            "--hours" => options.runs = number(value()),
            "--seed" => options.seed = number(value()),
            "--threads" => options.threads = number(value()) as usize,
            "--timeline" => options.timeline = number(value()) as usize,
            #[cfg(elector_flaws)]
            "--controls" => controls = true,
            "--only" => options.only = Some(value()),
            "--twice" => options.twice = true,
            "--undamaged" => (options.damage, damage) = (DamageShare::Never, " --undamaged"),
            "--damaged" => (options.damage, damage) = (DamageShare::Always, " --damaged"),
            other => {
                println!("unknown option {other}");
                return ExitCode::FAILURE;
            }
        }
    }
    #[cfg(elector_flaws)]
    if controls {
        return self::controls(&options);
    }
    let report = run(&options);
    println!("{report}");
    for failure in &report.failures {
        let again = "cargo run --release -p elector-testing --example simulate -- --hours 1 --seed";
        println!("again: {again} {}{damage}", failure.seed);
    }
    if report.is_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
