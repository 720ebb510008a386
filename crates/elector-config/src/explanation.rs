//! The settings in force, for people.

use std::fmt;

use crate::fault::inside;
use crate::node::{Node, Value};
use crate::origin::Origin;
use crate::secret::{HIDDEN, hides, without_user_info};

/// Every value in force with its origin; what looks like a secret is hidden.
///
/// Its text has one line for each key, `election.name = "a"  # elector.toml:2`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    settings: Vec<Setting>,
}

/// One value in force.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Setting {
    /// The full key, such as `election.name`.
    pub key: String,
    /// The value as TOML writes it, or a note that it is hidden.
    pub value: String,
    /// Where it comes from.
    pub origin: Origin,
}

impl Explanation {
    pub(crate) fn new(root: &Node) -> Self {
        let mut settings = Vec::new();
        collect("", root, &mut settings);
        Self { settings }
    }

    /// The values, sorted by key.
    pub fn settings(&self) -> &[Setting] {
        &self.settings
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, Setting { key, value, origin }) in self.settings.iter().enumerate() {
            let before = if n == 0 { "" } else { "\n" };
            write!(f, "{before}{key} = {value}  # {origin}")?;
        }
        Ok(())
    }
}

fn collect(key: &str, node: &Node, settings: &mut Vec<Setting>) {
    if let Some(table) = node.as_table() {
        for (name, entry) in table {
            collect(&inside(key, name), entry, settings);
        }
        return;
    }
    let value = if hides(key) { HIDDEN.to_owned() } else { without_user_info(&write(node)) };
    settings.push(Setting { key: key.to_owned(), value, origin: node.origin.clone() });
}

fn write(node: &Node) -> String {
    match &node.value {
        Value::Text(text) | Value::String(text) => format!("{text:?}"),
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => format!("{number:?}"),
        Value::Bool(value) => value.to_string(),
        Value::List(items) => format!("[{}]", join(items.iter().map(write))),
        Value::Table(table) => {
            let entry = |(name, node): (&String, &Node)| {
                let value =
                    if hides(&format!("backend.{name}")) { HIDDEN.to_owned() } else { write(node) };
                format!("{name} = {value}")
            };
            format!("{{ {} }}", join(table.iter().map(entry)))
        }
    }
}

fn join(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(", ")
}
