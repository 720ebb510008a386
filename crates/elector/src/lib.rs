//! Elect one leader among many processes, over the store you already run.
#![forbid(unsafe_code)]

mod budget;
pub mod clock;
mod error;
pub mod memory;
pub mod protocol;
pub mod store;
mod token;

pub use budget::{Budget, BudgetBuilder, BudgetError, SPARE_ATTEMPTS, Violation};
pub use error::{Error, ErrorKind, Result, Source};
pub use token::{FencingToken, FencingTokenError};
