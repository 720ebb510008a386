//! Simulates elections: `cargo run --release -p elector-testing --example simulate -- --hours 2000 [--seed S]`.
#![allow(clippy::print_stdout)]

use std::process::ExitCode;

use elector_testing::simulation::{DamageShare, Options, run};

fn main() -> ExitCode {
    let mut options = Options::new(1, 100);
    options.threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut number = || words.next().and_then(|word| word.parse::<u64>().ok()).unwrap_or(1);
        match word.as_str() {
            // A run lasts an hour.
            "--hours" => options.runs = number(),
            "--seed" => options.seed = number(),
            "--threads" => options.threads = number() as usize,
            "--timeline" => options.timeline = number() as usize,
            "--twice" => options.twice = true,
            "--undamaged" => options.damage = DamageShare::Never,
            "--damaged" => options.damage = DamageShare::Always,
            other => {
                println!("unknown option {other}");
                return ExitCode::FAILURE;
            }
        }
    }
    let report = run(&options);
    println!("{report}");
    for failure in &report.failures {
        println!(
            "again: cargo run --release -p elector-testing --example simulate -- --hours 1 --seed {}",
            failure.seed
        );
    }
    if report.is_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
