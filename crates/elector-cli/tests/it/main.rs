//! Real processes: the guardian on its own, `elector run` and `elector demo` from end to end.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod asking;
mod check;
mod demo;
mod guardian;
mod guardian_tree;
#[cfg(feature = "kubernetes")]
mod kubernetes;
mod leader;
mod observe;
mod program;
mod resign;
mod run;
mod run_faults;
mod run_loss;
mod running;
mod scene;
mod supervised;
mod terminal;
mod ways;
