//! Tests for everything that [`elector`] can be held over.
//!
//! * [`contract_tests!`] holds a [`Backend`](elector::store::Backend) against its contract, one named test per case.
//!   A backend of your own needs a [`Fixture`] and one call of this macro.
//! * [`faults`] are backends around a backend that lose, delay and repeat what goes through them.
//! * [`damage`] damages texts, for tests of whatever reads a format.
//! * [`simulation`] runs electors on virtual time, with faults drawn from a seed, and judges what they did.
//! * `servers` are real API servers and etcds, started by the test and gone with it, behind the feature `servers`.
//! * [`DriftingClock`] is a clock with a rate, an offset and suspends of its own.
//!
//! # Example
//!
//! ```
//! use std::sync::Arc;
//!
//! use elector::memory::Memory;
//! use elector::store::Store;
//! use elector_testing::{Fixture, Skip, contract_tests};
//!
//! #[derive(Debug)]
//! struct InMemory(Memory);
//!
//! #[async_trait::async_trait]
//! impl Fixture for InMemory {
//!     async fn open(&self) -> Arc<dyn Store> {
//!         Arc::new(self.0.clone())
//!     }
//! }
//!
//! contract_tests! {
//!     time: paused,
//!     // The cases that the fixture cannot play are listed, so that none is left out by accident.
//!     not_applicable: [],
//!     fixture: async { Ok::<_, Skip>(InMemory(Memory::new())) },
//! }
//! ```
#![forbid(unsafe_code)]

#[doc(hidden)]
pub mod contract;
mod damage;
mod drifting_clock;
pub mod faults;
mod fixture;
#[cfg(all(feature = "servers", unix))]
pub mod servers;
pub mod simulation;

pub use damage::damage;
pub use drifting_clock::DriftingClock;
pub use fixture::{Fixture, Skip, Tamper, require_env};

#[doc(hidden)]
pub use tokio as __tokio;
