//! Leader election over Kubernetes Leases: a backend of [`elector`].
//!
//! One `coordination.k8s.io/v1` Lease per election, written as client-go's `tools/leaderelection` writes it, so that
//! candidates in Go and in Rust stand for one election.
//!
//! ```no_run
//! use elector::store::Store as _;
//! use elector_kubernetes::Kubernetes;
//!
//! # fn main() -> elector::Result<()> {
//! let kubernetes = Kubernetes::builder().namespace("billing").build()?;
//! let backend = kubernetes.election("scheduler")?;
//! # Ok(())
//! # }
//! ```
//!
//! Renewals are `PUT`s with a `resourceVersion`: compare and swap, in the API server's lane for leader elections. A
//! follower watches and sends nothing else. A term's fencing token is the `resourceVersion` that its first write
//! replaced, plus one: it rises across terms, deletions of the Lease, and terms of candidates in Go.
//!
//! `docs/kubernetes.md` has the settings, the rights that are needed, and what differs from client-go.
#![forbid(unsafe_code)]

mod builder;
mod client;
#[cfg(feature = "serde")]
mod config;
mod election;
mod error;
mod events;
mod feed;
mod hub;
mod kubernetes;
mod lease;
mod long_lease;
mod name;
mod namespace;
mod taken;
mod watch;

pub use builder::{Builder, WatchScope};
#[cfg(feature = "serde")]
pub use config::KubernetesConfig;
pub use kubernetes::Kubernetes;

/// The page about this store, so that its Rust is compiled.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/kubernetes.md")]
pub struct Page;
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
