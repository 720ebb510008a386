//! How an elector is put together.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use tokio::sync::{mpsc, watch};

use super::{Elector, Shared, Started};
use crate::budget::Budget;
use crate::changes::ChangeLog;
use crate::driver::{Driver, OnOverrun, Parts};
use crate::error::{Error, ErrorKind, Result};
use crate::protocol::{Protocol, Rules};
use crate::runtime::Runtime;
use crate::status::Status;
use crate::store::{Backend, Candidate, Leader, SessionId};
use crate::token::FencingToken;

type Signal = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Makes an [`Elector`].
#[must_use = "a builder does nothing until it is built"]
pub struct Builder {
    backend: Arc<dyn Backend>,
    candidate: Candidate,
    budget: Result<Budget, crate::budget::BudgetError>,
    token_floor: FencingToken,
    liveness_gate: Option<Duration>,
    distrust_missing: bool,
    on_overrun: OnOverrun,
    shutdown: Option<Signal>,
    runtime: Option<Runtime>,
}

impl Builder {
    pub(super) fn new(backend: Arc<dyn Backend>, name: Arc<str>) -> Self {
        Self {
            backend,
            candidate: Candidate::new(name),
            budget: Ok(Budget::default()),
            token_floor: FencingToken::ZERO,
            liveness_gate: None,
            distrust_missing: false,
            on_overrun: OnOverrun::default(),
            shutdown: None,
            runtime: None,
        }
    }

    /// Sets the lease duration, from which the whole budget of time is derived; 15 s unless set.
    pub fn lease_duration(mut self, lease_duration: Duration) -> Self {
        self.budget = Budget::new(lease_duration);
        self
    }

    /// Sets the whole budget of time.
    pub fn budget(mut self, budget: Budget) -> Self {
        self.budget = Ok(budget);
        self
    }

    /// Sets text for followers and observers, such as the address that this candidate serves at.
    pub fn metadata(mut self, metadata: impl Into<Arc<str>>) -> Self {
        self.candidate = self.candidate.with_metadata(metadata);
        self
    }

    /// Demands tokens greater than this one: after a change of store, or a restore of an old backup.
    pub fn token_floor(mut self, token_floor: FencingToken) -> Self {
        self.token_floor = token_floor;
        self
    }

    /// Stops renewing when the work has not called [`Term::alive`](crate::Term::alive) for this long.
    ///
    /// Without a gate an application whose threads are all blocked keeps its lease, because the elector has a thread
    /// of its own.
    pub fn liveness_gate(mut self, longest_silence: Duration) -> Self {
        self.liveness_gate = Some(longest_silence);
        self
    }

    /// Treats a record that is missing when this process starts as one that somebody deleted under a leader: waits
    /// one lease before creating it. Only stores where observers tell expiry need it.
    pub fn distrust_missing(mut self, distrust: bool) -> Self {
        self.distrust_missing = distrust;
        self
    }

    /// Sets what happens when the work ignores its stop until its lease is about to run out.
    pub fn on_overrun(mut self, on_overrun: OnOverrun) -> Self {
        self.on_overrun = on_overrun;
        self
    }

    /// Shuts the elector down when `signal` completes: the graceful way out of [`Elector::run`].
    ///
    /// The signal is polled on the elector's own thread.
    pub fn shutdown(mut self, signal: impl Future<Output = ()> + Send + 'static) -> Self {
        self.shutdown = Some(Box::pin(signal));
        self
    }

    /// Replaces the process's elector thread and its clock.
    pub fn runtime(mut self, runtime: Runtime) -> Self {
        self.runtime = Some(runtime);
        self
    }

    /// Checks the settings and makes the elector. Does no I/O.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] when the budget of time breaks one of its lines or the store cannot grant such a lease.
    pub fn build(self) -> Result<Elector> {
        let elector = self.into_elector();
        elector.shared.plan.check()?;
        Ok(elector)
    }

    pub(super) fn into_elector(self) -> Elector {
        let (budget, refused) = match self.budget {
            Ok(budget) => (budget, None),
            Err(error) => (Budget::default(), Some(error)),
        };
        let guarantees = self.backend.guarantees();
        // Drawn in the process that is noted below: a builder may have come here through a fork.
        let session = match &self.runtime {
            Some(runtime) => runtime.host().session(),
            None => SessionId::random(),
        };
        let candidate = self.candidate.with_session(session);
        let mut rules = Rules::new(candidate, budget, guarantees.expiry);
        rules.token_floor = self.token_floor;
        rules.liveness_gate = self.liveness_gate;
        rules.distrust_missing = self.distrust_missing;
        rules.poll = guarantees.poll;
        let plan = Plan {
            election: Arc::from(self.backend.election()),
            backend: self.backend,
            rules,
            refused,
            on_overrun: self.on_overrun,
            shutdown: Mutex::new(self.shutdown),
            runtime: self.runtime,
            process: std::process::id(),
        };
        Elector { shared: Arc::new(Shared { plan, started: Mutex::new(None) }) }
    }
}

impl std::fmt::Debug for Builder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Builder")
            .field("candidate", &self.candidate)
            .field("budget", &self.budget)
            .finish_non_exhaustive()
    }
}

/// What a driver is started from.
pub(super) struct Plan {
    election: Arc<str>,
    backend: Arc<dyn Backend>,
    rules: Rules,
    refused: Option<crate::budget::BudgetError>,
    on_overrun: OnOverrun,
    shutdown: Mutex<Option<Signal>>,
    runtime: Option<Runtime>,
    /// The process that the session belongs to.
    process: u32,
}

impl Plan {
    pub(super) fn election(&self) -> &str {
        &self.election
    }

    pub(super) fn candidate(&self) -> &Candidate {
        &self.rules.candidate
    }

    pub(super) fn budget(&self) -> &Budget {
        &self.rules.budget
    }

    /// A forked child has its parent's session: used by both, it would make two leaders.
    pub(super) fn check_process(&self) -> Result<()> {
        if self.process == std::process::id() {
            return Ok(());
        }
        let message = "this elector was made before a fork; make a new one in the child";
        Err(Error::new(ErrorKind::Stopped, "elector", "start", message))
    }

    fn check(&self) -> Result<()> {
        let invalid = |message: String| Error::new(ErrorKind::Invalid, "elector", "build", message);
        if let Some(error) = &self.refused {
            return Err(invalid(error.to_string()).with_source(error.clone()));
        }
        let guarantees = self.backend.guarantees();
        let (asked, least) = (self.rules.budget.lease_duration(), guarantees.lease_min);
        if asked < least {
            return Err(invalid(format!(
                "lease_duration is {asked:?}, but the {} store grants no lease below {least:?}",
                guarantees.backend,
            )));
        }
        if let Some(most) = guarantees.lease_max.filter(|most| asked > *most) {
            return Err(invalid(format!(
                "lease_duration is {asked:?}, but the {} store takes none above {most:?}",
                guarantees.backend,
            )));
        }
        Ok(())
    }

    pub(super) fn start(&self) -> Result<Started> {
        self.check()?;
        let runtime = match &self.runtime {
            Some(runtime) => runtime.clone(),
            None => Runtime::shared()?,
        };
        let (sender, commands) = mpsc::unbounded_channel();
        let (status, latest) = watch::channel(Status::Following(None));
        let changes = ChangeLog::new();
        let failure = Arc::new(OnceLock::new());
        let candidate = &self.rules.candidate;
        let me = Leader::new(Arc::clone(&candidate.name))
            .with_term(candidate.session, FencingToken::ZERO)
            .with_metadata(candidate.metadata.clone());
        let started = Started {
            commands: sender.clone(),
            status: latest,
            changes: changes.readers(),
            failure: Arc::clone(&failure),
        };
        let driver = Driver::new(Parts {
            election: Arc::clone(&self.election),
            backend: Arc::clone(&self.backend),
            clock: Arc::clone(runtime.clock()),
            host: Arc::clone(runtime.host()),
            protocol: Protocol::new(self.rules.clone()),
            me,
            on_overrun: self.on_overrun,
            status,
            changes,
            failure,
            sender: sender.downgrade(),
            commands,
            shutdown: self.shutdown.lock().unwrap_or_else(PoisonError::into_inner).take(),
        });
        runtime.spawn(driver.run());
        Ok(started)
    }
}

impl std::fmt::Debug for Plan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Plan")
            .field("election", &self.election)
            .field("backend", &self.backend)
            .field("rules", &self.rules)
            .finish_non_exhaustive()
    }
}
