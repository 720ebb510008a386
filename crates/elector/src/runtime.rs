//! Where electors run: a thread of their own.

use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use futures_core::future::BoxFuture;
use tokio::runtime::Handle;

use crate::clock::{BootClock, Clock, TokioClock};
use crate::error::{Error, ErrorKind, Result};
use crate::store::SessionId;

/// The runtime that electors and observers make their calls on, and the clock they measure with.
///
/// By default every elector of a process shares one thread with a runtime of its own, so that an application that
/// blocks its workers does not lose its leases. A test or a simulator brings its own.
#[derive(Clone, Debug)]
pub struct Runtime {
    host: Arc<dyn Host>,
    clock: Arc<dyn Clock>,
}

/// What electors run on apart from their clock: for a simulator, which decides when a task runs and what chance draws.
pub trait Host: fmt::Debug + Send + Sync + 'static {
    /// Runs `task` to its end, or drops it when the host goes away.
    fn spawn(&self, task: BoxFuture<'static, ()>);

    /// Any number: it spreads candidates that would otherwise act at one moment, and decides nothing else.
    fn chance(&self) -> u32;

    /// The session of an elector that is being made: drawn from the operating system, unless a simulator, whose runs
    /// can be repeated, draws it from its own source. It must be another one for each elector: two with one session lead
    /// at the same time.
    fn session(&self) -> SessionId {
        SessionId::random()
    }
}

/// A tokio runtime and the process's own generator.
#[derive(Debug)]
struct Tokio(Handle);

impl Host for Tokio {
    fn spawn(&self, task: BoxFuture<'static, ()>) {
        drop(self.0.spawn(task));
    }

    fn chance(&self) -> u32 {
        rand::random()
    }
}

impl Runtime {
    /// The process's elector thread, started with the first elector.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unavailable`] when the operating system gives no thread or no descriptors for it. The next call
    /// tries again.
    pub fn shared() -> Result<Self> {
        /// The runtime, and the process whose thread runs it: a forked child has no thread.
        static SHARED: Mutex<Option<(u32, Runtime)>> = Mutex::new(None);
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        let process = std::process::id();
        if let Some((_, runtime)) = shared.as_ref().filter(|(owner, _)| *owner == process) {
            return Ok(runtime.clone());
        }
        let started = start_thread()?;
        // The parent's runtime is not this process's to shut down.
        std::mem::forget(shared.replace((process, started.clone())));
        Ok(started)
    }

    /// A runtime of the caller's, with a clock of the caller's.
    ///
    /// The runtime must have its timer and, for the stores that need it, its I/O enabled, and must outlive the
    /// electors: an elector whose runtime is shut down ends its term at once.
    pub fn new(handle: Handle, clock: Arc<dyn Clock>) -> Self {
        Self::hosted(Arc::new(Tokio(handle)), clock)
    }

    /// A host and a clock of the caller's, in place of tokio: the whole of it, so that a run can be repeated.
    pub fn hosted(host: Arc<dyn Host>, clock: Arc<dyn Clock>) -> Self {
        Self { host, clock }
    }

    /// The current tokio runtime and its own clock, which tests can pause.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub fn current() -> Self {
        Self::new(Handle::current(), Arc::new(TokioClock::new()))
    }

    /// The clock of this runtime.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.host.spawn(Box::pin(task));
    }

    pub(crate) fn host(&self) -> &Arc<dyn Host> {
        &self.host
    }
}

fn start_thread() -> Result<Runtime> {
    let failed = |what: &str, error: std::io::Error| {
        let message = format!("the elector thread could not be started: no {what}");
        Error::new(ErrorKind::Unavailable, "elector", "start", message).with_source(error)
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .thread_name("elector-io")
        .enable_all()
        .build()
        .map_err(|error| failed("runtime", error))?;
    let handle = runtime.handle().clone();
    thread::Builder::new()
        .name("elector".to_owned())
        .spawn(move || runtime.block_on(std::future::pending::<()>()))
        .map_err(|error| failed("thread", error))?;
    Ok(Runtime::new(handle, Arc::new(BootClock::new())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_has_one_thread_for_all() {
        let (one, two) = (Runtime::shared().unwrap(), Runtime::shared().unwrap());
        assert!(Arc::ptr_eq(one.clock(), two.clock()));
    }

    #[test]
    fn chances_and_sessions_differ() {
        let runtime = Runtime::shared().unwrap();
        let host = runtime.host();
        assert!((0..20).any(|_| host.chance() != host.chance()));
        assert_ne!(host.session(), host.session());
    }
}
