//! The settings of one candidate in one election.

use std::fmt;
use std::sync::Arc;

use elector::store::{Backend, Store};
use elector::{Budget, Builder, Elector};

use crate::decode::decode;
use crate::election::{CandidateSettings, ElectionSettings};
use crate::error::{ConfigError, plainly};
use crate::explanation::Explanation;
use crate::fault::{Fault, Places};
use crate::node::{Node, Table};
use crate::origin::Origin;
use crate::registry::Registry;
use crate::secret::scrub;

/// The settings of one candidate in one election, and of the store that holds it.
///
/// `Debug` and [`Settings::explain`] hide what looks like a secret.
pub struct Settings {
    election: ElectionSettings,
    candidate: CandidateSettings,
    kind: String,
    root: Node,
    places: Places,
}

impl Settings {
    pub(crate) fn new(root: Node, places: Places) -> Result<Self, ConfigError> {
        let none = Table::new();
        let sections = root.as_table().unwrap_or(&none);
        let known = ["election", "candidate", "backend"];
        if let Some((key, node)) = sections.iter().find(|(key, _)| !known.contains(&key.as_str())) {
            return Err(Fault::unknown(&known).at(key, &node.origin).tell(&places));
        }
        let tell = |fault: Fault| fault.tell(&places);
        let empty = Node::empty();
        let section = |key| sections.get(key).unwrap_or(&empty);
        let election: ElectionSettings = decode(section("election"), "election").map_err(tell)?;
        let candidate = decode(section("candidate"), "candidate").map_err(tell)?;
        let kind = kind(section("backend"), &places)?;
        let settings = Self { election, candidate, kind, root, places };
        settings.refuse_unfit_name("election.name", &settings.election.name)?;
        settings.refuse_unfit_name("candidate.name", &settings.candidate.name)?;
        settings.refuse_unfit_name("backend.kind", &settings.kind)?;
        Ok(settings)
    }

    /// `[election]`: the election and its time budget.
    pub fn election(&self) -> &ElectionSettings {
        &self.election
    }

    /// `[candidate]`: who stands.
    pub fn candidate(&self) -> &CandidateSettings {
        &self.candidate
    }

    /// The same with a candidate called `name`, if nobody has set a name and it would be the host's.
    ///
    /// For programs of which several stand on one host.
    #[must_use]
    pub fn name_unless_set(mut self, name: &str) -> Self {
        let key = "candidate.name";
        if self.node(key).is_some_and(|node| node.origin == Origin::HostName) {
            self.candidate.name = name.to_owned();
            self.root.put("candidate", "name", name, Origin::Default);
        }
        self
    }

    /// The kind of store, `kind` in `[backend]`.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// The time budget of `[election]`.
    ///
    /// # Errors
    ///
    /// When the durations break a line of the budget; the error names the line and the numbers.
    pub fn budget(&self) -> Result<Budget, ConfigError> {
        self.election.budget().map_err(|error| {
            let faulty = |key: &str| self.election.is_at_fault(key, &error);
            self.error_of("election", &self.election.told(&error), faulty)
        })
    }

    /// The store of the chosen kind, made without I/O.
    ///
    /// # Errors
    ///
    /// When `registry` does not have the kind, or a table beside it; when a key in the kind's table is unknown,
    /// missing or of the wrong type; when the store refuses its settings.
    pub fn store(&self, registry: &Registry) -> Result<Arc<dyn Store>, ConfigError> {
        registry.store(self)
    }

    /// The election in the store.
    ///
    /// # Errors
    ///
    /// As [`Settings::store`], and when the store cannot carry the election's name.
    pub fn backend(&self, registry: &Registry) -> Result<Arc<dyn Backend>, ConfigError> {
        let store = self.store(registry)?;
        let refused = |error: elector::Error| self.error("election.name", plainly(&error));
        store.election(&self.election.name).map_err(refused)
    }

    /// An elector with all of these settings, to which a program adds its own, such as a shutdown signal.
    ///
    /// # Errors
    ///
    /// As [`Settings::backend`] and [`Settings::budget`].
    pub fn builder(&self, registry: &Registry) -> Result<Builder, ConfigError> {
        let backend = self.backend(registry)?;
        let builder = Elector::builder(backend, self.candidate.name.as_str())
            .budget(self.budget()?)
            .token_floor(self.election.token_floor)
            .distrust_missing(self.election.distrust_missing)
            .on_overrun(self.election.on_overrun);
        Ok(match &self.candidate.metadata {
            Some(metadata) => builder.metadata(metadata.as_str()),
            None => builder,
        })
    }

    /// The elector.
    ///
    /// # Errors
    ///
    /// As [`Settings::builder`], and when the store grants no lease as short as this.
    pub fn elector(&self, registry: &Registry) -> Result<Elector, ConfigError> {
        let refused =
            |error: elector::Error| self.error("election.lease_duration", plainly(&error));
        self.builder(registry)?.build().map_err(refused)
    }

    /// Where the value of the dotted `key` comes from; `None` where it has none.
    pub fn origin(&self, key: &str) -> Option<&Origin> {
        self.node(key).map(|node| &node.origin)
    }

    /// Every value in force, with where it comes from.
    pub fn explain(&self) -> Explanation {
        Explanation::new(&self.root)
    }

    pub(crate) fn node(&self, key: &str) -> Option<&Node> {
        self.root.find(key.split('.'))
    }

    pub(crate) fn places(&self) -> &Places {
        &self.places
    }

    /// An error about `key`, where it is set.
    pub(crate) fn error(&self, key: &str, message: impl Into<String>) -> ConfigError {
        let mut message = message.into();
        if let Some(backend) = self.node("backend") {
            message = scrub(&message, "backend", backend);
        }
        let error = ConfigError::new(message).for_key(key);
        match self.node(key).or_else(|| self.node("backend.kind")) {
            Some(node) => error.at(node.origin.clone()),
            None => error,
        }
    }

    /// An error about the table `key` as a whole: rarely one key's fault, so it tells where each one is set.
    pub(crate) fn table_error(&self, key: &str, message: &str) -> ConfigError {
        self.error_of(key, message, |_| true)
    }

    /// An error about those keys of the table `key` that `faulty` names.
    fn error_of(&self, key: &str, message: &str, faulty: impl Fn(&str) -> bool) -> ConfigError {
        let error = self.error(key, message);
        let entries = self.node(key).and_then(Node::as_table).into_iter().flatten();
        let set = entries
            .filter(|(name, _)| faulty(name))
            .map(|(name, entry)| format!("{name}: {}", entry.origin));
        let set = set.collect::<Vec<_>>().join(", ");
        if set.is_empty() {
            return error;
        }
        ConfigError::new(format!("{} ({set})", error.message())).for_key(key)
    }

    fn refuse_unfit_name(&self, key: &str, value: &str) -> Result<(), ConfigError> {
        let message = match value {
            "" => "must not be empty",
            // It would break the lines of a log, and of whatever reads the program's output.
            value if value.chars().any(char::is_control) => {
                "must be one line, without control characters"
            }
            _ => return Ok(()),
        };
        Err(self.error(key, message))
    }
}

/// Reads `kind` and checks that everything beside it is a table, a kind's own.
fn kind(backend: &Node, places: &Places) -> Result<String, ConfigError> {
    let Some(entries) = backend.as_table() else {
        let fault = Fault::wrong("a table", backend.unexpected());
        return Err(fault.at("backend", &backend.origin).tell(places));
    };
    for (name, node) in entries.iter().filter(|(name, _)| *name != "kind") {
        if node.as_table().is_none() {
            let message = "unknown key, allowed here: kind, and a table for each kind such as [backend.local]";
            let key = format!("backend.{name}");
            return Err(ConfigError::new(message).for_key(key).at(node.origin.clone()));
        }
    }
    let Some(kind) = entries.get("kind") else { return Err(places.missing("backend.kind")) };
    decode(kind, "backend.kind").map_err(|fault| fault.tell(places))
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut map = f.debug_map();
        for setting in self.explain().settings() {
            map.entry(&format_args!("{}", setting.key), &format_args!("{}", setting.value));
        }
        map.finish()
    }
}
