//! Candidate processes of every bench: its own program, started anew.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use elector::Runtime;
use elector::clock::BootClock;
use elector_testing::DriftingClock;
use elector_trial::CandidateSpec;
use elector_trial::candidate::Candidacy;
use tracing_subscriber::EnvFilter;

/// Starts this program as the candidate of `spec`, in `folder`.
pub(crate) fn command(folder: &Path, spec: &CandidateSpec) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    let lease = spec.lease_duration.as_millis().to_string();
    let percent = spec.clock_percent.to_string();
    command.arg("candidate").arg(folder).args([&spec.name, &lease, &percent]);
    command
}

/// What a process that [`command`] started does, told what follows the word `candidate`. Nothing is logged unless
/// `ELECTOR_LOG` asks for it.
pub(crate) fn run(
    mut arguments: impl Iterator<Item = String>,
    candidacy: impl FnOnce(&Path, &str, Duration) -> Candidacy,
) {
    let filter = EnvFilter::try_from_env("ELECTOR_LOG").unwrap_or_else(|_| EnvFilter::new("off"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let mut next = || arguments.next().unwrap();
    let (folder, name, lease, percent) = (next(), next(), next(), next());
    let lease = Duration::from_millis(lease.parse().unwrap());
    let candidacy = candidacy(Path::new(&folder), &name, lease);
    let percent: u32 = percent.parse().unwrap();
    if percent == 100 {
        return candidacy.run().unwrap();
    }
    let mut io = tokio::runtime::Builder::new_multi_thread();
    let io = io.worker_threads(1).enable_all().build().unwrap();
    let rate = f64::from(percent) / 100.0;
    let clock = DriftingClock::new(Arc::new(BootClock::new()), rate, Duration::ZERO);
    candidacy.runtime(Runtime::new(io.handle().clone(), Arc::new(clock))).run().unwrap();
}
