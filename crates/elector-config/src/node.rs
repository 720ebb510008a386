//! A tree of values, each with its origin.

use std::collections::BTreeMap;

use serde::de::Unexpected;

use crate::origin::Origin;

/// The entries of a table by key.
pub(crate) type Table = BTreeMap<String, Node>;

/// A value and where it comes from.
#[derive(Clone)]
pub(crate) struct Node {
    pub(crate) value: Value,
    pub(crate) origin: Origin,
}

#[derive(Clone)]
pub(crate) enum Value {
    /// Text of an environment variable or a flag: what it means depends on the type of its key.
    Text(String),
    String(String),
    Integer(i64),
    Float(f64),
    Bool(bool),
    List(Vec<Node>),
    Table(Table),
}

impl Node {
    pub(crate) fn new(value: Value, origin: Origin) -> Self {
        Self { value, origin }
    }

    /// `value` at the end of a chain of tables, one for each part of the dotted `key`.
    pub(crate) fn nested(key: &str, value: String, origin: &Origin) -> Self {
        let leaf = Self::new(Value::Text(value), origin.clone());
        key.rsplit('.').fold(leaf, |inner, part| {
            let table = Table::from([(part.to_owned(), inner)]);
            Self::new(Value::Table(table), origin.clone())
        })
    }

    /// A table without entries that nobody wrote.
    pub(crate) fn empty() -> Self {
        Self::new(Value::Table(Table::new()), Origin::Default)
    }

    /// The value as serde names what it did not expect.
    pub(crate) fn unexpected(&self) -> Unexpected<'_> {
        match &self.value {
            Value::Text(text) | Value::String(text) => Unexpected::Str(text),
            Value::Integer(number) => Unexpected::Signed(*number),
            Value::Float(number) => Unexpected::Float(*number),
            Value::Bool(value) => Unexpected::Bool(*value),
            Value::List(_) => Unexpected::Seq,
            Value::Table(_) => Unexpected::Map,
        }
    }

    pub(crate) fn as_table(&self) -> Option<&Table> {
        match &self.value {
            Value::Table(table) => Some(table),
            _ => None,
        }
    }

    /// The node at the end of `path`, one key a step.
    pub(crate) fn find<'p>(&self, mut path: impl Iterator<Item = &'p str>) -> Option<&Self> {
        path.try_fold(self, |node, key| node.as_table()?.get(key))
    }

    /// Puts `value` at `section.key`, whatever stands there.
    pub(crate) fn put(&mut self, section: &str, key: &str, value: &str, origin: Origin) {
        let Value::Table(sections) = &mut self.value else { return };
        if let Some(Value::Table(entries)) = sections.get_mut(section).map(|node| &mut node.value) {
            entries.insert(key.to_owned(), Self::new(Value::String(value.to_owned()), origin));
        }
    }

    /// Puts `value` at `section.key` if nothing stands there.
    pub(crate) fn set_default(&mut self, section: &str, key: &str, value: &str, origin: Origin) {
        let Value::Table(sections) = &mut self.value else { return };
        let section = sections.entry(section.to_owned()).or_insert_with(Self::empty);
        if let Value::Table(entries) = &mut section.value {
            let default = || Self::new(Value::String(value.to_owned()), origin);
            entries.entry(key.to_owned()).or_insert_with(default);
        }
    }
}
