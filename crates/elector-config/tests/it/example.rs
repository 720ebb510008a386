//! The commented examples in `config/` are right.

use std::time::Duration;

use elector::Budget;
use elector_config::{Loader, Registry};
use elector_local::Local;

use crate::stand_in::{Given, choosing};

const LOCAL: &str = include_str!("../../../../config/local.toml");

#[test]
fn local_is_right_as_it_stands() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../config/local.toml");
    let settings = Loader::new().file(path).load().unwrap();
    assert_eq!(settings.election().name, "billing/scheduler");
    assert_eq!(settings.budget().unwrap(), Budget::default());
    assert!(settings.elector(&linked()).is_ok());
}

#[test]
fn local_is_right_with_every_key() {
    let settings = Given::file(&uncommented(LOCAL)).load().unwrap();
    assert_eq!(settings.candidate().name, "node-1");
    // What the comments call the default is the default.
    let budget = settings.budget().unwrap();
    let default = Budget::default();
    assert_eq!(budget.clock_rate_ppm(), default.clock_rate_ppm());
    assert_eq!(budget.renew_interval(), default.renew_interval());
    assert_eq!(budget.renew_deadline(), default.renew_deadline());
    assert_eq!(budget.attempt_timeout(), default.attempt_timeout());
    assert_eq!(budget.backoff(), default.backoff());
    assert_eq!(budget.stop_budget(), default.stop_budget());
    // Derived to the nanosecond, shown in milliseconds.
    let derived = default.pause_allowance();
    let rounding = derived.checked_sub(budget.pause_allowance()).unwrap();
    assert!(rounding < Duration::from_millis(1), "{derived:?} is derived");
    assert!(settings.elector(&linked()).is_ok());
}

#[test]
fn local_shows_every_key() {
    let settings = Given::file(&uncommented(LOCAL)).load().unwrap();
    let keys: Vec<_> =
        settings.explain().settings().iter().map(|setting| setting.key.clone()).collect();
    let wrong = Given::file("[election]\nname = \"a\"\nx = 1").refusal();
    let (_, allowed) = wrong.split_once("allowed here: ").unwrap();
    for key in allowed.split(", ") {
        assert!(keys.contains(&format!("election.{key}")), "{key}");
    }
    for key in ["candidate.name", "candidate.metadata", "backend.local.allow_weak"] {
        assert!(keys.iter().any(|shown| shown == key), "{key}");
    }
}

#[test]
fn mistakes_in_it_are_told_with_the_full_key() {
    let refusal = |line: &str| {
        let file = choosing("local", &format!("[backend.local]\nfolder = \"/f\"\n{line}"));
        let settings = Given::file(&file).load().unwrap();
        let error = settings.store(&linked()).unwrap_err();
        (error.key().unwrap().to_owned(), error.message().to_owned())
    };
    let (key, message) = refusal("poll_interval = \"soon\"");
    assert_eq!(key, "backend.local.poll_interval");
    assert!(message.contains("\"soon\"") && message.contains("\"5s\""), "{message}");
    let (key, message) = refusal("poll_intervall = \"5s\"");
    assert_eq!(key, "backend.local.poll_intervall");
    assert!(message.ends_with("allowed here: allow_weak, folder, poll_interval"), "{message}");
}

#[test]
fn a_relative_folder_is_refused_wherever_it_comes_from() {
    let file = choosing("local", "[backend.local]\nfolder = \"f\"");
    let refusal = |given: Given| {
        let error = given.load().unwrap().store(&linked()).unwrap_err();
        assert_eq!(error.key(), Some("backend.local.folder"));
        let message = "folder must be an absolute path such as \"/var/lib/elector\", found \"f\"";
        assert_eq!(error.message(), message);
        error.origin().unwrap().to_string()
    };
    assert!(refusal(Given::file(&file)).ends_with("elector.toml:6"));
    let variable = "ELECTOR__BACKEND__LOCAL__FOLDER";
    let origin = refusal(Given::file(&choosing("local", "")).env(&[(variable, "f")]));
    assert_eq!(origin, format!("environment variable {variable}"));
    let given = Given::file(&choosing("local", ""));
    assert_eq!(refusal(given.flag("backend.local.folder", "f", "--folder")), "--folder");
}

fn linked() -> Registry {
    Registry::new().with("local", Local::from_config)
}

/// The example with every commented key in force: a line such as `# name = "node-1"`.
fn uncommented(text: &str) -> String {
    let is_key = |line: &str| {
        line.split_once(" = ")
            .is_some_and(|(key, _)| key.chars().all(|c| c.is_ascii_lowercase() || c == '_'))
    };
    let lines = text.lines().map(|line| match line.strip_prefix("# ") {
        Some(rest) if is_key(rest) => rest,
        _ => line,
    });
    lines.collect::<Vec<_>>().join("\n")
}
