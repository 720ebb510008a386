//! Real servers for tests, on loopback, that do not outlive the test process.
//!
//! * [`kubernetes::ApiServer`] is a kube-apiserver with an etcd of its own.
//! * [`etcd::Etcd`] is an etcd of one member.
//! * [`install`] finds their programs, and builds them where the machine has none.
//!
//! Behind the feature `servers`, on Unix. Nothing has to be installed or started before: the first test that starts a
//! server builds it, which takes minutes, once for this user. `cargo run -p elector-testing --features servers
//! --example install-servers` does that ahead of time.
//!
//! # A server for the tests of your own backend
//!
//! ```toml
//! [dev-dependencies]
//! elector-testing = { git = "https://github.com/elector-rs/elector", features = ["servers"] }
//! ```
//!
//! Tests that only need *a* server share [`ApiServer::shared`](kubernetes::ApiServer::shared), one for each test
//! binary, and work in a namespace of their own. A test that kills, freezes or fills a server starts its own:
//!
//! ```no_run
//! use elector_testing::servers::kubernetes::ApiServer;
//! # async fn test() -> Result<(), Box<dyn std::error::Error>> {
//! let server = ApiServer::builder().user("reader").start().await?;
//! let kubeconfig = server.kubeconfig("reader")?; // or url(), ca_pem() and token("reader")
//! server.kill()?;
//! server.start_again().await?; // the same port, certificate and data
//! # Ok(())
//! # }
//! ```
//!
//! # What is left behind
//!
//! Nothing. A server and its folder (in `TMPDIR`) go when its value is dropped, when the test process ends, and
//! when that is killed: a small shell holds a pipe to the test process, and clears away when the pipe closes. The built
//! programs stay in the cache.
//!
//! These servers run in real time. Tokio's paused time would skip the waits for them.

pub mod etcd;
pub mod install;
pub mod kubernetes;

mod authority;
mod build;
mod go;
mod http;
mod port;
mod process;
mod ready;
mod search;

use std::fmt;
use std::io::{self, Write as _};
use std::sync::Arc;

pub use http::Reply;

/// `Result` with [`ServerError`].
pub type Result<T, E = ServerError> = std::result::Result<T, E>;

/// Why a server is not there, or does not do what was asked.
#[derive(Clone, thiserror::Error)]
#[error("cannot {operation}: {message}")]
pub struct ServerError {
    operation: String,
    message: String,
    source: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

// What `unwrap` and a `main` that fails print: the log of a server is not readable with its line breaks escaped.
impl fmt::Debug for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot {}: {}", self.operation, self.detail())
    }
}

impl ServerError {
    fn new(operation: impl Into<String>, message: impl Into<String>) -> Self {
        Self { operation: operation.into(), message: message.into(), source: None }
    }

    fn because(mut self, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.source = Some(Arc::new(source));
        self
    }

    /// The message and why.
    fn detail(&self) -> String {
        match &self.source {
            Some(source) => format!("{}: {source}", self.message),
            None => self.message.clone(),
        }
    }
}

/// A folder for a server.
fn folder(name: &str) -> Result<tempfile::TempDir> {
    let made = tempfile::Builder::new().prefix(&format!("elector-{name}-")).tempdir();
    made.map_err(|source| ServerError::new("make a folder", "the system refused").because(source))
}

/// Runs what blocks.
async fn blocking<T: Send + 'static>(work: fn() -> Result<T>) -> Result<T> {
    let dropped = |source| ServerError::new("wait", "the work was dropped").because(source);
    tokio::task::spawn_blocking(work).await.map_err(dropped)?
}

/// Tells whoever waits what goes on. Not by `eprintln!`, which the test harness keeps to itself.
fn say(text: &str) {
    let _ = io::stderr().write_all(format!("elector-testing: {text}\n").as_bytes());
}
