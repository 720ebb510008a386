//! Which kinds of store a program links.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use elector::store::Store;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::decode::decode;
use crate::error::{ConfigError, plainly};
use crate::fault::{Fault, nearest};
use crate::node::{Node, Table};
use crate::secret::scrub;
use crate::settings::Settings;

/// Which kinds of store a program links: what `kind` in `[backend]` may be.
///
/// An ordinary value; nothing registers itself.
#[derive(Default)]
#[must_use]
pub struct Registry {
    kinds: BTreeMap<String, Make>,
}

/// The configuration of a store that has none: its table may be left out, and no key may stand in it.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoKeys {}

type Make =
    Box<dyn Fn(&Settings, &str, &Node) -> Result<Arc<dyn Store>, ConfigError> + Send + Sync>;

impl Registry {
    /// A registry without any kind.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a kind of store: `make` gets what stands in `[backend.KIND]`. A kind that is there already is replaced.
    ///
    /// A key that `C` does not know is refused, whether or not `C` says `deny_unknown_fields`.
    pub fn with<C, S, F>(mut self, kind: impl Into<String>, make: F) -> Self
    where
        C: DeserializeOwned,
        S: Store,
        F: Fn(C) -> elector::Result<S> + Send + Sync + 'static,
    {
        let make = move |settings: &Settings, key: &str, node: &Node| {
            let told = |fault: Fault| {
                let error = fault.tell(settings.places());
                if error.key() == Some(key) && node.as_table().is_some() {
                    return settings.table_error(key, error.message());
                }
                // A fault of a table in the table may quote any value in it.
                error.with_message(|text| scrub(text, key, node))
            };
            let config = decode(node, key).map_err(told)?;
            let store =
                make(config).map_err(|error| settings.table_error(key, &plainly(&error)))?;
            Ok(Arc::new(store) as Arc<dyn Store>)
        };
        self.kinds.insert(kind.into(), Box::new(make));
        self
    }

    /// The kinds, sorted.
    pub fn kinds(&self) -> impl Iterator<Item = &str> {
        self.kinds.keys().map(String::as_str)
    }

    pub(crate) fn store(&self, settings: &Settings) -> Result<Arc<dyn Store>, ConfigError> {
        let kind = settings.kind();
        let Some(make) = self.kinds.get(kind) else {
            return Err(self.unknown(settings, "backend.kind", kind));
        };
        // A fleet shares a file, so the other kinds' tables may stand there.
        let tables = settings.node("backend").and_then(Node::as_table);
        for name in tables.into_iter().flat_map(Table::keys).filter(|name| *name != "kind") {
            if !self.kinds.contains_key(name) {
                return Err(self.unknown(settings, &format!("backend.{name}"), name));
            }
        }
        let empty = Node::empty();
        let table = tables.and_then(|tables| tables.get(kind)).unwrap_or(&empty);
        make(settings, &format!("backend.{kind}"), table)
    }

    fn unknown(&self, settings: &Settings, key: &str, kind: &str) -> ConfigError {
        let kinds: Vec<_> = self.kinds().map(|kind| format!("{kind:?}")).collect();
        let known = match kinds.as_slice() {
            [] => "no kind".to_owned(),
            [kind] => format!("only {kind}"),
            kinds => kinds.join(", "),
        };
        let meant = nearest(kind, self.kinds()).map(|near| format!("did you mean {near:?}? "));
        let meant = meant.unwrap_or_default();
        settings.error(key, format!("unknown kind {kind:?}, {meant}this program knows {known}"))
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.kinds()).finish()
    }
}
