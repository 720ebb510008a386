//! The embedded store of [`elector`]: several processes of one host elect a leader through one file.
//!
//! Nothing has to be started. Each election is one small text file in a folder that the processes share; read it
//! with `cat`. Changes reach followers through inotify, and the kernel proves the death of a leader's process, so
//! that its lease ends within milliseconds of a `kill -9`, however long it was.
//!
//! ```
//! use elector::store::Store as _;
//! use elector_local::Local;
//!
//! # fn main() -> elector::Result<()> {
//! let backend = Local::new("/run/billing").election("billing/scheduler")?;
//! # Ok(())
//! # }
//! ```
//!
//! # What it needs
//!
//! One kernel. Containers that share a volume on one host work: locks and inotify belong to the inode, not to the
//! path or the container. Network file systems, folders shared with a virtual machine and sandboxes with a kernel of
//! their own (gVisor) do not work, and file systems that are not known to be local are refused by name unless
//! [`Local::allow_weak`] accepts them.
//!
//! A process that is frozen (`SIGSTOP`) inside the few microseconds in which it holds the write lock blocks all writes
//! in the folder until it is thawed or killed; the others get an error that says so, and nobody's lease is cut short
//! or extended by it.
//!
//! A process must not close descriptors that it does not know (`close_range` in a daemon that starts late): closing
//! the lock of the living looks like a death.
//!
//! The README of this crate describes the files and the configuration.
#![forbid(unsafe_code)]

#[cfg(not(unix))]
compile_error!("elector-local needs a Unix: it rests on flock and rename");

mod alive;
#[cfg(feature = "serde")]
mod config;
mod draft;
mod election;
mod error;
mod file_system;
mod folder;
mod format;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzz;
#[cfg(all(test, not(fuzzing)))]
mod fuzz;
mod hub;
mod lane;
mod local;
mod name;
mod plain_file;
mod record_file;
mod sweep;
mod token_file;
mod watch;
mod write_lock;

#[cfg(feature = "serde")]
pub use config::LocalConfig;
pub use local::Local;

/// The project's README, so that its Rust is compiled.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
pub struct Readme;
