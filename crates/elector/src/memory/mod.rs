//! Stores inside this process: the reference implementation of the contract, and the double for tests.
//!
//! [`Memory`] expires leases by itself, as etcd and Redis do. [`MemoryRecords`] only compares and swaps, as
//! Kubernetes and files do. A clone of either is another handle to the same "server": give each candidate of a test
//! a clone. Elections are made on demand and live as long as the store.
//!
//! Both answer only after other tasks had a turn, so that a test on one thread sees calls interleave. Both have hooks
//! for what happens to a store behind its candidates' backs: `delete`, `wipe` and more. Nothing in a program that
//! means to keep its leader calls them.

mod records;
mod server;
mod shelf;

pub use records::MemoryRecords;
pub use server::Memory;
