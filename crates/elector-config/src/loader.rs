//! Reads settings from files, the environment and flags.

use std::ffi::OsString;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::environment::Environment;
use crate::error::ConfigError;
use crate::fault::Places;
use crate::file;
use crate::layers::{self, Layer};
use crate::node::Node;
use crate::origin::Origin;
use crate::settings::Settings;

const DEFAULT_LEASE: &str = "15s";

/// Reads the file at `path` and, stronger, the environment.
///
/// # Errors
///
/// When the file cannot be read, or a key is unknown, missing or of the wrong type.
pub fn load(path: impl AsRef<Path>) -> Result<Settings, ConfigError> {
    Loader::new().file(path).env().load()
}

/// Reads settings from files, the environment and flags.
///
/// The strength of a layer does not depend on the order of the calls: a flag is stronger than the environment, which
/// is stronger than a file. Of two files the later one is stronger.
#[derive(Default)]
#[must_use]
pub struct Loader {
    files: Vec<(PathBuf, Absence)>,
    environment: Option<Vec<(OsString, OsString)>>,
    flags: Vec<Flag>,
    defaults: Vec<(String, String)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Absence {
    Refused,
    Accepted,
}

struct Flag {
    name: String,
    key: String,
    value: String,
}

impl Loader {
    /// A loader that reads nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a TOML file that must be there.
    pub fn file(mut self, path: impl AsRef<Path>) -> Self {
        self.files.push((path.as_ref().to_owned(), Absence::Refused));
        self
    }

    /// Adds a TOML file that may be missing.
    pub fn optional_file(mut self, path: impl AsRef<Path>) -> Self {
        self.files.push((path.as_ref().to_owned(), Absence::Accepted));
        self
    }

    /// Adds this process's environment: `ELECTOR__SECTION__KEY` sets `key` in `[section]`, and `POD_NAME` is the
    /// candidate's name where nothing else says one.
    ///
    /// The key decides what a value means: it stays text where the key is text (`007`, `true`), and a list is
    /// written `a,b` or `["a", "b"]`. A variable that sets no known key is an error.
    pub fn env(self) -> Self {
        self.env_from(std::env::vars_os())
    }

    /// Adds an environment given as names and values, as [`Loader::env`] does with the process's.
    pub fn env_from<K: Into<OsString>, V: Into<OsString>>(
        mut self,
        variables: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        let variables = variables.into_iter().map(|(name, value)| (name.into(), value.into()));
        self.environment.get_or_insert_default().extend(variables);
        self
    }

    /// Sets the dotted `key` to `value`, as the flag called `name` asks: `set("election.name", "a", "--name")`.
    ///
    /// The value is read as a variable's is.
    pub fn set(
        mut self,
        key: impl Into<String>,
        value: impl Into<String>,
        name: impl Into<String>,
    ) -> Self {
        self.flags.push(Flag { name: name.into(), key: key.into(), value: value.into() });
        self
    }

    /// Sets the dotted `key` to `value` where no file, variable or flag sets it.
    ///
    /// The value is read as a variable's is.
    pub fn default_to(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.defaults.push((key.into(), value.into()));
        self
    }

    /// Reads everything.
    ///
    /// # Errors
    ///
    /// When a file cannot be read, or a key is unknown, missing or of the wrong type.
    pub fn load(self) -> Result<Settings, ConfigError> {
        let mut places = Places { file: None, environment: self.environment.is_some() };
        let default = |(key, value): (String, _)| Node::nested(&key, value, &Origin::Default);
        let mut all: Vec<_> = self.defaults.into_iter().map(default).map(Layer::new).collect();
        for (path, absence) in &self.files {
            if let Some(root) = read(path, *absence)? {
                all.push(Layer::new(root));
                places.file = Some(Origin::File { path: path.clone(), line: None });
            }
        }
        let environment = Environment::read(self.environment.unwrap_or_default())?;
        all.extend(environment.layers);
        all.extend(
            self.flags.into_iter().map(|flag| {
                Layer::new(Node::nested(&flag.key, flag.value, &Origin::Flag(flag.name)))
            }),
        );
        let mut root = match all.as_slice() {
            [] => Node::empty(),
            layers => layers::merge(layers)?,
        };
        root.set_default("election", "lease_duration", DEFAULT_LEASE, Origin::Default);
        let (name, origin) = candidate_name(environment.pod_name);
        root.set_default("candidate", "name", &name, origin);
        Settings::new(root, places)
    }
}

impl fmt::Debug for Loader {
    /// Without any value: one of them may be a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let files: Vec<_> = self.files.iter().map(|(path, _)| path).collect();
        let flags: Vec<_> = self.flags.iter().map(|flag| &flag.name).collect();
        f.debug_struct("Loader")
            .field("files", &files)
            .field("environment", &self.environment.is_some())
            .field("flags", &flags)
            .finish()
    }
}

fn candidate_name(pod_name: Option<String>) -> (String, Origin) {
    match pod_name {
        Some(name) => (name, Origin::Variable("POD_NAME".to_owned())),
        None => (gethostname::gethostname().to_string_lossy().into_owned(), Origin::HostName),
    }
}

fn read(path: &Path, absence: Absence) -> Result<Option<Node>, ConfigError> {
    match std::fs::read_to_string(path) {
        Ok(text) => file::parse(&text, path).map(Some),
        Err(error) if error.kind() == io::ErrorKind::NotFound && absence == Absence::Accepted => {
            Ok(None)
        }
        Err(error) => {
            let origin = Origin::File { path: path.to_owned(), line: None };
            Err(ConfigError::new(format!("cannot read the file: {error}")).at(origin))
        }
    }
}
