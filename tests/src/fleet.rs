//! A mixed fleet: candidate processes in Rust and in Go on one Lease.

use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use elector_trial::{CandidateSpec, Leader, ProcessId, Stage, Verdict, now};

use crate::candidate::{self, Place};
use crate::cluster::Cluster;
use crate::go::{Program, Programs};
use crate::lease::LeaseSeen;

/// What the names of candidates in Rust begin with.
const RUST: &str = "rust";

/// How long a fleet is left alone between two faults.
const PAUSE: Duration = Duration::from_millis(300);
/// How long a leader and the Lease may take to agree: a lease or two, and a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// In which language a candidate is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    Rust,
    Go,
}

impl Side {
    /// By a candidate's name.
    pub fn of(name: &str) -> Self {
        if name.starts_with(RUST) { Self::Rust } else { Self::Go }
    }
}

/// The settings of a fleet. The lease is everybody's, the others are those of candidates in Go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// In whole seconds.
    pub lease: Duration,
    pub renew_deadline: Duration,
    pub retry_period: Duration,
    /// Of the client; client-go's own choice if not set, none if zero.
    pub request_timeout: Option<Duration>,
}

impl Timing {
    /// A fifth of client-go's defaults, with more of the lease left for the margin between the two sides.
    pub const SHORT: Self = Self {
        lease: Duration::from_secs(3),
        renew_deadline: Duration::from_secs(2),
        retry_period: Duration::from_millis(500),
        request_timeout: None,
    };

    /// client-go's defaults.
    pub const DEFAULT: Self = Self {
        lease: Duration::from_secs(15),
        renew_deadline: Duration::from_secs(10),
        retry_period: Duration::from_secs(2),
        request_timeout: None,
    };
}

/// Candidates on one Lease, and the stage that judges them.
#[derive(Debug)]
pub struct Fleet<'a> {
    pub stage: Stage,
    pub cluster: &'a Cluster,
    pub lease: String,
    started: u32,
}

impl<'a> Fleet<'a> {
    /// An empty one, on the Lease called `lease`. `interop` is the program of candidates in Rust.
    pub fn new(cluster: &'a Cluster, lease: &str, timing: Timing, interop: &Path) -> Self {
        let place = cluster.place(lease);
        Self::with_go_at(cluster, place.clone(), place, timing, interop)
    }

    /// An empty one, whose candidates in Go see the Lease at another place, such as behind a proxy.
    pub fn with_go_at(
        cluster: &'a Cluster,
        place: Place,
        go_place: Place,
        timing: Timing,
        interop: &Path,
    ) -> Self {
        let (lease, backend, interop) = (place.lease.clone(), place.backend(), interop.to_owned());
        let spawn = move |spec: &CandidateSpec| match Side::of(&spec.name) {
            Side::Rust => candidate::command(&interop, &place, spec),
            Side::Go => in_go(&go_place, timing, &spec.name),
        };
        let stage = Stage::new(spawn, backend, timing.lease).unwrap();
        Self { stage, cluster, lease, started: 0 }
    }

    /// Starts a candidate in Rust.
    pub fn start_rust(&mut self) -> ProcessId {
        self.start_like(RUST)
    }

    /// Starts a candidate in Go.
    pub fn start_go(&mut self, program: &Program) -> ProcessId {
        self.start_like(&program.name)
    }

    /// Starts one more of the kind that `name` is of. No two have one name: client-go takes its namesake's lease for
    /// its own.
    pub fn start_like(&mut self, name: &str) -> ProcessId {
        self.started += 1;
        let kind = name.split(':').next().unwrap();
        self.stage.start(&format!("{kind}:{}", self.started)).unwrap()
    }

    /// The Lease as it is now.
    pub fn lease(&self) -> LeaseSeen {
        self.cluster.lease(&self.lease)
    }

    /// Leaves everybody alone for a moment; then the leader, and the Lease that names it.
    pub fn calm(&mut self) -> (Leader, LeaseSeen) {
        let deadline = now() + PATIENCE.as_nanos() as u64;
        loop {
            self.stage.listen(PAUSE).unwrap();
            if let Some(leader) = self.stage.leader().cloned() {
                let lease = self.lease();
                if names(&lease, &leader.name) {
                    return (leader, lease);
                }
            }
            if now() >= deadline {
                panic!("nobody leads whom the Lease names: {}", self.verdict());
            }
        }
    }

    /// Asks a leader to resign, in the way of its kind.
    pub fn ask_to_resign(&mut self, leader: &Leader) {
        match Side::of(&leader.name) {
            Side::Rust => self.stage.ask_to_resign(leader.token).unwrap(),
            Side::Go => self.stage.tell(leader.process, "resign").unwrap(),
        }
    }

    /// What the judge says so far.
    pub fn verdict(&self) -> Verdict {
        self.stage.judge().verdict()
    }
}

/// Whether the Lease names this candidate.
pub(crate) fn names(lease: &LeaseSeen, name: &str) -> bool {
    let holder = lease.holder();
    match Side::of(name) {
        // Its session follows.
        Side::Rust => holder.strip_prefix(name).is_some_and(|rest| rest.starts_with('_')),
        // A manager makes its own identity of the host's name.
        Side::Go if name.starts_with("controller-runtime") => {
            !holder.is_empty() && !holder.contains(':')
        }
        Side::Go => holder == name,
    }
}

fn in_go(place: &Place, timing: Timing, name: &str) -> Command {
    let program = Programs::get().all().find(|program| name.starts_with(&program.name)).unwrap();
    let mut command = Command::new(&program.path);
    let millis = |duration: Duration| format!("{}ms", duration.as_millis());
    command.arg("--kubeconfig").arg(&place.kubeconfig);
    command.args(["--namespace", &place.namespace, "--lease", &place.lease, "--identity", name]);
    command.args(["--lease-duration", &millis(timing.lease)]);
    command.args(["--renew-deadline", &millis(timing.renew_deadline)]);
    command.args(["--retry-period", &millis(timing.retry_period)]);
    if let Some(timeout) = timing.request_timeout {
        command.args(["--request-timeout", &millis(timeout)]);
    }
    // In one order with our tokens, so that the judge sees that they rise across both.
    command.args(["--release-on-cancel", "--token", "version"]);
    // client-go's log; what matters comes on standard output.
    let log = std::env::var_os("ELECTOR_TESTS_GO_LOG")
        .and_then(|path| File::options().create(true).append(true).open(path).ok());
    command.stderr(log.map_or_else(Stdio::null, Stdio::from));
    command
}
