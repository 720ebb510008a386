//! Many processes race in one election of the embedded store, and guard one register: `cargo bench -p elector-benches
//! --bench race`.
//!
//! Fewer terms: `cargo bench -p elector-benches --bench race -- --terms 100`.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::print_stdout)]

#[path = "../candidate.rs"]
mod candidate;

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Parser;
use elector::store::Store as _;
use elector_local::Local;
use elector_trial::Register;
use elector_trial::candidate::Candidacy;
use elector_trial::race::{self, Options};

const ELECTION: &str = "race";

/// Lets processes race in one election under random kills, freezes and resignations.
#[derive(Debug, Parser)]
struct Arguments {
    /// How many candidate processes there are.
    #[arg(long, default_value_t = 16)]
    candidates: u32,
    /// How many terms are led before it ends.
    #[arg(long, default_value_t = 1000)]
    terms: usize,
    /// The lease, in milliseconds.
    #[arg(long, default_value_t = 500)]
    lease_ms: u64,
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
        return candidate::run(arguments, candidacy);
    }
    let arguments = Arguments::parse();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    let register = Register::open(&register(&path)).unwrap();
    let backend = Local::new(&path).election(ELECTION).unwrap();
    let mut options = Options::default();
    options.candidates = arguments.candidates;
    options.terms = arguments.terms;
    options.lease_duration = Duration::from_millis(arguments.lease_ms);
    options.seed = arguments.seed.unwrap_or_else(rand::random);
    let lease = arguments.lease_ms;
    println!("{} candidates, lease {lease} ms, seed {}", options.candidates, options.seed);
    let outcome =
        race::run(&options, move |spec| candidate::command(&path, spec), backend, &register);
    let outcome = outcome.unwrap();
    println!("{outcome}");
    if let Some(path) = arguments.json {
        std::fs::write(path, serde_json::to_string_pretty(&outcome).unwrap()).unwrap();
    }
    if !outcome.is_good() {
        std::process::exit(1);
    }
}

fn register(folder: &Path) -> PathBuf {
    folder.join("register")
}

/// What the candidates of the race are.
fn candidacy(folder: &Path, name: &str, lease: Duration) -> Candidacy {
    let backend = Local::new(folder).election(ELECTION).unwrap();
    Candidacy::new(backend, name, lease).register(&register(folder))
}
