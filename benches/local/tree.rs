//! `elector run` killed or frozen on its own: whether its command's tree is gone before the next leader's starts.

use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use elector_trial::{Times, now};
use nix::sys::signal::{SigSet, Signal, kill};
use nix::unistd::{Pid, setsid};
use serde::{Deserialize, Serialize};
use tempfile::TempDir;

use crate::findings::Findings;

/// Elections side by side: a tree that does not listen to its stop takes a second to end.
const SIDE_BY_SIDE: u32 = 4;

/// What a command leaves in the folder when it starts.
#[derive(Debug, Serialize, Deserialize)]
struct Started {
    name: String,
    token: u64,
    at: u64,
    /// The command and its child, which has a session of its own.
    tree: [i32; 2],
    /// Who of the tree before was alive when this command started.
    alive: Vec<i32>,
}

/// Kills the leading `elector run` again and again, with a lease that nobody could wait out.
pub(crate) fn kills(findings: &mut Findings, times: u32) {
    let outcomes = side_by_side(times, "60s", |duel| {
        let leader = duel.leader();
        let begin = now();
        duel.child(&leader.name).kill().unwrap();
        let next = duel.next(leader.token);
        duel.child(&leader.name).wait().unwrap();
        duel.start(&leader.name);
        (Duration::from_nanos(next.at - begin), next.alive.is_empty())
    });
    report(findings, "kill -9 of elector run alone, lease 60 s", &outcomes);
}

/// Freezes the leading `elector run` past its lease.
pub(crate) fn freezes(findings: &mut Findings, times: u32) {
    let outcomes = side_by_side(times, "1s", |duel| {
        let leader = duel.leader();
        let pid = Pid::from_raw(duel.child(&leader.name).id().cast_signed());
        let begin = now();
        kill(pid, Signal::SIGSTOP).unwrap();
        let next = duel.next(leader.token);
        kill(pid, Signal::SIGCONT).unwrap();
        duel.child(&leader.name).wait().unwrap();
        duel.start(&leader.name);
        (Duration::from_nanos(next.at - begin), next.alive.is_empty())
    });
    report(findings, "SIGSTOP of elector run alone, lease 1 s", &outcomes);
}

/// Lets a fault happen that many times, in several elections: how long each took until the next command started, and
/// whether that was alone.
fn side_by_side(
    times: u32,
    lease: &'static str,
    fault: impl Fn(&mut Duel) -> (Duration, bool) + Sync,
) -> Vec<(Duration, bool)> {
    let fault = &fault;
    thread::scope(|scope| {
        let trials: Vec<_> = (0..SIDE_BY_SIDE)
            .map(|n| (times + n) / SIDE_BY_SIDE)
            .filter(|times| *times > 0)
            .map(|times| {
                scope.spawn(move || {
                    let mut duel = Duel::begin(lease);
                    (0..times).map(|_| fault(&mut duel)).collect::<Vec<_>>()
                })
            })
            .collect();
        trials.into_iter().flat_map(|trial| trial.join().unwrap()).collect()
    })
}

fn report(findings: &mut Findings, what: &str, outcomes: &[(Duration, bool)]) {
    let alive = outcomes.iter().filter(|(_, alone)| !alone).count();
    let times: Times = outcomes.iter().map(|(took, _)| *took).collect();
    let Some(summary) = times.summary() else { return };
    let found = format!(
        "{alive} of {}; next command after p50 {:.1}, max {:.1} ms",
        summary.n, summary.p50_ms, summary.max_ms
    );
    findings.add(&format!("{what}: trees alive beside the next"), "0", found, Some(alive == 0));
}

/// Two `elector run` in one election.
struct Duel {
    folder: TempDir,
    lease: &'static str,
    program: PathBuf,
    children: Vec<(String, Child)>,
}

impl Duel {
    fn begin(lease: &'static str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut duel = Self { folder, lease, program: program(), children: Vec::new() };
        duel.start("a");
        duel.start("b");
        duel
    }

    fn start(&mut self, name: &str) {
        let mut command = Command::new(&self.program);
        command
            .args(["--election", "bench", "--lease-duration", self.lease, "--name", name])
            .args(["run", "--"])
            .arg(std::env::current_exe().unwrap())
            .arg("command")
            .arg(self.latest())
            .env("ELECTOR__BACKEND__KIND", "local")
            .env("ELECTOR__BACKEND__LOCAL__FOLDER", self.folder.path())
            .env("ELECTOR_LOG", "off")
            .stdin(Stdio::null())
            .process_group(0);
        let child = command.spawn().unwrap();
        self.children.retain(|(other, _)| other != name);
        self.children.push((name.to_owned(), child));
    }

    fn child(&mut self, name: &str) -> &mut Child {
        self.children.iter_mut().find(|(other, _)| other == name).map(|(_, child)| child).unwrap()
    }

    fn latest(&self) -> PathBuf {
        self.folder.path().join("latest")
    }

    fn leader(&self) -> Started {
        let leader = self.next(0);
        // The other one has to have its watch by then; nothing outside tells of it.
        thread::sleep(Duration::from_millis(30).mul_f64(1.0 + rand::random::<f64>()));
        leader
    }

    /// Waits for a command of a term after the one with `token`.
    fn next(&self, token: u64) -> Started {
        let deadline = now() + 30_000_000_000;
        loop {
            if let Some(started) = read(&self.latest()).filter(|started| started.token > token) {
                return started;
            }
            assert!(now() < deadline, "no next leader");
            thread::sleep(Duration::from_micros(500));
        }
    }
}

impl Drop for Duel {
    fn drop(&mut self) {
        // The guardians end the trees when their programs are gone.
        for (_, child) in &mut self.children {
            let _ = child.kill();
            let _ = child.wait();
        }
        let tree = read(&self.latest()).map_or([0; 2], |started| started.tree);
        while tree.iter().any(|pid| is_alive(*pid)) {
            thread::sleep(Duration::from_millis(5));
        }
    }
}

/// Builds the program, if it is not up to date, and says where it is.
fn program() -> PathBuf {
    let cargo = std::env::var_os("CARGO").unwrap_or("cargo".into());
    let profile = if cfg!(debug_assertions) { "dev" } else { "release" };
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("Cargo.toml");
    let built = Command::new(cargo)
        .args(["build", "--quiet", "--package", "elector-cli", "--profile", profile])
        .arg("--manifest-path")
        .arg(manifest)
        .status()
        .unwrap();
    assert!(built.success());
    // This program is TARGET/PROFILE/deps/local-HASH.
    let bench = std::env::current_exe().unwrap();
    bench.parent().and_then(Path::parent).unwrap().join("elector")
}

/// What the command of `elector run` does: looks who is alive, starts a child that leaves its session, says so, and
/// goes on for ever.
pub(crate) fn command(mut arguments: impl Iterator<Item = String>) {
    let at = now();
    let latest = PathBuf::from(arguments.next().unwrap());
    let before = read(&latest).map_or([0; 2], |started| started.tree);
    let alive: Vec<_> = before.into_iter().filter(|pid| is_alive(*pid)).collect();
    // Nobody waits for it here: it ends with this process.
    #[allow(clippy::zombie_processes)]
    let leaf = Command::new(std::env::current_exe().unwrap()).arg("leaf").spawn().unwrap();
    let started = Started {
        name: std::env::var("ELECTOR_NAME").unwrap(),
        token: std::env::var("ELECTOR_TOKEN").unwrap().parse().unwrap(),
        at,
        tree: [std::process::id().cast_signed(), leaf.id().cast_signed()],
        alive,
    };
    let draft = latest.with_extension(started.token.to_string());
    fs::write(&draft, serde_json::to_vec(&started).unwrap()).unwrap();
    fs::rename(draft, latest).unwrap();
    go_on_for_ever();
}

/// What the command's child does.
pub(crate) fn leaf() {
    setsid().unwrap();
    go_on_for_ever();
}

fn go_on_for_ever() {
    let mut asked = SigSet::empty();
    asked.extend([Signal::SIGTERM, Signal::SIGINT, Signal::SIGHUP]);
    asked.thread_block().unwrap();
    loop {
        thread::sleep(Duration::from_secs(3600));
    }
}

fn read(path: &Path) -> Option<Started> {
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}

/// Whether a process runs; one that is dead and that nobody has waited for does not.
fn is_alive(pid: i32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state = stat.rsplit_once(") ").and_then(|(_, rest)| rest.chars().next());
    state.is_some_and(|state| !"ZX".contains(state))
}
