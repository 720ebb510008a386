//! Real processes: the guardian on its own, and `elector run` from end to end.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

mod guardian;
mod guardian_tree;
mod scene;
