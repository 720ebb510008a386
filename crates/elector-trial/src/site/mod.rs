//! Where a trial takes place: a store, its candidates, and what can be broken about it.

#[cfg(feature = "kubernetes")]
pub mod kubernetes;

use std::io;
use std::process::Command;
use std::sync::Arc;

use elector::store::Backend;

use crate::faults::Fault;
use crate::process::CandidateSpec;
use crate::proxy::Link;

/// A store in which candidate processes elect, and which can be broken.
///
/// ```
/// use std::{io, process::Command, sync::Arc};
///
/// use elector::store::Backend;
/// use elector_trial::CandidateSpec;
/// use elector_trial::faults::Fault;
/// use elector_trial::site::Site;
///
/// # struct Server;
/// # impl Server {
/// #     fn kill(&self) -> io::Result<()> { Ok(()) }
/// #     fn start(&self) -> io::Result<()> { Ok(()) }
/// # }
/// struct Mine {
///     server: Server,
///     election: Arc<dyn Backend>,
/// }
///
/// impl Site for Mine {
///     fn election(&self) -> Arc<dyn Backend> {
///         Arc::clone(&self.election)
///     }
///     fn candidate(&self, spec: &CandidateSpec) -> Command {
///         let mut command = Command::new("my-candidate"); // ends in `Candidacy::run`
///         command.arg(&spec.name);
///         command
///     }
///     fn shares(&self) -> &[(Fault, u32)] {
///         &[(Fault::Kill, 70), (Fault::StoreKilled, 30)]
///     }
///     fn begin(&self, _: Fault) -> io::Result<()> {
///         self.server.kill()
///     }
///     fn end(&self, _: Fault) -> io::Result<()> {
///         self.server.start()
///     }
/// }
/// ```
pub trait Site: Send + Sync {
    /// The election, for requests to its leader.
    fn election(&self) -> Arc<dyn Backend>;

    /// The command of a candidate, which must end in [`Candidacy::run`](crate::candidate::Candidacy::run) with this
    /// election, the trial's register, and the clock that the spec says.
    fn candidate(&self, spec: &CandidateSpec) -> Command;

    /// What is done here, and how often of all: whole numbers, in any unit.
    fn shares(&self) -> &[(Fault, u32)];

    /// The way from the candidate of this name to the store, where a proxy stands in it.
    fn link(&self, _candidate: &str) -> Option<Link> {
        None
    }

    /// Breaks the store or its record; for faults that are neither of processes nor of a [`Link`].
    ///
    /// # Errors
    ///
    /// When that fails, or is not possible here.
    fn begin(&self, fault: Fault) -> io::Result<()>;

    /// Mends what [`begin`](Self::begin) broke, and returns when the store serves again. Not called for what happens in
    /// an instant.
    ///
    /// # Errors
    ///
    /// When that fails.
    fn end(&self, fault: Fault) -> io::Result<()>;

    /// Whether a frozen candidate holds a lock without which the store cannot go on.
    fn is_blocked(&self) -> bool {
        false
    }
}
