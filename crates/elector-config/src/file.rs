//! A TOML file as a tree, each value with its line.

use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::error::ConfigError;
use crate::fault::inside;
use crate::node::{Node, Table, Value};
use crate::origin::Origin;
use crate::secret::sounds_secret;

/// Reads TOML; `path` is only for messages and origins.
pub(crate) fn parse(text: &str, path: &Path) -> Result<Node, ConfigError> {
    let document = DeTable::parse(text).map_err(|error| syntax(text, path, &error))?;
    let source = Source { text, path };
    source.table(document.get_ref(), "", source.origin(None))
}

struct Source<'a> {
    text: &'a str,
    path: &'a Path,
}

impl Source<'_> {
    fn origin(&self, offset: Option<usize>) -> Origin {
        let line = offset.map(|offset| line_at(self.text, offset));
        Origin::File { path: self.path.to_owned(), line }
    }

    fn table(&self, table: &DeTable<'_>, path: &str, origin: Origin) -> Result<Node, ConfigError> {
        let mut entries = Table::new();
        for (key, value) in table {
            let origin = self.origin(Some(key.span().start));
            let node = self.node(value, &inside(path, key.get_ref()), origin)?;
            entries.insert(key.get_ref().to_string(), node);
        }
        Ok(Node::new(Value::Table(entries), origin))
    }

    fn node(
        &self,
        value: &Spanned<DeValue<'_>>,
        path: &str,
        origin: Origin,
    ) -> Result<Node, ConfigError> {
        let refused = |message| ConfigError::new(message).for_key(path).at(origin.clone());
        let value = match value.get_ref() {
            DeValue::Table(table) => return self.table(table, path, origin),
            DeValue::String(text) => Value::String(text.to_string()),
            DeValue::Boolean(value) => Value::Bool(*value),
            DeValue::Datetime(value) => Value::String(value.to_string()),
            DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
                .map(Value::Integer)
                .map_err(|_| refused("a number must fit 64 bits"))?,
            DeValue::Float(number) => {
                number.as_str().parse().map(Value::Float).map_err(|_| refused("not a number"))?
            }
            DeValue::Array(items) => {
                let item = |item: &Spanned<DeValue<'_>>| {
                    self.node(item, path, self.origin(Some(item.span().start)))
                };
                Value::List(items.iter().map(item).collect::<Result<_, _>>()?)
            }
        };
        Ok(Node::new(value, origin))
    }
}

/// The parser's own message with its caret, unless the line it would show may hold a secret.
fn syntax(text: &str, path: &Path, error: &toml::de::Error) -> ConfigError {
    let offset = error.span().map_or(0, |span| span.start).min(text.len());
    let line = line_at(text, offset);
    let origin = Origin::File { path: path.to_owned(), line: Some(line) };
    // What is broken may have begun on any line above, so all of them count; comments hold no values.
    let code = |line: &str| line.split('#').next().is_some_and(may_hold_secret);
    let message = if text.lines().take(line).any(code) {
        let column =
            text.as_bytes()[..offset].iter().rev().take_while(|byte| **byte != b'\n').count() + 1;
        let problem = error.message();
        format!("{problem} in column {column} (the line is not shown because it may hold a secret)")
    } else {
        error.to_string().trim_end().to_owned()
    };
    ConfigError::new(message).at(origin)
}

fn may_hold_secret(code: &str) -> bool {
    sounds_secret(code) || code.contains("://")
}

fn line_at(text: &str, offset: usize) -> usize {
    text.as_bytes()[..offset].iter().filter(|byte| **byte == b'\n').count() + 1
}
