//! Settings from files, the environment and flags, and what is said of mistakes in them.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod documents;
mod elector;
mod example;
mod layers;
mod messages;
mod secrets;
mod stand_in;
mod values;
