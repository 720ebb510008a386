//! The last step before CMD: this process becomes it.

use std::ffi::OsString;
use std::io::ErrorKind;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use nix::sys::signal::SigSet;
use rustix::process::{Pid, Signal, getppid, set_parent_process_death_signal};

use crate::exit::Exit;

/// Ties this process to the guardian's life and becomes CMD; returns only when it cannot.
///
/// A step of its own because the kernel forgets the tie at a fork and keeps it at an exec (unless
/// CMD is set-user-id).
pub(crate) fn launch(guardian: i32, command: &[OsString]) -> Exit {
    let Some((program, arguments)) = command.split_first() else { return Exit::Usage };
    let tied = set_parent_process_death_signal(Some(Signal::KILL));
    // Without the tie the guardian still kills the tree; only a kill of the guardian itself is noticed later.
    if tied.is_ok() && getppid() != Pid::from_raw(guardian) {
        return Exit::Internal;
    }
    // The guardian blocks all signals, and a mask is inherited.
    if SigSet::empty().thread_set_mask().is_err() {
        return Exit::Internal;
    }
    let error = Command::new(program).args(arguments).exec();
    tracing::error!("cannot run {}: {error}", program.display());
    if error.kind() == ErrorKind::NotFound { Exit::NotFound } else { Exit::NotExecutable }
}
