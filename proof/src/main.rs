//! `elector-proof`: runs the checks of elector's protocol.
#![forbid(unsafe_code)]

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use elector_proof::{controls, model, simulate};

/// Checks the protocol that elector's users run.
#[derive(Debug, Parser)]
#[command(name = "elector-proof", version)]
struct Cli {
    #[command(subcommand)]
    check: Check,
}

#[derive(Debug, Subcommand)]
enum Check {
    /// Looks at every state that two or three candidates can reach.
    Model(model::Arguments),
    /// Runs electors for hours of virtual time, with faults drawn from a seed.
    Simulate(simulate::Arguments),
    /// Says which check catches which wrong rule, and how fast.
    Controls(controls::Arguments),
}

fn main() -> ExitCode {
    match Cli::parse().check {
        Check::Model(arguments) => model::run(&arguments),
        Check::Simulate(arguments) => simulate::run(&arguments),
        Check::Controls(arguments) => controls::run(&arguments),
    }
}
