//! Elect one leader among many processes, over the store you already run.
//!
//! ```text
//! let elector = Elector::new(store.election("billing/scheduler")?, "node-1");
//! elector.run(|term| serve(&pool, term)).await?;   // leads when it can; stops serve() when it cannot
//! ```
#![forbid(unsafe_code)]

mod budget;
mod changes;
pub mod clock;
mod connection;
mod driver;
mod elector;
mod error;
mod fence;
mod leadership;
pub mod memory;
pub mod metrics;
mod observer;
pub mod protocol;
mod runtime;
mod status;
pub mod store;
mod term;
mod token;

pub use budget::{Budget, BudgetBuilder, BudgetError, SPARE_ATTEMPTS, Violation};
pub use changes::{Change, ChangeKind, Changes};
pub use connection::Connection;
pub use driver::OnOverrun;
pub use elector::{Builder, Elector};
pub use error::{Error, ErrorKind, Result, Source};
pub use fence::{Fence, Stale};
pub use leadership::Leadership;
pub use observer::Observer;
pub use protocol::Ended;
pub use runtime::Runtime;
pub use status::Status;
pub use store::{Backend, RecordStore, Store};
pub use term::Term;
pub use token::{FencingToken, FencingTokenError};
