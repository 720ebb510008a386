//! serde over a tree of values: every fault knows its full key and where its value comes from.

use serde::de::value::{MapAccessDeserializer, StrDeserializer};
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, SeqAccess,
    Unexpected, Visitor,
};
use serde::forward_to_deserialize_any;

use crate::fault::{Fault, inside};
use crate::node::{Node, Table, Value};

/// The fields of no struct in particular.
const ANY: &[&str] = &[];

/// Reads a `T` from `node`, whose dotted key is `key`.
pub(crate) fn decode<T: DeserializeOwned>(node: &Node, key: &str) -> Result<T, Fault> {
    T::deserialize(Decoder::new(node, key.to_owned())).map_err(|fault| fault.at(key, &node.origin))
}

struct Decoder<'a> {
    node: &'a Node,
    key: String,
    /// The keys that are allowed beside this one, for when it turns out that nobody wants it.
    siblings: &'static [&'static str],
}

impl<'a> Decoder<'a> {
    fn new(node: &'a Node, key: String) -> Self {
        Self { node, key, siblings: ANY }
    }

    fn text(&self) -> Option<&'a str> {
        match &self.node.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    fn visit<'de, V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match &self.node.value {
            Value::Text(text) | Value::String(text) => visitor.visit_str(text),
            Value::Integer(number) => visitor.visit_i64(*number),
            Value::Float(number) => visitor.visit_f64(*number),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::List(items) => visitor.visit_seq(Items::new(items, &self.key)),
            Value::Table(table) => visitor.visit_map(Entries::new(table, &self.key, fields)),
        }
    }

    fn visit_list<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.text() {
            Some(text) => {
                let items = list(text)
                    .into_iter()
                    .map(|item| Node::new(Value::Text(item), self.node.origin.clone()));
                visitor.visit_seq(Items::new(&items.collect::<Vec<_>>(), &self.key))
            }
            None => self.visit(ANY, visitor),
        }
    }
}

/// The items of a list in one text: `a,b`, or as TOML writes it, `["a", "b"]`.
pub(crate) fn list(text: &str) -> Vec<String> {
    let text = text.trim();
    let bracketed = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    if bracketed.is_some() {
        let quoted: Option<Vec<String>> = format!("list = {text}")
            .parse::<toml::Table>()
            .ok()
            .and_then(|table| table.get("list")?.clone().try_into().ok());
        if let Some(items) = quoted {
            return items;
        }
    }
    let items = bracketed.unwrap_or(text).trim();
    if items.is_empty() {
        return Vec::new();
    }
    items.split(',').map(|item| item.trim().to_owned()).collect()
}

/// Text becomes what its key wants; text that cannot is left to the visitor, which says what it expects.
macro_rules! parse_text {
    ($($method:ident $visit:ident $kind:ty;)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
            match self.text().and_then(|text| text.trim().parse::<$kind>().ok()) {
                Some(value) => visitor.$visit(value),
                None => self.visit(ANY, visitor),
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for Decoder<'_> {
    type Error = Fault;

    parse_text! {
        deserialize_bool visit_bool bool;
        deserialize_i8 visit_i64 i64;
        deserialize_i16 visit_i64 i64;
        deserialize_i32 visit_i64 i64;
        deserialize_i64 visit_i64 i64;
        deserialize_i128 visit_i128 i128;
        deserialize_u8 visit_i64 i64;
        deserialize_u16 visit_i64 i64;
        deserialize_u32 visit_i64 i64;
        deserialize_u64 visit_u64 u64;
        deserialize_u128 visit_u128 u128;
        deserialize_f32 visit_f64 f64;
        deserialize_f64 visit_f64 f64;
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.visit(ANY, visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.visit_list(visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Fault> {
        self.visit_list(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.visit_list(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let (key, origin) = (self.key.clone(), self.node.origin.clone());
        self.visit(fields, visitor).map_err(|fault| fault.at(&key, &origin))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match &self.node.value {
            Value::Text(text) | Value::String(text) => {
                let variant: StrDeserializer<'_, Fault> = text.as_str().into_deserializer();
                visitor.visit_enum(variant)
            }
            Value::Table(table) => {
                let entries = Entries::new(table, &self.key, ANY);
                visitor.visit_enum(MapAccessDeserializer::new(entries))
            }
            _ => Err(Fault::no_variant(variants, self.node.unexpected())),
        }
    }

    /// Somebody's struct lets unknown keys pass; we do not.
    fn deserialize_ignored_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Fault> {
        Err(Fault::unknown(self.siblings))
    }

    forward_to_deserialize_any! {
        char str string bytes byte_buf unit unit_struct map identifier
    }
}

struct Items<'a> {
    items: std::iter::Enumerate<std::slice::Iter<'a, Node>>,
    key: &'a str,
}

impl<'a> Items<'a> {
    fn new(items: &'a [Node], key: &'a str) -> Self {
        Self { items: items.iter().enumerate(), key }
    }
}

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Fault;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Fault> {
        let Some((number, node)) = self.items.next() else { return Ok(None) };
        let key = format!("{}[{number}]", self.key);
        seed.deserialize(Decoder::new(node, key.clone()))
            .map(Some)
            .map_err(|fault| fault.at(&key, &node.origin))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len())
    }
}

struct Entries<'a> {
    entries: std::collections::btree_map::Iter<'a, String, Node>,
    current: Option<(&'a str, &'a Node)>,
    key: &'a str,
    fields: &'static [&'static str],
}

impl<'a> Entries<'a> {
    fn new(table: &'a Table, key: &'a str, fields: &'static [&'static str]) -> Self {
        Self { entries: table.iter(), current: None, key, fields }
    }
}

impl<'de> MapAccess<'de> for Entries<'_> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Fault> {
        let Some((name, node)) = self.entries.next() else { return Ok(None) };
        self.current = Some((name, node));
        let name: StrDeserializer<'_, Fault> = name.as_str().into_deserializer();
        seed.deserialize(name).map(Some).map_err(|fault| {
            let name = self.current.map_or("", |(name, _)| name);
            fault.at(&inside(self.key, name), &node.origin)
        })
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Fault> {
        let Some((name, node)) = self.current.take() else {
            return Err(serde::de::Error::invalid_type(Unexpected::Map, &"a key before its value"));
        };
        let key = inside(self.key, name);
        let decoder = Decoder { siblings: self.fields, ..Decoder::new(node, key.clone()) };
        seed.deserialize(decoder).map_err(|fault| fault.at(&key, &node.origin))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.entries.len())
    }
}
