//! Candidates of one kind on one Lease.

use std::process::{Command, Stdio};
use std::time::Duration;

use elector::Budget;
use elector_tests::candidate::{self, Place};
use elector_tests::go::Programs;
use elector_trial::{CandidateSpec, Leader, Stage};
use serde::Serialize;

/// client-go's defaults are a lease of 15 s, of which it renews for 10 s, every 2 s.
const RENEW_DEADLINE: f64 = 10.0 / 15.0;
const RETRY_PERIOD: f64 = 2.0 / 15.0;

/// Whose candidates they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) enum Kind {
    Elector,
    ClientGo,
}

impl Kind {
    pub(crate) const BOTH: [Self; 2] = [Self::Elector, Self::ClientGo];

    pub(crate) fn name(self) -> String {
        match self {
            Self::Elector => "elector".to_owned(),
            Self::ClientGo => Programs::get().newest().name.clone(),
        }
    }
}

/// Three candidates in one election. Whoever was killed or has ended is replaced.
#[derive(Debug)]
pub(crate) struct Fleet {
    pub(crate) stage: Stage,
    started: u32,
}

impl Fleet {
    pub(crate) fn start(kind: Kind, place: Place, lease: Duration) -> Self {
        let backend = place.backend();
        let spawn = move |spec: &CandidateSpec| match kind {
            Kind::Elector => candidate::command(&std::env::current_exe().unwrap(), &place, spec),
            Kind::ClientGo => in_go(&place, spec),
        };
        let mut fleet = Self { stage: Stage::new(spawn, backend, lease).unwrap(), started: 0 };
        for _ in 0..3 {
            fleet.start_one();
        }
        fleet
    }

    pub(crate) fn start_one(&mut self) {
        self.started += 1;
        self.stage.start(&format!("c{}", self.started)).unwrap();
    }

    /// The leader, at a random moment between two renewals after everybody follows it.
    pub(crate) fn at_a_random_moment(&mut self, within: Duration) -> Leader {
        self.stage.settled().unwrap();
        self.stage.listen(within.mul_f64(rand::random())).unwrap();
        self.stage.settled().unwrap()
    }
}

fn in_go(place: &Place, spec: &CandidateSpec) -> Command {
    let mut command = Command::new(&Programs::get().newest().path);
    let lease = spec.lease_duration;
    let millis = |duration: Duration| format!("{}ms", duration.as_millis());
    command.arg("--kubeconfig").arg(&place.kubeconfig);
    command.args(["--namespace", &place.namespace, "--lease", &place.lease]);
    command.args(["--identity", &spec.name, "--release-on-cancel"]);
    command.args(["--lease-duration", &millis(lease)]);
    command.args(["--renew-deadline", &millis(lease.mul_f64(RENEW_DEADLINE))]);
    command.args(["--retry-period", &millis(lease.mul_f64(RETRY_PERIOD))]);
    // What it says of its validity is counted from its last renewal as ours, so that both are measured by one rule.
    let hold = Budget::new(lease).unwrap().hold();
    command.args(["--valid-for", &millis(hold)]);
    command.stderr(Stdio::null());
    command
}
