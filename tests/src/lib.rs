//! Tests of elector beside programs of others: candidates in Go on one Lease of a real API server.
//!
//! [`Fleet`] is a mixed fleet of candidate processes, [`hand_over`] makes hand-overs in it and looks at the Lease
//! meanwhile, [`inherited`] measures what such a fleet inherits from client-go. The candidates in Go are built by
//! [`go`]. The program `interop` does more of everything than the tests do:
//!
//! ```sh
//! cargo run -p elector-tests -- hand-overs
//! cargo run -p elector-tests -- inherited
//! ```
#![cfg(unix)]
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, missing_docs, reason = "a test")]

pub mod candidate;
mod cluster;
mod fleet;
pub mod go;
pub mod hand_over;
pub mod inherited;
mod lease;
mod table;

pub use cluster::{Cluster, block_on};
pub use fleet::{Fleet, Side, Timing};
pub use lease::LeaseSeen;
