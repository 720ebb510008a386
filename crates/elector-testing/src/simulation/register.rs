//! The resource that leaders write to, behind a fence.

use elector::store::SessionId;
use elector::{Fence, FencingToken};

/// A register that refuses a token smaller than one it has seen.
#[derive(Debug, Default)]
pub(crate) struct Register {
    fence: Fence,
    latest: Option<(FencingToken, SessionId)>,
}

impl Register {
    /// Writes for the term with `token`; false when the fence refuses.
    pub(crate) fn write(&mut self, token: FencingToken, session: SessionId) -> bool {
        if self.fence.check(token).is_err() {
            return false;
        }
        self.latest = Some((token, session));
        true
    }

    /// Begins anew, after the store forgot its tokens.
    pub(crate) fn forget(&mut self) {
        *self = Self::default();
    }
}
