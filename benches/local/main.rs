//! What the embedded store promises, measured with real processes: `cargo bench -p elector-benches --bench local`.
//!
//! Fewer of everything: `cargo bench -p elector-benches --bench local -- --kills 20 --resigns 20 --freezes 10
//! --trees 20 --idle 10`.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr)]

#[path = "../candidate.rs"]
mod candidate;
mod candidates;
mod check;
mod failover;
mod findings;
mod idle;
mod tree;

use std::path::PathBuf;

use clap::Parser;

use findings::Findings;

/// Measures the embedded store.
#[derive(Debug, Parser)]
struct Options {
    /// How often a leader is killed.
    #[arg(long, default_value_t = 200)]
    kills: u32,
    /// How often a leader is asked to resign.
    #[arg(long, default_value_t = 200)]
    resigns: u32,
    /// How often a leader is frozen past its lease.
    #[arg(long, default_value_t = 100)]
    freezes: u32,
    /// How often `elector run` is killed, and how often it is frozen.
    #[arg(long, default_value_t = 200)]
    trees: u32,
    /// For how many seconds an idle follower is watched.
    #[arg(long, default_value_t = 60)]
    idle: u64,
    /// The lease in the trials of a kill, in seconds.
    #[arg(long, default_value_t = 15)]
    lease: u64,
    /// Where to write the findings as JSON.
    #[arg(long)]
    json: Option<PathBuf>,
    /// What `cargo bench` says.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    match arguments.next().as_deref() {
        Some("candidate") => return candidate::run(arguments, candidates::candidacy),
        Some("command") => return tree::command(arguments),
        Some("leaf") => return tree::leaf(),
        _ => {}
    }
    let options = Options::parse();
    let mut findings = Findings::default();
    check::measure(&mut findings);
    for place in candidates::Place::BOTH {
        failover::kills(&mut findings, place, options.kills, options.lease);
        failover::resigns(&mut findings, place, options.resigns);
    }
    failover::freezes(&mut findings, options.freezes);
    findings.judge();
    tree::kills(&mut findings, options.trees);
    tree::freezes(&mut findings, options.trees);
    idle::measure(&mut findings, options.idle, options.lease);
    println!("{findings}");
    if let Some(path) = options.json {
        std::fs::write(path, findings.to_json()).unwrap();
    }
    if !findings.all_met() {
        std::process::exit(1);
    }
}
