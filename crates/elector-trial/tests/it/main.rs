//! Trials with real processes, each of them this test program, started again.
#![allow(clippy::unwrap_used, reason = "a test")]

mod broken;
mod candidate;
mod judged;
mod mixed;
mod race;
