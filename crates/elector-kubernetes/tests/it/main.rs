//! Tests on a real API server.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "tests")]

mod account;
mod candidate;
mod cluster;
#[cfg(feature = "serde")]
mod config;
mod contract;
mod coordinated;
mod fields;
mod holders;
mod log;
mod patience;
mod plugin;
mod refusals;
mod rights;
mod tokens;
mod watch;
