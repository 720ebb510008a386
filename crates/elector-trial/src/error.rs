//! What can go wrong with a trial, apart from what it is there to find.

use std::io;

use crate::faults::Fault;

/// `Result` with [`TrialError`].
pub type Result<T, E = TrialError> = std::result::Result<T, E>;

/// Why a trial could not go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrialError {
    /// A process could not be started or reached.
    #[error("{candidate}: cannot {operation}")]
    Process {
        /// Which candidate.
        candidate: String,
        /// What was tried.
        operation: &'static str,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// The runtime for calls to the store could not be made.
    #[error("no runtime for calls to the store")]
    Runtime(#[source] io::Error),
    /// Something that had to happen did not happen in time.
    #[error("waited {seconds:.1} s in vain until {until}")]
    TooLate {
        /// How long.
        seconds: f64,
        /// For what.
        until: String,
    },
    /// The store did not take a request.
    #[error("the store did not take the request")]
    Store(#[source] elector::Error),
    /// A candidate was frozen while it held the store's lock: nobody could lead until it went on.
    #[error("{candidate} was frozen while it held the store's lock")]
    Blocked {
        /// Which candidate.
        candidate: String,
    },
    /// The site of the trial could not be broken, or not be mended.
    #[error("the store could not be broken or mended ({fault})")]
    Site {
        /// How.
        fault: Fault,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// Not even a budget of time can be made of the lease duration.
    #[error("no such lease")]
    Budget(#[from] elector::BudgetError),
    /// The register could not be read.
    #[error("cannot read the register")]
    Register(#[source] io::Error),
    /// A candidate gave up.
    #[error("{candidate} failed: {message}")]
    Candidate {
        /// Which candidate.
        candidate: String,
        /// What it said.
        message: String,
    },
}

impl TrialError {
    pub(crate) fn site(fault: Fault, source: io::Error) -> Self {
        Self::Site { fault, source }
    }
}
