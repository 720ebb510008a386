//! Many elections in one process: `cargo bench -p elector-benches --bench many -- --elections 1000`.
//!
//! One process leads 1, 10, 100 elections and so on up to that number, in one folder; a second one follows all of
//! them and takes them over when the first is killed. With `--kubernetes` they are Leases in a namespace of a real API
//! server, followed in one watch.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr)]

mod candidates;
mod cluster;
mod probe;
mod process;
mod trial;

use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use comfy_table::{Table, presets};

use trial::{Found, Trial};

/// Measures many elections in one process.
#[derive(Debug, Parser)]
struct Options {
    /// How many elections at most.
    #[arg(long, default_value_t = 1000)]
    elections: usize,
    /// Whether to leave the smaller numbers out.
    #[arg(long)]
    alone: bool,
    /// The lease, in seconds.
    #[arg(long, default_value_t = 15)]
    lease: u64,
    /// For how many seconds the processes are watched while nothing happens.
    #[arg(long, default_value_t = 30)]
    idle: u64,
    /// Whether the elections are Leases of an API server, instead of files.
    #[arg(long)]
    kubernetes: bool,
    /// Where the folders are made; the system's place for temporary files if not set.
    #[arg(long)]
    folder: Option<PathBuf>,
    /// Where to write the findings as JSON.
    #[arg(long)]
    json: Option<PathBuf>,
    /// What `cargo bench` says.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    if arguments.next().as_deref() == Some("candidate") {
        return candidates::run(arguments);
    }
    let options = Options::parse();
    let lease = Duration::from_secs(options.lease);
    let idle = Duration::from_secs(options.idle);
    let place = options.folder.unwrap_or_else(std::env::temp_dir);
    let counts =
        [1, 10, 100, 1000].into_iter().filter(|count| !options.alone && *count < options.elections);
    let found: Vec<Found> = counts
        .chain([options.elections])
        .map(|elections| {
            let kubernetes = options.kubernetes;
            Trial { elections, lease, idle, place: place.clone(), kubernetes }.run()
        })
        .collect();
    let mut table = Table::new();
    table.load_style(presets::UTF8_BORDERS_ONLY);
    table.set_header(
        std::iter::once("elections".to_owned())
            .chain(found.iter().map(|f| f.elections.to_string())),
    );
    for (n, (what, _)) in found[0].rows.iter().enumerate() {
        let cells = found.iter().map(|found| found.rows[n].1.clone());
        table.add_row(std::iter::once((*what).to_owned()).chain(cells));
    }
    println!("{table}");
    if let Some(path) = options.json {
        std::fs::write(path, serde_json::to_string_pretty(&found).unwrap()).unwrap();
    }
    if found.iter().any(|found| found.terms_lost > 0) {
        std::process::exit(1);
    }
}
