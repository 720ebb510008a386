//! What a backend's author gives to the contract suite.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use elector::store::Store;

/// A place where one test holds its elections: a server, a directory, a map in memory.
///
/// Each test gets a fixture of its own and drops it at its end; keep temporary directories and processes in it.
/// Fixtures may share one server, because every test uses election names of its own.
#[async_trait]
pub trait Fixture: fmt::Debug + Send + Sync + 'static {
    /// Opens the store as one more process would: what it shares with those opened before, it shares through the
    /// server.
    async fn open(&self) -> Arc<dyn Store>;

    /// The lease of the cases that wait until it has run out, 2 s if not said otherwise.
    ///
    /// In real time the suite takes some fifty of it. An elector allows each call a tenth of it.
    fn short_lease(&self) -> Duration {
        Duration::from_secs(2)
    }

    /// What this fixture can do behind the candidates' backs; nothing if not said otherwise. Cases that need
    /// something else do not apply.
    fn tampers(&self) -> &[Tamper] {
        &[]
    }

    /// Does it to the election called `name`. Called only with what [`Fixture::tampers`] lists, and perhaps before any
    /// candidate has called the store: what the first call makes is not there then.
    ///
    /// # Panics
    ///
    /// When it cannot be done.
    async fn tamper(&self, name: &str, tamper: Tamper) {
        unimplemented_tamper(name, tamper);
    }
}

fn unimplemented_tamper(name: &str, tamper: Tamper) {
    panic!("this fixture lists {tamper:?} and cannot do it to {name}");
}

/// What can happen to a record behind its candidates' backs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Tamper {
    /// The record is deleted.
    Delete,
    /// The record loses its leader, without the mark of a release.
    Vacate,
    /// Something in the record changes that is no sign of life, such as a label.
    Touch,
    /// A foreign candidate called `foreign`, without session and token, writes itself in, with a lease of
    /// [`Fixture::short_lease`].
    Usurp,
    /// The record becomes unreadable.
    Corrupt,
    /// The process of the leader dies, and the store can prove it.
    Kill,
}

/// Why a fixture is not there, as a server that nobody started.
#[derive(Clone, Debug)]
pub struct Skip(String);

impl Skip {
    /// Skips for this reason.
    pub fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}

impl fmt::Display for Skip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The value of the environment variable `name`, such as the address of a server.
///
/// # Errors
///
/// When it is not set: the tests are skipped and print so. With `ELECTOR_TEST_REQUIRE=1` they fail instead; continuous
/// integration sets it.
pub fn require_env(name: &str) -> Result<String, Skip> {
    std::env::var(name).map_err(|_| Skip::new(format!("{name} is not set")))
}
