//! The candidates in Go of `tests/go`, built into the user's cache by the version of Go and their sources.

use std::collections::BTreeMap;
use std::collections::hash_map::DefaultHasher;
use std::fs::{self, File};
use std::hash::{Hash as _, Hasher as _};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::OnceLock;

use elector_testing::servers::install;
use serde::Deserialize;

/// A candidate in Go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// Module and version, as `client-go-0.34.13`.
    pub name: String,
    pub path: PathBuf,
}

/// The candidates in Go that this machine's Go can build.
#[derive(Clone, Debug)]
pub struct Programs {
    /// The version of Go, as `1.26.8`.
    pub go: String,
    /// Candidates on client-go, of at most two minor versions, the newest last.
    pub candidates: Vec<Program>,
    /// One on controller-runtime.
    pub manager: Program,
}

/// `builds.json`.
#[derive(Debug, Deserialize)]
struct Builds {
    command: Vec<String>,
    builds: BTreeMap<String, Build>,
}

#[derive(Debug, Deserialize)]
struct Build {
    modfile: String,
    package: String,
    /// The oldest Go that takes it.
    go: String,
}

impl Programs {
    /// The programs, built if they are not there yet: some minutes the first time.
    pub fn get() -> &'static Self {
        static BUILT: OnceLock<Programs> = OnceLock::new();
        BUILT.get_or_init(Self::build)
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = &Program> {
        self.candidates.iter().chain([&self.manager])
    }

    /// The newest on client-go.
    pub fn newest(&self) -> &Program {
        self.candidates.last().unwrap()
    }

    fn build() -> Self {
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("go");
        let builds = fs::read_to_string(sources.join("builds.json")).unwrap();
        let builds: Builds = serde_json::from_str(&builds).unwrap();
        let go = go_version();
        let folder = format!("candidates-go{go}-{:016x}", hash(&sources));
        let cache = install::cache().unwrap().join(folder);
        fs::create_dir_all(&cache).unwrap();
        // One process builds, the others wait.
        let lock = File::create(cache.join("lock")).unwrap();
        lock.lock().unwrap();
        let newest = |kind: &str, most: usize| {
            let is_ours = |(name, build): &(&String, &Build)| {
                name.starts_with(kind) && numbers(&build.go) <= numbers(&go)
            };
            let mut names: Vec<_> = builds.builds.iter().filter(is_ours).collect();
            names.sort_by_key(|(name, _)| numbers(name));
            let names = names.split_off(names.len().saturating_sub(most));
            names
                .into_iter()
                .map(|(name, build)| build_one(&builds.command, name, build, &sources, &cache))
        };
        let candidates: Vec<_> = newest("client-go-", 2).collect();
        let manager = newest("controller-runtime-", 1).next().unwrap();
        assert!(!candidates.is_empty(), "Go {go} is too old for every client-go of builds.json");
        Self { go, candidates, manager }
    }
}

fn build_one(
    command: &[String],
    name: &str,
    build: &Build,
    sources: &Path,
    cache: &Path,
) -> Program {
    let path = cache.join(name);
    if path.is_file() {
        return Program { name: name.to_owned(), path };
    }
    say(&format!("building {name}; the first time this takes a few minutes"));
    let unfinished = cache.join(format!("{name}.unfinished"));
    let filled = command.iter().skip(1).map(|word| {
        word.replace("{modfile}", &build.modfile)
            .replace("{package}", &build.package)
            .replace("{out}", &unfinished.display().to_string())
    });
    let output = install::go()
        .unwrap()
        .args(filled)
        .current_dir(sources)
        // Nothing of what somebody has set for modules of their own; no C compiler is needed.
        .envs([("GOFLAGS", ""), ("GOWORK", "off"), ("GOTOOLCHAIN", "local"), ("CGO_ENABLED", "0")])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "go build of {name}: {said}");
    fs::rename(&unfinished, &path).unwrap();
    Program { name: name.to_owned(), path }
}

fn go_version() -> String {
    let mut go = install::go().unwrap();
    let said = go.args(["env", "GOVERSION"]).env("GOTOOLCHAIN", "local").output().unwrap();
    String::from_utf8(said.stdout).unwrap().trim().trim_start_matches("go").to_owned()
}

/// The numbers in a version, to compare.
fn numbers(version: &str) -> Vec<u32> {
    version.split(|c: char| !c.is_ascii_digit()).filter_map(|word| word.parse().ok()).collect()
}

/// Of all names and contents under `folder`.
fn hash(folder: &Path) -> u64 {
    let mut hasher = DefaultHasher::new();
    let mut folders = vec![folder.to_owned()];
    let mut files = Vec::new();
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    for file in files {
        file.strip_prefix(folder).unwrap().hash(&mut hasher);
        fs::read(&file).unwrap().hash(&mut hasher);
    }
    hasher.finish()
}

/// Not by `eprintln!`, which the test harness keeps to itself.
fn say(text: &str) {
    let _ = std::io::stderr().write_all(format!("elector-tests: {text}\n").as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_by_number() {
        assert!(numbers("client-go-0.34.2") < numbers("client-go-0.34.13"));
        assert!(numbers("1.9") < numbers("1.24.0"));
    }
}
