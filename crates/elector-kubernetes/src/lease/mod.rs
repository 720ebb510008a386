//! What a Lease says, and how it is written: client-go's conventions, and what they have no field for.

mod altered;
mod annotations;
mod read;
mod write;

pub(crate) use altered::altered;
pub(crate) use read::{seen, version};
pub(crate) use write::{Write, empty, identity};

/// The least duration of a Lease in seconds, and that of a released one: client-go's, so that a candidate that does
/// not know the empty holder waits no longer (`tools/leaderelection`, `release`).
pub(crate) const RELEASED_SECONDS: i32 = 1;

/// What a holder without a duration is waited out for: client-go's default lease.
const UNSTATED_SECONDS: i32 = 15;

/// The longest lease that our own candidates ask for, in seconds: one hour. A longer one in a record is honoured and
/// reported.
pub(crate) const LONGEST_SECONDS: u32 = 3600;
