//! Configuration for [`elector`]: a TOML file, environment variables and flags, and the choice of the store.
//!
//! Operations choose the store and the durations in a file; the program says once which stores it links:
//!
//! ```no_run
//! # use serde::Deserialize;
//! # #[derive(Debug)] struct Local;
//! # #[derive(Deserialize)] struct LocalConfig {}
//! # impl Local { fn from_config(_: LocalConfig) -> elector::Result<Self> { Ok(Self) } }
//! # impl elector::store::Store for Local {
//! #     fn election(&self, _: &str) -> elector::Result<std::sync::Arc<dyn elector::store::Backend>> { todo!() }
//! # }
//! use elector_config::Registry;
//!
//! let registry = Registry::new().with("local", Local::from_config);
//! let settings = elector_config::load("elector.toml")?;
//! let backend = settings.backend(&registry)?;
//! # Ok::<(), elector_config::ConfigError>(())
//! ```
//!
//! Of a value set more than once the strongest counts: a flag, then the environment (`ELECTOR__ELECTION__NAME` for
//! `name` in `[election]`), then the file. A key that nothing reads is an error. Every error names the key, where its
//! value comes from, and what is allowed; none repeats a value whose key looks like a secret.
#![forbid(unsafe_code)]

mod decode;
mod duration;
mod environment;
mod error;
mod explanation;
mod fault;
mod file;
mod layers;
mod loader;
mod node;
mod origin;
mod registry;
mod secret;
mod settings;

pub use error::ConfigError;
pub use explanation::{Explanation, Setting};
pub use loader::{Loader, load};
pub use origin::Origin;
pub use registry::Registry;
pub use settings::{CandidateSettings, ElectionSettings, Settings};
