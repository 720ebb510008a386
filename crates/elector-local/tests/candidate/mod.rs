//! Candidates of a test, in this process and in others: the test's own program, started again.
#![allow(dead_code, reason = "not every test uses all of it")]
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test")]

use std::env;
use std::io::{BufRead as _, BufReader, Lines};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use elector::store::{Acquire, Backend, Bid, Candidate, Lease, Observation, Standing, Store as _};
use elector_local::Local;

pub(crate) const LEASE: Duration = Duration::from_secs(60);
/// Far beyond what anything here takes, so that a slow machine fails no test.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);
pub(crate) const ELECTION: &str = "billing/scheduler";
const FOLDER: &str = "ELECTOR_TEST_FOLDER";

pub(crate) fn election(folder: &Path) -> Arc<dyn Backend> {
    Local::new(folder).election(ELECTION).unwrap()
}

pub(crate) fn record(folder: &Path) -> PathBuf {
    folder.join("billing%2Fscheduler.election")
}

pub(crate) fn token(folder: &Path) -> PathBuf {
    folder.join("billing%2Fscheduler.token")
}

/// The files of `folder` whose names end so.
pub(crate) fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|path| path.to_str().unwrap().ends_with(ending)).collect()
}

pub(crate) async fn win(backend: &Arc<dyn Backend>, candidate: &Candidate) -> Lease {
    match backend.acquire(&Bid::new(candidate.clone(), 1, LEASE)).await.unwrap() {
        Acquire::Won(lease) => lease,
        Acquire::Held(observation) => panic!("held: {observation:?}"),
    }
}

/// How the election stands, asked by a bid that may take nothing.
pub(crate) async fn look(backend: &Arc<dyn Backend>) -> Observation {
    let bid = Bid::new(Candidate::new("looks"), 1, LEASE)
        .with_may_take(elector::store::MayTake::released(elector::FencingToken::MAX));
    match backend.acquire(&bid).await.unwrap() {
        Acquire::Held(observation) => observation,
        Acquire::Won(_) => panic!("the leader was taken for dead"),
    }
}

/// Whether the leader is proven dead.
pub(crate) fn gone(observation: &Observation) -> bool {
    matches!(&observation.standing, Standing::Led(led) if led.gone)
}

/// A file such as a writer that crashed two minutes ago left; a sweep removes it last.
pub(crate) fn abandoned_draft(folder: &Path) -> PathBuf {
    let path = folder.join("abandoned.tmp");
    std::fs::write(&path, "half a rec").unwrap();
    let file = std::fs::File::options().write(true).open(&path).unwrap();
    let modified = file.metadata().unwrap().modified().unwrap();
    file.set_modified(modified - Duration::from_secs(120)).unwrap();
    path
}

/// Waits for `condition`.
pub(crate) fn until(what: &str, mut condition: impl FnMut() -> bool) {
    #[allow(clippy::disallowed_methods, reason = "a real file system in real time")]
    let started = Instant::now();
    while !condition() {
        assert!(started.elapsed() < PATIENCE, "not within {PATIENCE:?}: {what}");
        thread::sleep(Duration::from_millis(2));
    }
}

/// Another process; killed when dropped.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Process {
    /// Runs the test called `role` of this program in a process of its own, on `folder`.
    pub(crate) fn start(role: &str, folder: &Path) -> Self {
        let mut child = Command::new(env::current_exe().unwrap())
            .args([role, "--exact", "--nocapture"])
            .env(FOLDER, folder)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    /// The rest of the next line that starts with `word`.
    pub(crate) fn says(&mut self, word: &str) -> String {
        let line = self.lines.by_ref().map(Result::unwrap).find(|line| line.starts_with(word));
        line.expect("the process ended")[word.len()..].trim().to_owned()
    }

    /// `kill -9`, not waited for.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
    }

    /// Waits for its end.
    pub(crate) fn ends(&mut self) -> bool {
        self.child.wait().unwrap().success()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The folder of this process, if it was started by [`Process::start`].
pub(crate) fn folder_of_this_process() -> Option<PathBuf> {
    env::var_os(FOLDER).map(PathBuf::from)
}

/// What a process that leads does: it wins, says so, and lives until it is killed.
pub(crate) fn lead_until_killed(folder: &Path) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let backend = election(folder);
    let lease = runtime.block_on(win(&backend, &Candidate::new("child")));
    println!("\nleads {}", lease.token);
    thread::sleep(PATIENCE * 3);
}
