//! What threads share, made of loom's primitives where loom explores how threads interleave.

#[cfg(elector_loom)]
mod explored;

#[cfg(elector_loom)]
pub(crate) use explored::watch;
#[cfg(elector_loom)]
pub(crate) use loom::sync::atomic::{AtomicU64, Ordering};
#[cfg(not(elector_loom))]
pub(crate) use std::sync::atomic::{AtomicU64, Ordering};
#[cfg(not(elector_loom))]
pub(crate) use tokio::sync::watch;
