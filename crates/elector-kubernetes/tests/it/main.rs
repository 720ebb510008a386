//! Tests on a real API server.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "tests")]

mod candidate;
mod cluster;
mod contract;
mod coordinated;
mod fields;
mod holders;
mod plugin;
mod tokens;
mod watch;
