//! Candidates in Rust and in Go on one Lease of a real API server.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "tests")]

mod hand_overs;
mod renewals;
mod shape;
mod taken;

use std::path::Path;

/// The program of candidates in Rust.
fn interop() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_interop"))
}
