//! `elector check`: what it explains and refuses, and that it leaves the store alone.

use std::fs;

use crate::asking::{Answer, program};
use crate::scene::Scene;

/// A file in which `HERE` stands for the scene's folder.
const FILE: &str = r#"
[election]
name = "billing"
lease_duration = "15s"
[backend]
kind = "local"
[backend.local]
folder = "HERE/one"
"#;

/// Checks this text as a file, with more flags.
fn check(scene: &Scene, text: &str, flags: &[&str]) -> Answer {
    write(scene, "new.toml", text);
    // The folder is the file's.
    let mut program = program(scene);
    program.env_remove("ELECTOR__BACKEND__LOCAL__FOLDER");
    program.args(["check", "--config", "new.toml"]).args(flags).output().unwrap().into()
}

fn write(scene: &Scene, name: &str, text: &str) {
    let text = text.replace("HERE", scene.path().to_str().unwrap());
    fs::write(scene.path().join(name), text).unwrap();
}

/// Checks this text after [`FILE`].
fn after(scene: &Scene, text: &str) -> String {
    write(scene, "old.toml", FILE);
    let answer = check(scene, text, &["--was", "old.toml"]);
    assert_eq!(answer.code, 0, "{}", answer.err);
    answer.out.split_once("Change from old.toml\n").unwrap().1.to_owned()
}

#[test]
fn settings_time_and_promises_are_explained() {
    let scene = Scene::new();
    let answer = check(&scene, FILE, &["--name", "node-1"]);
    assert_eq!(answer.code, 0, "{}", answer.err);
    for line in [
        "  election.name = \"billing\"  # new.toml:3\n",
        "  candidate.name = \"node-1\"  # --name\n",
        "  renew_deadline 10 s + stop_budget 2 s + pause_allowance 1.5 s <= hold 13.5 s\n",
        "  stops after at most 13.5 s without the store; a rival may start after 15 s\n",
        "Store: local, in ",
        "  a leader whose process died is replaced at once\n",
    ] {
        assert!(answer.out.contains(line), "{line:?} is not in:\n{}", answer.out);
    }
    assert!(!scene.file("one").exists(), "the store was touched");
}

#[test]
fn a_weak_store_is_called_weak() {
    let scene = Scene::new();
    let answer = check(&scene, &format!("{FILE}allow_weak = true\n"), &[]);
    assert_eq!(answer.code, 0);
    assert!(answer.out.contains("WEAK") && !answer.out.contains("replaced at once"));
}

#[test]
fn settings_that_cannot_work_are_code_78() {
    let scene = Scene::new();
    let budget = FILE.replace("\"15s\"", "\"15s\"\nstop_budget = \"9s\"");
    for (text, message) in [
        (FILE.replace("name = ", "nane = "), "nane"),
        (FILE.replace("\"15s\"", "\"1ms\""), "100ms"),
        (FILE.replace("\"local\"", "\"paper\""), "this program knows \"kubernetes\", \"local\""),
        (FILE.replace("kind = \"local\"", ""), "as in [backend] kind = \"local\""),
        (budget, "renew_deadline + stop_budget + pause_allowance <= hold"),
    ] {
        let answer = check(&scene, &text, &[]);
        assert_eq!((answer.code, answer.out.as_str()), (78, ""), "{text}");
        assert!(answer.err.contains(message), "{}", answer.err);
    }
    assert_eq!(check(&scene, FILE, &["--was", "missing.toml"]).code, 78);
}

#[test]
fn an_equal_file_changes_nothing() {
    assert_eq!(after(&Scene::new(), FILE), "  nothing changes\n");
}

#[test]
fn what_leads_to_the_same_record_is_changed_one_by_one() {
    let scene = Scene::new();
    let lease = after(&scene, &FILE.replace("15s", "30s"));
    assert!(lease.contains("election.lease_duration: \"15s\" -> \"30s\""), "{lease}");
    assert!(lease.contains("one by one") && lease.contains("side by side"), "{lease}");
    let poll = after(&scene, &format!("{FILE}poll_interval = \"1s\"\n"));
    assert!(poll.contains("one by one") && !poll.contains("Stop all"), "{poll}");
}

#[test]
fn another_place_or_name_is_another_election() {
    let scene = Scene::new();
    for text in [FILE.replace("one", "two"), FILE.replace("billing", "shipping")] {
        let advice = after(&scene, &text);
        for step in ["another election", "Stop all", "Wait 15s", "token_floor", "It is 0 now"] {
            assert!(advice.contains(step), "{step:?} is not in:\n{advice}");
        }
        assert!(!advice.contains("one by one"), "{advice}");
    }
    // The wait is the old lease, not the new one.
    let longer = after(&scene, &FILE.replace("one", "two").replace("15s", "30s"));
    assert!(longer.contains("Wait 15s"), "{longer}");
}

/// A file for Kubernetes, whose namespace need not exist: nobody is asked.
const CLUSTER: &str = r#"
[election]
name = "billing/scheduler"
[backend]
kind = "kubernetes"
[backend.kubernetes]
namespace = "billing"
"#;

#[cfg(not(feature = "kubernetes"))]
#[test]
fn a_program_without_kubernetes_says_how_to_build_one() {
    let answer = check(&Scene::new(), CLUSTER, &[]);
    assert_eq!(answer.code, 78);
    assert!(answer.err.contains("build it with `--features kubernetes`"), "{}", answer.err);
}

#[cfg(feature = "kubernetes")]
mod kubernetes {
    use super::*;

    #[test]
    fn the_lease_and_the_rights_are_told() {
        let scene = Scene::new();
        let answer = check(&scene, CLUSTER, &[]);
        assert_eq!(answer.code, 0, "{}", answer.err);
        for line in [
            "Store: kubernetes, on the Lease billing/billing--2fscheduler\n",
            "  leases are whole multiples of 1s, at least 1s, at most 3600s; this one is granted as 15s\n",
            "  a leader whose process died is replaced when its lease has run out\n",
            "  the right to create Leases in its namespace\n",
            "  the right to get, list, watch and update this Lease\n",
            "  the right to create Events there; without it there are none, and all else works\n",
        ] {
            assert!(answer.out.contains(line), "{line:?} is not in:\n{}", answer.out);
        }
        let shared =
            check(&scene, &format!("{CLUSTER}watch = \"namespace\"\nevents = false\n"), &[]);
        assert!(
            shared.out.contains("list and watch all Leases of its namespace"),
            "{}",
            shared.out
        );
        assert!(!shared.out.contains("right to create Events there"), "{}", shared.out);
    }

    #[test]
    fn a_lease_of_more_than_an_hour_is_refused() {
        let scene = Scene::new();
        assert_eq!(check(&scene, CLUSTER, &["--lease-duration", "1h"]).code, 0);
        let answer = check(&scene, CLUSTER, &["--lease-duration", "3601s"]);
        let told = "elector: --lease-duration: lease_duration is 3601s, but the kubernetes store takes none above 3600s\n";
        assert_eq!((answer.code, answer.err.as_str()), (78, told));
    }

    #[test]
    fn what_leads_to_the_same_lease_is_changed_one_by_one() {
        let scene = Scene::new();
        write(&scene, "old.toml", CLUSTER);
        let after = |text: &str| check(&scene, text, &["--was", "old.toml"]).out;
        let same = format!(
            "{CLUSTER}watch = \"namespace\"\nevents = false\n[backend.kubernetes.labels]\napp = \"a\"\n"
        );
        assert!(after(&same).contains("one by one"), "{}", after(&same));
        let other = CLUSTER.replace("\"billing\"", "\"shipping\"");
        assert!(after(&other).contains("another election"), "{}", after(&other));
    }
}
