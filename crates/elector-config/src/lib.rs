//! Configuration for [`elector`]: a TOML file, environment variables and flags, and the choice of the store.
//!
//! Operations choose the store and the durations in a file; the program says once which stores it links:
//!
//! ```no_run
//! use elector::memory::Memory;
//! use elector_config::{NoKeys, Registry};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let registry = Registry::new().with("memory", |_: NoKeys| Ok(Memory::new()));
//! let elector = elector_config::load("elector.toml")?.elector(&registry)?;
//! elector.run(|term| async move { println!("leads with token {}", term.token()) }).await?;
//! # Ok(())
//! # }
//! ```
//!
//! Of a value set more than once the strongest counts: a flag, then the environment (`ELECTOR__ELECTION__NAME` for
//! `name` in `[election]`), then the file. A key that nothing reads is an error. Every error names the key, where its
//! value comes from, and what is allowed; none repeats a value whose key looks like a secret.
#![forbid(unsafe_code)]

mod decode;
mod duration;
mod election;
mod environment;
mod error;
mod explanation;
mod fault;
mod file;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzz;
#[cfg(all(test, not(fuzzing)))]
mod fuzz;
mod layers;
mod loader;
mod node;
mod origin;
mod registry;
mod secret;
mod settings;

pub use election::{CandidateSettings, ElectionSettings};
pub use error::ConfigError;
pub use explanation::{Explanation, Setting};
pub use loader::{Loader, load};
pub use origin::Origin;
pub use registry::{NoKeys, Registry};
pub use settings::Settings;
