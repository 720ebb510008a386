//! The contract between the elector and a store.
//!
//! A [`Store`] is a connection; it makes the [`Backend`]s of single elections. A store that expires leases by itself
//! (etcd, Redis) implements [`Backend`]. A store that only compares and swaps (Kubernetes, a file, a table) implements
//! the smaller [`RecordStore`] and gets its `Backend` from [`Recorded`].
//!
//! Three rules make one contract of both:
//!
//! * Definite answers are values; doubt is an error.
//! * A lease of duration `d` means: no other candidate is granted the election until at least `d` after the call
//!   that obtained the lease was **started**.
//! * A backend makes one attempt per call. It does not sleep, retry or read a clock to decide about leadership: the
//!   elector does, in one place.

mod bid;
mod guarantees;
mod lease;
mod observation;
mod record;
mod recorded;
mod request;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use futures_core::stream::BoxStream;

use crate::error::Result;

pub use bid::{AttemptId, Bid, Candidate, MayTake, SessionId};
pub use guarantees::{Consistency, Expiry, Guarantees};
pub use lease::{Acquire, Cookie, Lease, Release, Renew};
pub use observation::{Beat, Leader, Led, Observation, Standing};
pub use record::{Record, RecordStore, Seen, Stored, Version};
pub use recorded::Recorded;
pub use request::{Request, RequestKind, Reservation};

/// A store that elections can be held over: what they share, such as a connection.
///
/// A store is built without I/O: its constructor checks its configuration and opens nothing, so that a program
/// starts while its store is down. See [`Connection`](crate::Connection).
pub trait Store: fmt::Debug + Send + Sync + 'static {
    /// The election called `name`. Does no I/O.
    ///
    /// Names of letters, digits, `-`, `_`, `.` and `/` are portable to every store; each store documents what it
    /// writes for the rest.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) when the store cannot carry the name.
    fn election(&self, name: &str) -> Result<Arc<dyn Backend>>;
}

/// One election in one store, seen by one candidate or observer.
///
/// Every method is one attempt. The elector puts a deadline on each call and drops the future when it has passed, so
/// every method must be safe to drop at any await; what was sent may then still be applied, and the next call must
/// cope with that: no call undoes the effect of a later-numbered one of the same session. A late revocation of an old
/// term that hits the next one would leave a leader with a lease it does not have. A request that a network or a client
/// library repeats is still one call: an acquire that arrives twice begins one term.
///
/// One value may serve several candidates and observers of a process: what it remembers, it remembers by session.
#[async_trait]
pub trait Backend: fmt::Debug + Send + Sync + 'static {
    /// The election's name, as [`Store::election`] was given it.
    fn election(&self) -> &str;

    /// What this store promises. The same for the life of the value.
    fn guarantees(&self) -> Guarantees;

    /// Tries once to become leader.
    ///
    /// Each [`Acquire::Won`] carries a fencing token greater than every earlier term's, also when the election was
    /// still held by an earlier term of this very session. Called again with the same session after an error it wins
    /// or answers [`Acquire::Held`]; it never waits for itself.
    ///
    /// # Errors
    ///
    /// The outcome is unknown: the election may be held by this session now.
    async fn acquire(&self, bid: &Bid) -> Result<Acquire>;

    /// Extends `lease` by `bid.duration` from the start of this call.
    ///
    /// [`Renew::Lost`] is final: this term is over. A write of this session that was applied although its answer was
    /// lost is recognised and is not a loss.
    ///
    /// # Errors
    ///
    /// The outcome is unknown: the lease is as long as it was, or longer.
    async fn renew(&self, bid: &Bid, lease: &Lease) -> Result<Renew>;

    /// Gives up whatever this candidate's session holds, and nothing of anybody else's. Idempotent.
    ///
    /// With `release.lease` absent, after an acquire of unknown outcome, it also makes sure that this acquire cannot
    /// take effect any more.
    ///
    /// # Errors
    ///
    /// The outcome is unknown; the caller tries again or lets the lease run out.
    async fn release(&self, release: &Release) -> Result<()>;

    /// Leaves `request` where the leader of its term reads it: in the leader's observations.
    ///
    /// A request whose term is over is dropped silently; it cannot reach a later term.
    ///
    /// # Errors
    ///
    /// The outcome is unknown.
    async fn request(&self, request: &Request) -> Result<()>;

    /// The election now, then every change of it, for as long as the stream is polled.
    ///
    /// A hint that makes things faster and is never needed for safety. The stream heals itself: an error is an item,
    /// after which it goes on with the election as it is then. It notices when it hears nothing any more, by itself or by the poll that
    /// [`Guarantees::poll`] states. Repeating an observation is allowed, and so is leaving out what a later one overtook. What it shows
    /// goes forward: an older state after a newer one makes no two leaders, but may cost a follower one more lease of waiting.
    /// Dropping it ends whatever it uses.
    fn watch(&self) -> BoxStream<'static, Result<Observation>>;
}
