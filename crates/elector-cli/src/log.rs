//! The program's own messages, on standard error.

use std::io::{self, IsTerminal as _};

use tracing::level_filters::LevelFilter;
use tracing_subscriber::EnvFilter;

/// Sends messages to standard error, as `ELECTOR_LOG` filters them.
///
/// Colours are for terminals, and where a message comes from is for whoever looks for a fault. A command that answers
/// and ends needs no times.
pub(crate) fn to_stderr(times: bool) {
    let filter = EnvFilter::try_from_env("ELECTOR_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let searching = filter.max_level_hint().is_none_or(|level| level >= LevelFilter::DEBUG);
    let colours = io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_target(searching)
        .with_ansi(colours)
        .with_writer(io::stderr);
    if times { log.init() } else { log.without_time().init() }
}
