//! A thousand faults of every kind on real processes in one election of the embedded store, each held to its bound:
//! `cargo bench -p elector-benches --bench faults`.
//!
//! Fewer: `cargo bench -p elector-benches --bench faults -- --faults 50`.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::print_stdout)]

#[path = "../candidate.rs"]
mod candidate;
mod candidates;

use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use elector_trial::Register;
use elector_trial::faults::Fault;
use elector_trial::mixed::{self, Options};

/// Makes faults of every kind at random: kills, freezes, resignations, rolling restarts, wipes, wrong clocks.
#[derive(Debug, Parser)]
struct Arguments {
    /// How many candidate processes there are.
    #[arg(long, default_value_t = 4)]
    candidates: u32,
    /// How many faults are made.
    #[arg(long, default_value_t = 1000)]
    faults: u32,
    /// The lease, in milliseconds.
    #[arg(long, default_value_t = 1000)]
    lease_ms: u64,
    /// The only fault to make: kill, freeze, resign, restart, wipe, slow-clock or fast-clock.
    #[arg(long, value_name = "KIND")]
    only: Option<Fault>,
    /// What the faults are drawn from; drawn itself if not set.
    #[arg(long)]
    seed: Option<u64>,
    /// Where to write the outcome as JSON.
    #[arg(long)]
    json: Option<PathBuf>,
    /// What `cargo bench` says.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    if arguments.next().as_deref() == Some("candidate") {
        return candidate::run(arguments, candidates::candidacy);
    }
    let arguments = Arguments::parse();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    let register = Register::open(&candidates::register(&path)).unwrap();
    let mut options = Options::default();
    options.candidates = arguments.candidates;
    options.faults = arguments.faults;
    options.lease_duration = Duration::from_millis(arguments.lease_ms);
    options.only = arguments.only;
    options.seed = arguments.seed.unwrap_or_else(rand::random);
    let lease = arguments.lease_ms;
    println!("{} candidates, lease {lease} ms, seed {}", options.candidates, options.seed);
    let (store, spawned) = (candidates::store(&path), path.clone());
    let outcome = mixed::run(
        &options,
        move |spec| candidate::command(&spawned, spec),
        candidates::election(&path),
        &register,
        || candidates::wipe(&path),
        move || candidates::is_locked(&store),
    );
    let outcome = outcome.unwrap();
    println!("{outcome}");
    if let Some(path) = arguments.json {
        std::fs::write(path, serde_json::to_string_pretty(&outcome).unwrap()).unwrap();
    }
    if !outcome.is_good() {
        std::process::exit(1);
    }
}
