//! The settings of this process, and the stores that the program links.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use elector::{Backend, Elector};
use elector_config::{ConfigError, Loader, Registry, Settings};
use elector_local::Local;

use crate::cli::ElectionArgs;

/// The stores that the program links.
pub(crate) struct Stores {
    registry: Registry,
    /// The local store, once it was made: its lock is handed on to the processes that do the work.
    local: Arc<OnceLock<Local>>,
}

impl Stores {
    pub(crate) fn new() -> Self {
        let local = Arc::new(OnceLock::new());
        let made = Arc::clone(&local);
        let registry = Registry::new().with("local", move |config| {
            let store = Local::from_config(config)?;
            Ok(made.get_or_init(|| store).clone())
        });
        Self { registry, local }
    }

    /// The election that the settings describe.
    pub(crate) fn backend(&self, settings: &Settings) -> Result<Arc<dyn Backend>, Refused> {
        Ok(settings.backend(&self.registry)?)
    }

    /// The candidate that the settings describe.
    pub(crate) fn elector(&self, settings: &Settings) -> Result<Elector, Refused> {
        Ok(settings.elector(&self.registry)?)
    }

    /// The local store, if it is the chosen one and an elector was made.
    pub(crate) fn local(&self) -> Option<&Local> {
        self.local.get()
    }
}

/// The configuration cannot work.
#[derive(Debug)]
pub(crate) struct Refused(String);

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<ConfigError> for Refused {
    fn from(error: ConfigError) -> Self {
        let hint = match error.key() {
            Some("election.name") => " (or give --election NAME)",
            _ => "",
        };
        Self(format!("{error}{hint}"))
    }
}

impl From<elector::Error> for Refused {
    fn from(error: elector::Error) -> Self {
        Self(error.to_string())
    }
}

/// Reads the settings. Where nothing names a store it is the local one, in a folder of this user.
pub(crate) fn load(args: &ElectionArgs) -> Result<Settings, Refused> {
    load_with_folder(args, &folder_of_this_user())
}

/// Reads the settings. Where nothing names a store it is the local one, in `folder`.
pub(crate) fn load_with_folder(args: &ElectionArgs, folder: &Path) -> Result<Settings, Refused> {
    let mut loader = Loader::new().env();
    match &args.config {
        Some(path) => loader = loader.file(path),
        None => {
            let folder = folder.display().to_string();
            for (key, value, variable) in [
                ("backend.kind", "local", "ELECTOR__BACKEND__KIND"),
                ("backend.local.folder", folder.as_str(), "ELECTOR__BACKEND__LOCAL__FOLDER"),
            ] {
                if std::env::var_os(variable).is_none() {
                    loader = loader.set(key, value, "no --config");
                }
            }
        }
    }
    for (flag, key, value) in [
        ("--election", "election.name", &args.election),
        ("--name", "candidate.name", &args.name),
        ("--lease-duration", "election.lease_duration", &args.lease_duration),
    ] {
        if let Some(value) = value {
            loader = loader.set(key, value, flag);
        }
    }
    Ok(loader.load()?)
}

/// `$XDG_RUNTIME_DIR/elector`, or else `elector-UID` in the folder for temporary files.
fn folder_of_this_user() -> PathBuf {
    match std::env::var_os("XDG_RUNTIME_DIR").filter(|folder| !folder.is_empty()) {
        Some(folder) => PathBuf::from(folder).join("elector"),
        None => {
            let user = rustix::process::geteuid().as_raw();
            std::env::temp_dir().join(format!("elector-{user}"))
        }
    }
}
