//! A thousand faults of every kind on real processes in one election, each held to its bound:
//! `cargo bench -p elector-benches --bench faults` on the embedded store, and with `-- --store kubernetes` on a real API
//! server.
//!
//! Fewer: `cargo bench -p elector-benches --bench faults -- --faults 50`.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::print_stdout)]

#[path = "../candidate.rs"]
mod candidate;
mod local;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::{Parser, ValueEnum};
use elector_trial::Register;
use elector_trial::candidate::Candidacy;
use elector_trial::faults::Fault;
use elector_trial::mixed::{self, Options, Outcome};
use elector_trial::site::kubernetes::{self, Kubernetes};

use local::LocalSite;

/// Makes faults of every kind at random: of processes, of clocks, and where the store has them, of the network, of the
/// server, of the record and of the rights to it.
#[derive(Debug, Parser)]
struct Arguments {
    /// Where to elect.
    #[arg(long, value_enum, default_value_t = Store::Local)]
    store: Store,
    /// How many candidate processes there are.
    #[arg(long, default_value_t = 4)]
    candidates: u32,
    /// How many faults are made.
    #[arg(long, alias = "count", default_value_t = 1000)]
    faults: u32,
    /// The lease, in milliseconds; 1000 on the local store and 2000 on Kubernetes if not set.
    #[arg(long)]
    lease_ms: Option<u64>,
    /// The only fault to make, such as kill, freeze or resign; one that there is none of lists all.
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

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Store {
    /// Files in a folder.
    Local,
    /// A Lease on an API server of the trial's own.
    Kubernetes,
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    if arguments.next().as_deref() == Some("candidate") {
        return candidate::run(arguments, candidacy);
    }
    let arguments = Arguments::parse();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let register = Register::open(&path.join(REGISTER)).unwrap();
    let mut options = Options::default();
    options.candidates = arguments.candidates;
    options.faults = arguments.faults;
    let lease_ms = arguments.lease_ms.unwrap_or(match arguments.store {
        Store::Local => 1000,
        Store::Kubernetes => 2000,
    });
    options.lease_duration = Duration::from_millis(lease_ms);
    options.only = arguments.only;
    options.seed = arguments.seed.unwrap_or_else(rand::random);
    println!("{} candidates, lease {lease_ms} ms, seed {}", options.candidates, options.seed);
    let outcome = match arguments.store {
        Store::Local => {
            mixed::run(&options, &Arc::new(LocalSite { folder: path.to_owned() }), &register)
        }
        Store::Kubernetes => {
            let site =
                Kubernetes::start(path, mixed::names(options.candidates), candidate::command);
            mixed::run(&options, &Arc::new(site.unwrap()), &register)
        }
    };
    tell(&outcome.unwrap(), arguments.json.as_deref());
}

/// The register of a trial, out of reach of a wipe.
const REGISTER: &str = "register";

/// What the candidates of a trial are: in an API server's election where the folder has a configuration for it.
fn candidacy(folder: &Path, name: &str, lease: Duration) -> Candidacy {
    let configured = kubernetes::configuration_file(folder, name).exists();
    let election = match configured {
        true => kubernetes::election(folder, name).unwrap(),
        false => local::election(folder),
    };
    Candidacy::new(election, name, lease).register(&folder.join(REGISTER))
}

fn tell(outcome: &Outcome, json: Option<&Path>) {
    println!("{outcome}");
    if let Some(path) = json {
        std::fs::write(path, serde_json::to_string_pretty(outcome).unwrap()).unwrap();
    }
    if !outcome.is_good() {
        std::process::exit(1);
    }
}
