//! Candidates of a test, in this process and in others: the test's own program, started again.
#![allow(dead_code, reason = "not every test uses all of it")]
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test")]

use std::env;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
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
    let path = folder.join(format!("{}.tmp", elector::store::SessionId::random()));
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
    lines: Receiver<String>,
}

impl Process {
    /// Runs the test called `role` of this program in a process of its own, on `folder`.
    pub(crate) fn start(role: &str, folder: &Path) -> Self {
        Self::run(&mut Self::command(role, folder))
    }

    /// What [`start`](Self::start) runs.
    pub(crate) fn command(role: &str, folder: &Path) -> Command {
        let mut command = Command::new(env::current_exe().unwrap());
        command.args([role, "--exact", "--nocapture"]).env(FOLDER, folder);
        command
    }

    /// Runs `command`, which talks as such a process does.
    pub(crate) fn run(command: &mut Command) -> Self {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (said, lines) = channel();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                let _ = said.send(line);
            }
        });
        Self { child, lines }
    }

    /// The rest of the next line that starts with `word`.
    pub(crate) fn says(&mut self, word: &str) -> String {
        self.says_within(PATIENCE, word).unwrap_or_else(|| panic!("it does not say {word:?}"))
    }

    /// The rest of the next line that starts with `word`, unless no line comes for so long, or the process ends.
    pub(crate) fn says_within(&mut self, patience: Duration, word: &str) -> Option<String> {
        loop {
            let line = self.lines.recv_timeout(patience).ok()?;
            if let Some(rest) = line.strip_prefix(word) {
                return Some(rest.trim().to_owned());
            }
        }
    }

    /// Its next line that has arrived.
    pub(crate) fn line(&mut self) -> Option<String> {
        self.lines.try_recv().ok()
    }

    /// All that it still says until its end, and whether it ended well.
    pub(crate) fn rest(mut self) -> (Vec<String>, bool) {
        drop(self.child.stdin.take());
        let mut lines = Vec::new();
        while let Ok(line) = self.lines.recv_timeout(PATIENCE) {
            lines.push(line);
        }
        let ended = self.ends();
        (lines, ended)
    }

    /// Writes a line to its standard input.
    pub(crate) fn tell(&mut self, line: &str) {
        writeln!(self.child.stdin.as_mut().unwrap(), "{line}").unwrap();
    }

    /// Its process id, which stays its own until it is waited for.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
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

/// What runs the test called `role` where `folder` is a file system of its own, of `size`, that nobody else sees; fails
/// where the kernel lets nobody but the superuser mount one.
pub(crate) fn on_a_file_system(role: &str, folder: &Path, size: &str) -> Command {
    let role = Process::command(role, folder);
    let mount = format!("mount -t tmpfs -o size={size} elector \"$1\" && shift && exec \"$@\"");
    // By a shell: without the program `unshare` it fails as it does without the permission.
    let mut command = Command::new("sh");
    command.args(["-c", "exec unshare \"$@\"", "sh", "-Urm", "sh", "-c", &mount, "sh"]).arg(folder);
    command.arg(role.get_program()).args(role.get_args());
    command.envs(role.get_envs().filter_map(|(key, value)| Some((key, value?))));
    command
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
