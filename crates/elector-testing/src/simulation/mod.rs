//! The election of several candidates on virtual time, with faults, from a seed.
//!
//! A run takes the very [`Elector`](elector::Elector) that users have, three to five of them, and puts a simulated
//! machine under each: a clock with a rate of its own, a network that delays and loses, a store that goes away, and a
//! director who freezes, kills and restarts. Whatever happens is written down and judged by one rule a property. The
//! same seed leaves the same trace.
//!
//! ```
//! use std::time::Duration;
//!
//! use elector_testing::simulation::{Options, run};
//!
//! let mut options = Options::new(1, 2);
//! options.length = Duration::from_secs(600);
//! options.floors = false; // too short a time to meet everything
//! let report = run(&options);
//! assert!(report.is_good(), "{report}");
//! ```
//!
//! A run fails when a rule is broken, when a task panics, and when too little has happened for its success to mean
//! anything ([`Coverage::below_floor`]).

mod app;
mod clock;
mod coverage;
mod cures;
mod delays;
mod deliveries;
mod dice;
mod director;
mod executor;
mod fact;
mod faults;
mod invariants;
mod journal;
mod network;
mod options;
mod process;
mod register;
mod run;
mod seat;
mod sim;
mod store;
mod timeline;
mod work;
mod world;

pub use coverage::Coverage;
pub use delays::Delays;
pub use journal::Violation;
pub use options::{DamageShare, Options};
pub use run::{Outcome, Report, run, run_seed};
