//! elector beside client-go on Kubernetes Leases, side by side on real API servers:
//! `cargo bench -p elector-benches --bench kubernetes`.
//!
//! Fewer of everything: `cargo bench -p elector-benches --bench kubernetes -- --kills 4 --releases 4 --idle 30`.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr)]

mod failover;
mod fleet;
mod requests;

use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use comfy_table::{Table, presets};
use elector_trial::Times;
use serde::Serialize;

use fleet::Kind;

/// Compares elector with client-go on Kubernetes Leases.
#[derive(Debug, Parser)]
struct Options {
    /// How often a leader of either is killed.
    #[arg(long, default_value_t = 100)]
    kills: u32,
    /// How often a leader of either ends by itself, and releases its Lease.
    #[arg(long, default_value_t = 100)]
    releases: u32,
    /// Elections of either that share these, on one API server.
    #[arg(long, default_value_t = 5)]
    elections: u32,
    /// For how many seconds requests are counted while nothing happens.
    #[arg(long, default_value_t = 600)]
    idle: u64,
    /// The lease in seconds. client-go's other times are its defaults for 15 s, in proportion.
    #[arg(long, default_value_t = 15)]
    lease: u64,
    /// Where to write the findings as JSON.
    #[arg(long)]
    json: Option<PathBuf>,
    /// What `cargo bench` says.
    #[arg(long, hide = true)]
    bench: bool,
}

/// What was found of one of them.
#[derive(Debug, Serialize)]
struct Found {
    kind: Kind,
    rows: Vec<(&'static str, String)>,
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    if arguments.next().as_deref() == Some("candidate") {
        return elector_tests::candidate::run(arguments);
    }
    let options = Options::parse();
    let lease = Duration::from_secs(options.lease);
    let failover = failover::measure(&options, lease);
    let requests = requests::measure(Duration::from_secs(options.idle), lease);
    let found: Vec<Found> = Kind::BOTH
        .into_iter()
        .zip(failover.into_iter().zip(requests))
        .map(|(kind, (failover, requests))| Found { kind, rows: [failover, requests].concat() })
        .collect();
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    let names = found.iter().map(|found| found.kind.name());
    table.set_header(std::iter::once(String::new()).chain(names));
    for (n, (what, _)) in found[0].rows.iter().enumerate() {
        let cells = found.iter().map(|found| found.rows[n].1.clone());
        table.add_row(std::iter::once((*what).to_owned()).chain(cells));
    }
    println!("{table}");
    if let Some(path) = options.json {
        std::fs::write(path, serde_json::to_string_pretty(&found).unwrap()).unwrap();
    }
}

fn text(times: &Times) -> String {
    let Some(summary) = times.summary() else { return "–".to_owned() };
    let seconds = |millis: f64| format!("{:.3}", millis / 1000.0);
    let [p50, p99, max] = [summary.p50_ms, summary.p99_ms, summary.max_ms].map(seconds);
    format!("{} times: p50 {p50}, p99 {p99}, worst {max} s", summary.n)
}
