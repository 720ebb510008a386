//! The thread on which clients work.
//!
//! A kubeconfig may name a program that prints a token (`exec`), and kube waits for it where the request is made. On the
//! elector's thread that would hold up the renewals and the stops of every election.

use std::future::{Future, pending};
use std::io;
use std::sync::{Mutex, PoisonError};
use std::thread;

use elector::{Error, ErrorKind, Result};
use tokio::runtime::{Builder, Handle};
use tokio_util::task::AbortOnDropHandle;

use crate::error::BACKEND;

/// Runs `work` on the thread of the clients. Dropped, it is given up.
///
/// # Errors
///
/// When there is no thread to be had, or the work panicked.
pub(crate) async fn run<T: Send + 'static>(
    operation: &'static str,
    work: impl Future<Output = T> + Send + 'static,
) -> Result<T> {
    let failed = |what: &str, source: elector::Source| {
        Error::new(ErrorKind::Unavailable, BACKEND, operation, what).with_source(source)
    };
    let handle = handle().map_err(|error| failed("no thread for the client", Box::new(error)))?;
    let task = AbortOnDropHandle::new(handle.spawn(work));
    task.await.map_err(|error| failed("the client failed", Box::new(error)))
}

fn handle() -> io::Result<Handle> {
    /// The thread, and its process: a forked child has none.
    static STARTED: Mutex<Option<(u32, Handle)>> = Mutex::new(None);
    let mut started = STARTED.lock().unwrap_or_else(PoisonError::into_inner);
    let process = std::process::id();
    if let Some((_, handle)) = started.as_ref().filter(|(owner, _)| *owner == process) {
        return Ok(handle.clone());
    }
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let handle = runtime.handle().clone();
    let thread = thread::Builder::new().name("elector-kube".to_owned());
    thread.spawn(move || runtime.block_on(pending::<()>()))?;
    *started = Some((process, handle.clone()));
    Ok(handle)
}
