//! The resource's side of a fencing token.

use crate::flaw::{self, Flaw};
use crate::sync::{AtomicU64, Ordering};
use crate::token::FencingToken;

/// Refuses whoever comes with a smaller token than was seen before.
///
/// For a resource that lives in memory. A resource that lives elsewhere stores the token with its data and compares
/// both in one transaction; `docs/guarantees.md` shows it for SQL.
///
/// ```
/// use elector::{Fence, FencingToken};
///
/// let fence = Fence::new();
/// let (old, new) = (FencingToken::new(7)?, FencingToken::new(8)?);
/// fence.check(old)?;
/// fence.check(new)?;
/// assert!(fence.check(old).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Default)]
pub struct Fence {
    highest: AtomicU64,
}

/// A token is smaller than one that was seen before: its term is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "fencing token {token} is stale: {highest} was seen before; the term is over, stop its work"
)]
pub struct Stale {
    /// The refused token.
    pub token: FencingToken,
    /// The greatest token seen.
    pub highest: FencingToken,
}

impl Fence {
    /// A fence that has seen no token.
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets `token` pass if none greater was seen, and remembers it.
    ///
    /// A check does not hold the fence: do what it guards under the lock that guards the resource, check first.
    ///
    /// # Errors
    ///
    /// [`Stale`] when a greater token was seen.
    pub fn check(&self, token: FencingToken) -> Result<(), Stale> {
        let highest = self.highest.fetch_max(token.get(), Ordering::AcqRel);
        match FencingToken::new(highest) {
            Ok(highest) if highest > token && !flaw::is_on(Flaw::FenceOpen) => {
                Err(Stale { token, highest })
            }
            _ => Ok(()),
        }
    }
}
