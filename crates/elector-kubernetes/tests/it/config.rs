//! `config/kubernetes.toml` is right, and so is every configuration in `docs/kubernetes.md`.

use elector::Budget;
use elector_config::{Loader, Registry, Settings};
use elector_kubernetes::Kubernetes;

const FILE: &str = include_str!("../../../../config/kubernetes.toml");
const PAGE: &str = include_str!("../../../../docs/kubernetes.md");

fn linked() -> Registry {
    Registry::new().with("kubernetes", Kubernetes::from_config)
}

fn load(text: &str) -> Settings {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("elector.toml");
    std::fs::write(&file, text).unwrap();
    Loader::new().file(file).load().unwrap()
}

fn is_key(line: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || "_\"./".contains(c);
    line.split_once(" = ").is_some_and(|(key, _)| key.chars().all(plain))
}

/// The file with every commented key in force: a line such as `# watch = "lease"`.
fn uncommented() -> String {
    let lines = FILE.lines().map(|line| match line.strip_prefix("# ") {
        Some(rest) if is_key(rest) => rest,
        _ => line,
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_file_is_right_as_it_stands() {
    let settings = load(FILE);
    assert_eq!(settings.election().name, "scheduler");
    assert_eq!(settings.budget().unwrap(), Budget::default());
    assert!(settings.elector(&linked()).is_ok());
}

#[test]
fn the_file_is_right_with_every_key_and_shows_every_key() {
    let settings = load(&uncommented());
    settings.elector(&linked()).unwrap();
    let shown: Vec<_> =
        settings.explain().settings().iter().map(|setting| setting.key.clone()).collect();
    let wrong = load(&format!("{}\n[backend.kubernetes]\nx = 1", minimal()));
    let refusal = wrong.store(&linked()).unwrap_err().to_string();
    let (_, allowed) = refusal.split_once("allowed here: ").unwrap();
    for key in allowed.split(", ") {
        let key = format!("backend.kubernetes.{key}");
        assert!(shown.iter().any(|shown| shown.starts_with(&key)), "{key} is not in {shown:?}");
    }
    // What the comments call the default is the default.
    let (with, without) = (settings.budget().unwrap(), Budget::default());
    assert_eq!(with.renew_interval(), without.renew_interval());
    assert_eq!(with.attempt_timeout(), without.attempt_timeout());
}

#[test]
fn a_wrong_value_is_told_with_its_key() {
    let settings =
        load(&format!("{}\n[backend.kubernetes]\nnamespace = \"a\"\nwatch = \"pod\"", minimal()));
    let told = settings.store(&linked()).unwrap_err().to_string();
    for part in ["backend.kubernetes", "watch", "lease", "namespace"] {
        assert!(told.contains(part), "{part:?} is not in: {told}");
    }
}

#[test]
fn the_page_is_right() {
    let mut blocks = 0;
    for block in PAGE.split("\n```toml\n").skip(1) {
        let (text, _) = block.split_once("\n```").unwrap();
        let settings = load(text);
        settings.elector(&linked()).unwrap();
        blocks += 1;
    }
    assert!(blocks > 0);
}

fn minimal() -> &'static str {
    "[election]\nname = \"a\"\n[backend]\nkind = \"kubernetes\""
}
