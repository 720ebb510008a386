//! Layers of settings, merged by figment.
//!
//! The only module that knows figment. It decides which layer's value counts; the value itself, with its line, is
//! then taken from that layer.

use figment::value::{Dict, Map, Tag, Value as Merged};
use figment::{Figment, Metadata, Profile, Provider};

use crate::error::ConfigError;
use crate::node::{Node, Table, Value};
use crate::origin::Origin;

/// Settings from one place.
pub(crate) struct Layer {
    root: Node,
}

impl Layer {
    /// A layer of what stands under `root`, which is a table.
    pub(crate) fn new(root: Node) -> Self {
        Self { root }
    }
}

/// Merges layers, the weakest first: tables key by key, everything else as a whole.
pub(crate) fn merge(layers: &[Layer]) -> Result<Node, ConfigError> {
    let mut figment = Figment::new();
    for (number, layer) in layers.iter().enumerate() {
        figment = figment.merge(Numbered { number, layer });
    }
    // An empty path is the whole tree, with the tags that `extract` would drop.
    let merged = figment.find_value("").map_err(|error| ConfigError::new(error.to_string()))?;
    resolve(&figment, layers, &merged, &mut Vec::new())
        .ok_or_else(|| ConfigError::new("a merged value has no layer"))
}

/// A layer that can be found again by the name in its values' metadata.
struct Numbered<'a> {
    number: usize,
    layer: &'a Layer,
}

impl Provider for Numbered<'_> {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.number.to_string())
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        let dict = match &self.layer.root.value {
            Value::Table(table) => dict(table),
            _ => Dict::new(),
        };
        Ok(Map::from([(Profile::Default, dict)]))
    }
}

fn dict(table: &Table) -> Dict {
    table.iter().map(|(key, node)| (key.clone(), shape(node))).collect()
}

/// Only tables have a shape that merging must know; the rest is a place to hold a tag.
fn shape(node: &Node) -> Merged {
    match &node.value {
        Value::Table(table) => Merged::Dict(Tag::Default, dict(table)),
        _ => Merged::Bool(Tag::Default, true),
    }
}

fn resolve<'a>(
    figment: &Figment,
    layers: &[Layer],
    merged: &'a Merged,
    path: &mut Vec<&'a str>,
) -> Option<Node> {
    let found = || {
        let number: usize = figment.get_metadata(merged.tag())?.name.parse().ok()?;
        layers.get(number)?.root.find(path.iter().copied())
    };
    let Merged::Dict(_, dict) = merged else { return found().cloned() };
    let origin = found().map_or(Origin::Default, |node| node.origin.clone());
    let mut table = Table::new();
    for (key, value) in dict {
        path.push(key);
        table.insert(key.clone(), resolve(figment, layers, value, path)?);
        path.pop();
    }
    Some(Node::new(Value::Table(table), origin))
}
