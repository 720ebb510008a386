//! What must hold for any bytes in a configuration file; `fuzz/` feeds it, and every test run its corpus.
#![allow(missing_docs, clippy::expect_used, clippy::panic, reason = "it fails by panicking")]
#![cfg_attr(not(fuzzing), allow(unreachable_pub))]

use std::path::Path;

use crate::fault::Places;
use crate::{file, settings::Settings};

/// A file is refused with a message, or means settings whose every part can be told; a budget keeps its lines.
pub fn config(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let path = Path::new("elector.toml");
    let refused = |error: crate::ConfigError| {
        let said = error.to_string();
        assert!(said.contains("elector.toml"), "a message that does not name the file: {said}");
    };
    let places = Places {
        file: Some(crate::Origin::File { path: path.to_owned(), line: None }),
        environment: false,
    };
    let settings = file::parse(text, path).and_then(|root| Settings::new(root, places));
    let settings = match settings {
        Ok(settings) => settings,
        Err(error) => return refused(error),
    };
    assert!(!settings.election().name.is_empty());
    assert!(settings.explain().to_string().lines().count() >= 2);
    match settings.budget() {
        Ok(budget) => {
            let stopped = budget.renew_deadline() + budget.stop_budget() + budget.pause_allowance();
            assert!(stopped <= budget.hold() && budget.hold() <= budget.lease_duration());
            assert!(budget.renew_interval() < budget.renew_deadline());
        }
        Err(error) => refused(error),
    }
}

#[cfg(all(test, not(fuzzing)))]
mod tests {
    use std::path::Path;

    #[test]
    fn damaged_files_are_refused_or_understood() {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/config");
        elector_testing::damage(&corpus, 10_000).for_each(|text| super::config(&text));
    }
}
