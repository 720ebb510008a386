//! Backends around a backend, in which calls go wrong.
//!
//! A clone of a wrapper shares its switches: keep one and give the other to the elector. Lost means what a network
//! loses: the caller is not told, but waits until its own deadline, unless a wrapper says that it answers an error.
//! A call that is applied is applied by the wrapped backend; what its answer suffers is the wrapper's.

mod flaky;
mod late_apply;
mod lost_reply;
mod partitioned;
mod slow_reply;

pub use flaky::Flaky;
pub use late_apply::LateApply;
pub use lost_reply::LostReply;
pub use partitioned::{Link, Partitioned};
pub use slow_reply::SlowReply;

use elector::{Error, ErrorKind};

fn no_answer(operation: &'static str) -> Error {
    Error::new(
        ErrorKind::Unavailable,
        "testing",
        operation,
        "a fault made on purpose lost the call",
    )
}
