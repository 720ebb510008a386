//! The program's own messages, on standard error.

use std::io::{self, IsTerminal as _};

use tracing::level_filters::LevelFilter;
use tracing_subscriber::EnvFilter;

use crate::cli::Action;

/// The variable that says what is logged.
const VARIABLE: &str = "ELECTOR_LOG";
/// The client of Kubernetes says at every failed attempt that it failed, and not why.
const UNLESS_SET: &str = "info,kube_client=off";

/// Sends messages to standard error, as `ELECTOR_LOG` filters them, and says so where that is no filter.
///
/// Colours are for terminals, and where a message comes from is for whoever looks for a fault. A command that answers
/// and ends needs no times. What the program itself starts repeats no warning.
pub(crate) fn to_stderr(action: &Action) {
    let text = std::env::var_os(VARIABLE).filter(|text| !text.is_empty());
    let text = text.map(|text| text.to_string_lossy().into_owned());
    let asked = text.as_deref().map(filter);
    let wrong = matches!(asked, Some(None));
    let filter = asked.flatten().unwrap_or_else(|| EnvFilter::new(UNLESS_SET));
    let searching = filter.max_level_hint().is_none_or(|level| level >= LevelFilter::DEBUG);
    let colours = io::stderr().is_terminal()
        && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_target(searching)
        .with_ansi(colours)
        .with_writer(io::stderr);
    if action.goes_on() {
        log.init()
    } else {
        log.without_time().init()
    }
    if wrong && !action.is_inner() {
        tracing::warn!(
            "{VARIABLE}={:?} is not understood, so it is info: \
             write error, warn, info, debug, trace or off, or PART=LEVEL, with commas between",
            text.unwrap_or_default()
        );
    }
}

/// The filter that `text` says, or `None`.
fn filter(text: &str) -> Option<EnvFilter> {
    // A word that is no level would count as the name of a part, and hide all others.
    let is_plain = |part: &str| part.contains('=') || part.trim().parse::<LevelFilter>().is_ok();
    if text.split(',').all(is_plain) { EnvFilter::try_new(text).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_level_is_no_filter() {
        for right in ["info", "OFF", "warn,elector_local=debug", "elector=trace"] {
            assert!(filter(right).is_some(), "{right}");
        }
        for wrong in ["inof", "info,elector", "elector=loud", "info debug"] {
            assert!(filter(wrong).is_none(), "{wrong}");
        }
    }
}
