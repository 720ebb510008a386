//! The examples that end by themselves do, and say what they show.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test")]

use std::process::{Command, Stdio};
use std::time::Duration;

/// What the example called `name` prints.
fn output(name: &str) -> String {
    let deps = std::env::current_exe().unwrap();
    let program = deps.ancestors().nth(2).unwrap().join("examples").join(name);
    assert!(program.exists(), "not built: cargo build -p elector-local --example {name}");
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(program);
    let mut child = command.env("TMPDIR", folder.path()).stdout(Stdio::piped()).spawn().unwrap();
    for _ in 0..1_500 {
        if child.try_wait().unwrap().is_some() {
            break;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    // Nothing is lost of a child that has ended.
    let _ = child.kill();
    let output = child.wait_with_output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{name}: {}: {printed}", output.status);
    printed
}

/// Whether `printed` has all `lines`, each after the one before.
fn has_in_order(printed: &str, lines: &[&str]) -> bool {
    let mut rest = printed.lines();
    lines.iter().all(|line| rest.any(|printed| printed.starts_with(line)))
}

#[test]
fn guard_leads_and_gives_it_back() {
    let printed = output("guard");
    assert!(has_in_order(&printed, &["leading with token ", "done"]), "{printed}");
}

#[test]
fn fencing_refuses_a_stale_token() {
    let printed = output("fencing");
    let lines =
        ["first leads with token ", "second leads with token ", "first wakes ", "the register "];
    assert!(has_in_order(&printed, &lines), "{printed}");
    let mut tokens = printed.split("token ").skip(1).map(|rest| rest.split([' ', ':']).next());
    let (old, new, late) = (tokens.next().unwrap(), tokens.next().unwrap(), tokens.next().unwrap());
    let (old, new) = (old.unwrap(), new.unwrap());
    assert_eq!(late, Some(old));
    assert!(old.parse::<u64>().unwrap() < new.parse().unwrap(), "{printed}");
    assert!(printed.contains(&format!("refused, {new} was here")), "{printed}");
    assert!(printed.contains(&format!("the register holds: {new} second")), "{printed}");
}

#[test]
fn client_go_starts_and_stops() {
    let printed = output("client_go");
    let lines = ["started leading with token ", "reconciling", "reconciling", "stopped leading"];
    assert!(has_in_order(&printed, &lines), "{printed}");
    assert!(printed.contains("new leader: this process"), "{printed}");
}
