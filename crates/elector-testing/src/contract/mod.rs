//! The contract suite.

pub mod cases;
mod macros;
mod play;
mod player;
mod stage;
mod watching;

use futures_core::future::BoxFuture;

pub use play::{applicability, play};
pub use stage::Stage;

/// One case of the contract.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// The name of the test.
    pub name: &'static str,
    /// What the store or the fixture must have, or else the case does not apply.
    pub needs: &'static [Need],
    /// Plays the case.
    pub run: fn(Stage) -> BoxFuture<'static, ()>,
}

/// What a case needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Leases that the store expires.
    ServerExpiry,
    /// Leases that rivals expire by what they observe.
    ObservedExpiry,
    /// A fixture that can do this.
    Tamper(crate::Tamper),
}
