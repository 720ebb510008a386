//! The signals that `elector run` passes on or ends for.

use std::fs;
use std::future::poll_fn;
use std::io;
use std::task::Poll;

use rustix::process::{Signal as Suspend, getpid, getppid, kill_process};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::kinship::{group_of, parent_of, session_of};

/// The signals that a service manager, a terminal or a person sends to a program.
pub(crate) struct Signals {
    streams: Vec<(i32, Signal)>,
}

impl Signals {
    /// Listens to those that were not ignored when this process started: `nohup` and shells without job control
    /// ignore some for the programs that they start, and CMD inherits that.
    ///
    /// # Errors
    ///
    /// When the system refuses a handler.
    pub(crate) fn listen() -> io::Result<Self> {
        // Where the death of children was ignored, the kernel would throw away how CMD ended. Programs inherit that
        // something is ignored, but not that it is caught.
        drop(signal(SignalKind::child())?);
        let ignored = ignored();
        let mut streams = Vec::new();
        for kind in [
            SignalKind::terminate(),
            SignalKind::interrupt(),
            SignalKind::hangup(),
            SignalKind::quit(),
            SignalKind::user_defined1(),
            SignalKind::user_defined2(),
            SignalKind::from_raw(Suspend::TSTP.as_raw()),
        ] {
            let number = kind.as_raw_value();
            if ignored & (1 << (number - 1)) == 0 {
                streams.push((number, signal(kind)?));
            }
        }
        Ok(Self { streams })
    }

    /// Waits for the next signal, and gives its number.
    ///
    /// # Cancel safety
    ///
    /// No signal is lost when the future is dropped.
    pub(crate) async fn next(&mut self) -> i32 {
        poll_fn(|context| {
            for (number, stream) in &mut self.streams {
                while stream.poll_recv(context).is_ready() {
                    if !is_suspend(*number) || can_be_continued() {
                        return Poll::Ready(*number);
                    }
                }
            }
            Poll::Pending
        })
        .await
    }
}

/// Whether the sender wants the program to end, CMD or not.
pub(crate) fn asks_to_end(number: i32) -> bool {
    [SignalKind::terminate(), SignalKind::interrupt(), SignalKind::quit()]
        .iter()
        .any(|kind| kind.as_raw_value() == number)
}

/// Whether the signal ends a program that has nothing to pass it on to.
pub(crate) fn ends_a_wait(number: i32) -> bool {
    asks_to_end(number) || number == SignalKind::hangup().as_raw_value()
}

/// Whether the signal is that of Ctrl-Z.
pub(crate) fn is_suspend(number: i32) -> bool {
    number == Suspend::TSTP.as_raw()
}

/// Whether somebody is there who continues this process when it is stopped: the shell that made its process group. A
/// group without one is not stopped by the kernel either.
fn can_be_continued() -> bool {
    let (group, session) = (group_of(getpid()), session_of(getpid()));
    let mut ancestor = getppid();
    while let Some(pid) = ancestor {
        if group_of(pid) != group {
            return session.is_ok() && session_of(pid) == session;
        }
        ancestor = parent_of(pid);
    }
    false
}

/// Stops this process, as the caught signal would have. Returns when it is continued.
pub(crate) fn suspend() {
    // A process may always stop itself.
    let _ = kill_process(getpid(), Suspend::STOP);
}

/// What people call the signal.
pub(crate) fn name(number: i32) -> &'static str {
    nix::sys::signal::Signal::try_from(number).map_or("a signal", |signal| signal.as_str())
}

/// The mask of ignored signals; none where the kernel does not say.
fn ignored() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}
