//! `elector demo` with real processes, and what it says when a candidate lies.

use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;
use std::time::Duration;

use elector::Backend;
use elector::store::Store as _;
use elector_local::Local;
use elector_trial::demo::{self, Options};
use elector_trial::{CandidateSpec, Report};
use serde_json::Value;

const PROGRAM: &str = env!("CARGO_BIN_EXE_elector");

fn elector_demo(flags: &[&str]) -> Output {
    let mut command = Command::new(PROGRAM);
    command.args(["--lease-duration", "1s", "demo", "--rounds", "1"]).args(flags);
    for (variable, _) in std::env::vars_os() {
        if variable.to_string_lossy().starts_with("ELECTOR") {
            command.env_remove(variable);
        }
    }
    command.output().unwrap()
}

#[test]
fn a_demo_ends_well() {
    let output = elector_demo(&["--json"]);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{report:#}");
    assert_eq!(report["good"], true);
    for fault in ["kill", "freeze", "resign"] {
        assert_eq!(report["faults"][fault]["failover"]["n"], 1, "{fault}: {report:#}");
    }
    assert_eq!(report["verdict"]["terms"], 4);
    assert_eq!(report["verdict"]["frozen"], 1);
    assert_eq!(report["two_leaders_ms"]["total"], 0.0);
    assert_eq!(report["candidates"].as_array().unwrap().len(), 3);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("\"at_ms\"") && !text.contains("nanos"), "one unit: {text}");
    // To the nanosecond, and not a digit more.
    let digits = |number: &str| number.chars().take_while(char::is_ascii_digit).count();
    assert!(text.split('.').skip(1).all(|rest| digits(rest) <= 6), "{text}");
}

#[test]
fn a_demo_is_plain_text_without_a_terminal() {
    let output = elector_demo(&[]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(!text.contains('\x1b'), "{text}");
    for part in [
        "calls/s: ",
        "overshoot: ",
        "is killed",
        "is frozen",
        "wakes",
        "is asked to resign",
        "two leaders at once: never",
    ] {
        assert!(text.contains(part), "{part:?} is not in:\n{text}");
    }
}

#[test]
fn a_demo_leaves_a_configured_store_as_it_was() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("elections");
    let file = place.path().join("elector.toml");
    let settings = "[election]\nname = \"billing\"\n[candidate]\nname = \"node-1\"\n\
                    [backend]\nkind = \"local\"\n[backend.local]\n";
    std::fs::write(&file, format!("{settings}folder = {folder:?}\n")).unwrap();
    let output = elector_demo(&["--json", "--config", file.to_str().unwrap()]);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{report:#}");
    let left = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name());
    let left: Vec<_> = left.map(|name| name.into_string().unwrap()).collect();
    // What the killed leave behind, locks and half-written drafts, is swept away by those who come later.
    let swept = |name: &String| name.ends_with(".alive") || name.ends_with(".tmp");
    assert!(left.iter().all(swept), "{left:?}");
}

#[test]
fn a_demo_contends_in_no_other_election() {
    for flag in ["--election", "--name"] {
        let output = elector_demo(&[flag, "billing"]);
        assert_eq!(output.status.code(), Some(64));
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(told.starts_with(&format!("elector: {flag}: a demo has an election")), "{told}");
    }
}

#[test]
fn a_demo_that_no_candidate_could_play_is_refused_at_once() {
    let output = elector_demo(&["--lease-duration", "50ms"]);
    assert_eq!(output.status.code(), Some(78));
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "");
}

/// A demo whose third candidate runs `script` instead, with the host's clock in nanoseconds as `$(clock)`.
fn demo_with(script: &'static str) -> Report {
    let folder = tempfile::tempdir().unwrap();
    let backend: Arc<dyn Backend> = Local::new(folder.path()).election("demo").unwrap();
    let mut options = Options::default();
    options.rounds = 1;
    options.lease_duration = Duration::from_secs(1);
    let path = folder.path().to_owned();
    let spawn = move |spec: &CandidateSpec| match spec.name.as_str() {
        "c3" => liar(script),
        name => honest(&path, name),
    };
    demo::run(&options, spawn, backend, None)
}

fn honest(folder: &Path, name: &str) -> Command {
    let mut command = Command::new(PROGRAM);
    command
        .args(["--election", "demo", "--lease-duration", "1s", "--name", name])
        .args(["candidate", "--folder"])
        .arg(folder)
        .env("ELECTOR_LOG", "off");
    command
}

fn liar(script: &str) -> Command {
    // The clock of /proc/uptime is the boot-time clock, in hundredths of a second.
    let clock = r#"clock() { read -r up _ < /proc/uptime; echo "${up%.*}${up#*.}0000000"; }"#;
    let mut command = Command::new("sh");
    command.args(["-c", &format!("{clock}\n{script}")]);
    command
}

#[test]
fn a_candidate_that_claims_without_leading_is_found() {
    let report = demo_with(
        r#"while sleep 0.05; do echo '{"is":"current","token":1,"at":'$(clock)',"until":0}'; done"#,
    );
    assert!(!report.is_good());
    assert!(!report.verdict.overlaps.is_empty(), "{report}");
}

#[test]
fn a_candidate_that_dies_breaks_the_demo_off() {
    let report = demo_with("exit 3");
    assert!(!report.is_good());
    assert!(report.failure.as_ref().is_some_and(|why| why.contains("c3")), "{report}");
}
