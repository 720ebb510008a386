//! The store in the hands of its callers: one process or many, whole files and damaged ones.
//!
//! Apart from these are the tests that count what their process has, or take what all processes of a user share.
#![allow(clippy::unwrap_used, reason = "tests")]

#[path = "../candidate/mod.rs"]
mod candidate;
#[cfg(target_os = "linux")]
#[path = "../crowd/mod.rs"]
mod crowd;

mod backend;
mod config;
mod damage;
mod damage_led;
mod death;
mod deletion;
mod descriptors;
mod exclusion;
mod full_disk;
mod lock_file;
mod not_a_file;
mod permissions;
mod same_name;
mod wall_clock;
mod watch;
