//! Builds a program from the Go module into the cache.

use std::fs::{self, File, TryLockError};
use std::io::{self, BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::install::Program;
use super::{Result, ServerError, go, say};

const GO_MOD: &str = include_str!("../../servers/kubernetes/go.mod");
const GO_SUM: &str = include_str!("../../servers/kubernetes/go.sum");

/// What the names of unfinished things in the cache begin with.
pub(crate) const UNFINISHED: &str = "unfinished-";

/// The program in `cache`, built if it is not there yet.
pub(crate) fn cached(program: &Program, cache: &Path) -> Result<PathBuf> {
    let folder = cache.join(format!("{}-{}", program.name, program.version));
    let path = folder.join(program.name);
    if path.is_file() {
        return Ok(path);
    }
    let failed = |source| unwritable(format!("build {}", program.name), cache, source);
    fs::create_dir_all(cache).map_err(failed)?;
    let _lock = lock(cache).map_err(failed)?;
    if path.is_file() {
        return Ok(path);
    }
    remove_unfinished(cache).map_err(failed)?;
    let go = go::find(cache)?;
    let module = scratch(cache).map_err(failed)?;
    fs::write(module.path().join("go.mod"), GO_MOD).map_err(failed)?;
    fs::write(module.path().join("go.sum"), GO_SUM).map_err(failed)?;
    let built = build(program, go, module.path())?;
    fs::create_dir_all(&folder).map_err(failed)?;
    fs::rename(built, &path).map_err(failed)?;
    say(&format!("{} {} is in {}", program.name, program.version, folder.display()));
    Ok(path)
}

/// A command that runs Go.
pub(crate) fn go(cache: &Path) -> Result<Command> {
    let failed = |source| unwritable("find Go".to_owned(), cache, source);
    fs::create_dir_all(cache).map_err(failed)?;
    let _lock = lock(cache).map_err(failed)?;
    go::find(cache)
}

fn unwritable(operation: String, cache: &Path, source: io::Error) -> ServerError {
    let message = format!("the cache {} cannot be written", cache.display());
    ServerError::new(operation, message).because(source)
}

/// A folder in the cache that is removed again.
pub(crate) fn scratch(cache: &Path) -> io::Result<tempfile::TempDir> {
    tempfile::Builder::new().prefix(UNFINISHED).tempdir_in(cache)
}

/// Held until dropped, by one process at a time.
fn lock(cache: &Path) -> io::Result<File> {
    let file = File::create(cache.join("lock"))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            say("waiting for another process that builds the servers");
            file.lock()?;
        }
        Err(TryLockError::Error(error)) => return Err(error),
    }
    Ok(file)
}

/// Removes what builds left that were killed. Only who holds the lock may.
fn remove_unfinished(cache: &Path) -> io::Result<()> {
    for entry in fs::read_dir(cache)? {
        let entry = entry?;
        if entry.file_name().as_encoded_bytes().starts_with(UNFINISHED.as_bytes()) {
            fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

fn build(program: &Program, mut go: Command, module: &Path) -> Result<PathBuf> {
    say(&format!(
        "building {} {} from its Go module; once, {} on two idle cores",
        program.name, program.version, program.takes
    ));
    let failed = |message: String| ServerError::new(format!("build {}", program.name), message);
    let built = module.join(program.name);
    let mut child = go
        .args(["build", "-v", "-mod=readonly", "-trimpath", "-buildvcs=false"])
        .args(["-ldflags", program.ldflags, "-o"])
        .arg(&built)
        .arg(program.package)
        .current_dir(module)
        // No C compiler is needed then, and the program runs anywhere.
        .envs([("CGO_ENABLED", "0"), ("GOWORK", "off")])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|source| failed("go does not start".to_owned()).because(source))?;
    let mut complaints = Vec::new();
    let mut compiled = 0;
    for line in child.stderr.take().into_iter().flat_map(|it| BufReader::new(it).lines()) {
        let Ok(line) = line else { break };
        if line.starts_with("go: downloading") {
            continue;
        }
        // With -v a package is told by a line that is its path alone; complaints have words.
        if line.contains(' ') {
            complaints.push(line);
            continue;
        }
        compiled += 1;
        if compiled % 200 == 0 {
            say(&format!("{}: {compiled} of about {} packages", program.name, program.packages));
        }
    }
    let status = child.wait().map_err(|source| failed("go was lost".to_owned()).because(source))?;
    if status.success() && built.is_file() {
        return Ok(built);
    }
    let last = complaints.len().saturating_sub(10);
    Err(failed(format!(
        "go build ended with {status}; it needs Go's module proxy (GOPROXY). Or install the program yourself and put it \
         on PATH or into KUBEBUILDER_ASSETS. Go said:\n{}",
        complaints[last..].join("\n")
    )))
}
