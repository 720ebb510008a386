//! What all commands share: help, manual, completions, and how messages look.

use crate::asking::{ask, elector};
use crate::scene::Scene;

const COMMANDS: [&str; 8] =
    ["demo", "run", "leader", "observe", "resign", "check", "completions", "man"];

#[test]
fn help_teaches_with_examples() {
    let scene = Scene::new();
    let help = elector(&scene, &["--help"]);
    assert_eq!(help.code, 0);
    for command in COMMANDS {
        assert!(help.out.contains(&format!("\n  {command} ")), "{command}");
        let own = elector(&scene, &[command, "--help"]);
        assert_eq!(own.code, 0);
        for part in ["Examples:\n", &format!("  elector {command}"), "Exit codes:\n", "  64 "] {
            assert!(own.out.contains(part), "{part:?} is not in the help of {command}");
        }
    }
    for hidden in ["guardian", "launch", "candidate "] {
        assert!(!help.out.contains(&format!("\n  {hidden}")), "{hidden}");
    }
}

#[test]
fn the_manual_has_a_page_for_every_command() {
    let scene = Scene::new();
    assert!(elector(&scene, &["man"]).out.contains(".TH elector 1"));
    for command in COMMANDS {
        let page = elector(&scene, &["man", command]);
        assert_eq!(page.code, 0);
        assert!(page.out.contains(&format!(".TH elector-{command} 1")), "{}", page.out);
    }
    for unknown in ["guardian", "dance"] {
        let page = elector(&scene, &["man", unknown]);
        assert_eq!((page.code, page.out.as_str()), (64, ""));
    }
}

#[test]
fn shells_are_told_the_commands() {
    let scene = Scene::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = elector(&scene, &["completions", shell]);
        assert_eq!(script.code, 0);
        assert!(script.out.contains("observe") && script.out.contains("config"), "{shell}");
        assert!(!script.out.contains("guardian"), "{shell} offers what is hidden");
    }
    assert_eq!(elector(&scene, &["completions", "abacus"]).code, 64);
}

#[test]
fn messages_are_short_and_plain() {
    let scene = Scene::new();
    let folder = scene.file("elector");
    std::fs::create_dir(&folder).unwrap();
    let answer = ask(&scene, &["leader", "--timeout", "1s"]);
    assert_eq!(answer.err, format!(" WARN nobody leads test in {}\n", folder.display()));
}
