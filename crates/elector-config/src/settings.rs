//! The settings of one candidate in one election.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use elector::store::{Backend, Store};
use elector::{Budget, FencingToken};
use serde::Deserialize;

use crate::decode::decode;
use crate::duration;
use crate::error::ConfigError;
use crate::explanation::Explanation;
use crate::fault::{Fault, Places};
use crate::node::{Node, Table};
use crate::registry::Registry;
use crate::secret::scrub;

const BUDGET_KEYS: [&str; 8] = [
    "lease_duration",
    "clock_rate_ppm",
    "renew_interval",
    "renew_deadline",
    "attempt_timeout",
    "backoff",
    "stop_budget",
    "pause_allowance",
];

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

/// `[election]`: the election and its time budget.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ElectionSettings {
    /// The name of the election, such as `billing/scheduler`.
    pub name: String,
    /// How long a lease lasts. 15 s unless set.
    #[serde(deserialize_with = "duration::required")]
    pub lease_duration: Duration,
    /// Every term's token is greater than this one. For a fleet that changes its store.
    #[serde(default)]
    pub token_floor: FencingToken,
    /// Instead of [`Budget::clock_rate_ppm`], in millionths.
    #[serde(default)]
    pub clock_rate_ppm: Option<u32>,
    /// Instead of [`Budget::renew_interval`].
    #[serde(default, deserialize_with = "duration::optional")]
    pub renew_interval: Option<Duration>,
    /// Instead of [`Budget::renew_deadline`].
    #[serde(default, deserialize_with = "duration::optional")]
    pub renew_deadline: Option<Duration>,
    /// Instead of [`Budget::attempt_timeout`].
    #[serde(default, deserialize_with = "duration::optional")]
    pub attempt_timeout: Option<Duration>,
    /// Instead of [`Budget::backoff`].
    #[serde(default, deserialize_with = "duration::optional")]
    pub backoff: Option<Duration>,
    /// Instead of [`Budget::stop_budget`].
    #[serde(default, deserialize_with = "duration::optional")]
    pub stop_budget: Option<Duration>,
    /// Instead of [`Budget::pause_allowance`].
    #[serde(default, deserialize_with = "duration::optional")]
    pub pause_allowance: Option<Duration>,
}

/// `[candidate]`: who stands.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct CandidateSettings {
    /// The candidate's name, for people. `POD_NAME` unless set, or else the host's name.
    pub name: String,
    /// Text for followers and observers, such as an address.
    #[serde(default)]
    pub metadata: Option<String>,
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
        settings.refuse_empty("election.name", &settings.election.name)?;
        settings.refuse_empty("candidate.name", &settings.candidate.name)?;
        settings.refuse_empty("backend.kind", &settings.kind)?;
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
        let election = &self.election;
        let mut budget = Budget::builder(election.lease_duration);
        if let Some(ppm) = election.clock_rate_ppm {
            budget = budget.clock_rate_ppm(ppm);
        }
        if let Some(duration) = election.renew_interval {
            budget = budget.renew_interval(duration);
        }
        if let Some(duration) = election.renew_deadline {
            budget = budget.renew_deadline(duration);
        }
        if let Some(duration) = election.attempt_timeout {
            budget = budget.attempt_timeout(duration);
        }
        if let Some(duration) = election.backoff {
            budget = budget.backoff(duration);
        }
        if let Some(duration) = election.stop_budget {
            budget = budget.stop_budget(duration);
        }
        if let Some(duration) = election.pause_allowance {
            budget = budget.pause_allowance(duration);
        }
        budget.build().map_err(|error| {
            let message = format!("{error} ({})", self.set_durations());
            ConfigError::new(message).for_key("election")
        })
    }

    /// What the budget is made of and where it is set: a broken line is rarely one key's fault.
    fn set_durations(&self) -> String {
        let keys = BUDGET_KEYS.iter().filter_map(|key| {
            let origin = &self.node(&format!("election.{key}"))?.origin;
            Some(format!("{key}: {origin}"))
        });
        keys.collect::<Vec<_>>().join(", ")
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
        let refused = |error: elector::Error| self.error("election.name", error.to_string());
        store.election(&self.election.name).map_err(refused)
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
        match self.node(key) {
            Some(node) => error.at(node.origin.clone()),
            None => error,
        }
    }

    fn refuse_empty(&self, key: &str, value: &str) -> Result<(), ConfigError> {
        if value.is_empty() { Err(self.error(key, "must not be empty")) } else { Ok(()) }
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
