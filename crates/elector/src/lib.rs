//! Elect one leader among many processes, over the store you already run.
//!
//! ```
//! use elector::{Elector, Runtime, Store, Term, memory::Memory};
//!
//! # #[tokio::main(flavor = "current_thread", start_paused = true)]
//! # async fn main() -> elector::Result<()> {
//! let store = Memory::new(); // or elector_local::Local, or a store of your own
//! let elector = Elector::new(store.election("billing/scheduler")?, "node-1");
//! # let elector = Elector::builder(store.election("billing/scheduler")?, "node-1").runtime(Runtime::current()).build()?;
//! let output = elector.run(|term: Term| async move {
//!     // Leads here, until this ends or the term does.
//!     term.token()
//! });
//! assert!(output.await?.is_some());
//! # Ok(())
//! # }
//! ```
//!
//! # What to use
//!
//! | for | use |
//! |---|---|
//! | work that runs only while this process leads | [`Elector::run`] |
//! | leadership as a guard, for work with a life of its own | [`Elector::lead`], [`Leadership`] |
//! | asking, anywhere below, whether this process leads | [`Term::is_current`], [`Term::remaining`] |
//! | keeping a resource safe from a paused leader | [`FencingToken`], [`Fence`] |
//! | knowing who leads, without standing | [`Observer`] |
//! | reacting to changes, metrics, logs | [`Elector::changes`], [`Elector::status`], [`metrics`] |
//! | client-go's callbacks | [`Callbacks`] |
//! | another store | [`store`] |
//!
//! # What is guaranteed
//!
//! On a store that is linearizable and keeps its writes, while clock *rates* differ by less than a bound (5 % unless
//! set), two [`is_current`](Term::is_current) checks in two processes never both succeed at the same instant. Clock
//! offsets do not matter, and nothing is assumed of the network. Outside these assumptions, and between a check and
//! what follows from it, a process can be paused for any time: every term therefore has a [`FencingToken`] greater than
//! every earlier term's. The election is never given up while the work of its term runs.
//!
//! One number decides about time, the lease duration; [`Budget`] derives and checks the rest.
//!
//! # Threads
//!
//! Electors and observers work on one thread of their own, which the first of them starts, so that an application which
//! blocks its runtime does not lose its leases. A [liveness gate](Builder::liveness_gate) is the way to lose them on
//! purpose.
#![forbid(unsafe_code)]

mod budget;
mod callbacks;
mod changes;
pub mod clock;
mod connection;
mod driver;
mod elector;
mod error;
mod fence;
#[cfg(not(elector_flaws))]
mod flaw;
#[cfg(elector_flaws)]
pub mod flaw;
mod leadership;
pub mod memory;
pub mod metrics;
mod observer;
pub mod protocol;
mod runtime;
mod status;
pub mod store;
mod sync;
mod term;
mod token;

pub use budget::{Budget, BudgetBuilder, BudgetError, SPARE_ATTEMPTS, Violation};
pub use callbacks::Callbacks;
pub use changes::{Change, ChangeKind, Changes};
pub use connection::Connection;
pub use driver::OnOverrun;
pub use elector::{Builder, Elector};
pub use error::{Error, ErrorKind, Result, Source};
pub use fence::{Fence, Stale};
pub use leadership::Leadership;
pub use observer::{Observer, Sighting};
pub use protocol::Ended;
pub use runtime::{Host, Runtime};
pub use status::Status;
pub use store::{Backend, RecordStore, Store};
pub use term::Term;
pub use token::{FencingToken, FencingTokenError};

/// The page for users of client-go, so that its Rust is compiled.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/coming-from-client-go.md")]
pub struct ComingFromClientGo;
