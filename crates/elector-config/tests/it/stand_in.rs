//! Stores that only remember their configuration, and a place to load from.

use std::sync::Arc;
use std::time::Duration;

use elector::memory::Memory;
use elector::store::{Backend, Store};
use elector::{Error, ErrorKind};
use elector_config::{ConfigError, Loader, NoKeys, Registry, Settings};
use serde::Deserialize;
use tempfile::TempDir;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "read through Debug")]
pub(crate) struct LocalConfig {
    folder: String,
    #[serde(default)]
    poll_interval: Option<String>,
    #[serde(default)]
    allow_weak: bool,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Durability {
    Always,
    EverySecond,
}

/// Without `deny_unknown_fields`, as a careless backend's might be.
#[derive(Debug, Deserialize)]
#[allow(dead_code, reason = "read through Debug")]
pub(crate) struct RedisConfig {
    #[serde(default)]
    endpoints: Vec<String>,
    #[serde(default)]
    ports: Vec<u16>,
    #[serde(default)]
    password: Option<String>,
    #[serde(default)]
    api_key: Option<u32>,
    #[serde(default)]
    database: u8,
    #[serde(default)]
    weight: f64,
    #[serde(default)]
    durability: Option<Durability>,
    #[serde(default)]
    tls: Option<Tls>,
}

#[derive(Debug, Deserialize)]
#[allow(dead_code, reason = "read through Debug")]
pub(crate) struct Tls {
    ca: String,
    #[serde(default)]
    verify: bool,
}

#[derive(Debug)]
#[allow(dead_code, reason = "read through Debug")]
pub(crate) struct StandIn<C>(C);

impl<C: std::fmt::Debug + Send + Sync + 'static> Store for StandIn<C> {
    fn election(&self, name: &str) -> elector::Result<Arc<dyn Backend>> {
        let message = format!("the name {name:?} is longer than 3 characters");
        Err(Error::new(ErrorKind::Invalid, "stand-in", "election", message))
    }
}

/// Checked as a whole, with all of it in the message.
#[derive(Debug, Deserialize)]
#[serde(try_from = "RedisConfig")]
pub(crate) struct PickyConfig;

impl TryFrom<RedisConfig> for PickyConfig {
    type Error = String;

    fn try_from(config: RedisConfig) -> Result<Self, String> {
        Err(format!("cannot use {config:?}"))
    }
}

#[derive(Debug, Deserialize)]
#[allow(dead_code, reason = "read through Debug")]
pub(crate) struct NestedConfig {
    #[serde(default)]
    passwords: Vec<String>,
    #[serde(default)]
    inner: Option<PickyConfig>,
}

pub(crate) fn registry() -> Registry {
    Registry::new()
        .with("local", |config: LocalConfig| Ok(StandIn(config)))
        .with("memory", |_: NoKeys| Ok(Memory::new().with_lease_step(Duration::from_secs(5))))
        .with("nested", |config: NestedConfig| -> elector::Result<StandIn<()>> {
            let message = format!("cannot use {:?}", config.passwords);
            Err(Error::new(ErrorKind::Invalid, "nested", "open", message))
        })
        .with("picky", |config: PickyConfig| Ok(StandIn(config)))
        .with("redis", |config: RedisConfig| Ok(StandIn(config)))
        .with("full", |_: RedisConfig| -> elector::Result<StandIn<()>> {
            let error = Error::new(ErrorKind::Invalid, "full", "open", "no database is free");
            Err(error.with_source("all 16 are taken"))
        })
        .with("strict", |config: RedisConfig| -> elector::Result<StandIn<()>> {
            let message = format!("cannot use {config:?}");
            Err(Error::new(ErrorKind::Invalid, "strict", "open", message))
        })
}

/// A file called `elector.toml`, environment variables, and flags.
pub(crate) struct Given {
    folder: TempDir,
    loader: Loader,
}

impl Given {
    pub(crate) fn file(text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("elector.toml");
        std::fs::write(&path, text).unwrap();
        Self { folder, loader: Loader::new().file(path) }
    }

    pub(crate) fn env(self, variables: &[(&str, &str)]) -> Self {
        Self { loader: self.loader.env_from(variables.iter().copied()), ..self }
    }

    pub(crate) fn flag(self, key: &str, value: &str, name: &str) -> Self {
        Self { loader: self.loader.set(key, value, name), ..self }
    }

    pub(crate) fn load(self) -> Result<Settings, String> {
        let folder = format!("{}/", self.folder.path().display());
        self.loader.load().map_err(|error| error.to_string().replace(&folder, ""))
    }

    /// The chosen store as `Debug` shows it, or what is said instead.
    pub(crate) fn store(self) -> Result<String, String> {
        let folder = format!("{}/", self.folder.path().display());
        let short = |error: ConfigError| error.to_string().replace(&folder, "");
        let settings = self.loader.load().map_err(short)?;
        settings.store(&registry()).map(|store| format!("{store:?}")).map_err(short)
    }

    /// What is said instead of an elector.
    pub(crate) fn elector(self) -> String {
        let folder = format!("{}/", self.folder.path().display());
        let settings = self.loader.load().expect("the settings are right");
        let error = settings.elector(&registry()).expect_err("nothing was refused");
        error.to_string().replace(&folder, "")
    }

    pub(crate) fn refusal(self) -> String {
        self.store().expect_err("nothing was refused")
    }
}

/// The least that a file must say to choose `kind`, and `rest` after it.
pub(crate) fn choosing(kind: &str, rest: &str) -> String {
    format!("[election]\nname = \"a\"\n[backend]\nkind = \"{kind}\"\n{rest}")
}
