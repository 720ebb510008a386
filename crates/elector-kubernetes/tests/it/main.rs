//! Tests on a real API server.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "tests")]

mod cluster;
mod contract;
