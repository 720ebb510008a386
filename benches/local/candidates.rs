//! Candidate processes: this program, started anew.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use elector::store::Store as _;
use elector_local::Local;
use elector_trial::{CandidateSpec, Stage};
use tempfile::TempDir;
use tracing_subscriber::EnvFilter;

const ELECTION: &str = "bench";

/// A stage with candidates called c1, c2 and so on, in a folder of its own.
pub(crate) fn stage(candidates: u32, lease_duration: Duration) -> (TempDir, Stage) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    let backend = Local::new(&path).election(ELECTION).unwrap();
    let mut stage = Stage::new(move |spec| command(&path, spec), backend, lease_duration).unwrap();
    for n in 1..=candidates {
        stage.start(&format!("c{n}")).unwrap();
    }
    (folder, stage)
}

fn command(folder: &Path, spec: &CandidateSpec) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    let lease = spec.lease_duration.as_millis().to_string();
    command.arg("candidate").arg(folder).args([&spec.name, &lease]);
    command
}

/// What the process started by `command` does.
pub(crate) fn candidate(mut arguments: impl Iterator<Item = String>) {
    let (folder, name, lease) =
        (arguments.next().unwrap(), arguments.next().unwrap(), arguments.next().unwrap());
    // Nothing is logged unless ELECTOR_LOG asks for it.
    let filter = EnvFilter::try_from_env("ELECTOR_LOG").unwrap_or_else(|_| EnvFilter::new("off"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let backend = Local::new(folder).election(ELECTION).unwrap();
    let lease = Duration::from_millis(lease.parse().unwrap());
    elector_trial::candidate::run(backend, &name, lease).unwrap();
}
