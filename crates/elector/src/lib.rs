//! Elect one leader among many processes, over the store you already run.
#![forbid(unsafe_code)]

pub mod clock;
mod error;
pub mod store;
mod token;

pub use error::{Error, ErrorKind, Result, Source};
pub use token::{FencingToken, FencingTokenError};
