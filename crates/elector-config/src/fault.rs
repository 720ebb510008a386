//! What serde finds wrong with a value, kept in parts until it is told.

use std::fmt;

use serde::de::{Expected, Unexpected};

use crate::environment;
use crate::error::ConfigError;
use crate::origin::Origin;
use crate::secret;

/// How far a misspelt word may be from the one that is proposed.
const TYPO: usize = 2;

/// A fault, and the key it was found at.
#[derive(Debug)]
pub(crate) struct Fault {
    at: Option<(String, Origin)>,
    problem: Problem,
}

#[derive(Debug)]
enum Problem {
    Unknown { allowed: Vec<String> },
    Missing { name: &'static str },
    Wrong { expected: String, found: String },
    Other(String),
}

/// What the error of a missing key tells about where to set it.
#[derive(Clone, Debug)]
pub(crate) struct Places {
    /// The file that was read last.
    pub(crate) file: Option<Origin>,
    /// Whether variables are read.
    pub(crate) environment: bool,
}

impl Fault {
    fn new(problem: Problem) -> Self {
        Self { at: None, problem }
    }

    pub(crate) fn unknown(allowed: &[&str]) -> Self {
        Self::new(Problem::Unknown { allowed: allowed.iter().map(ToString::to_string).collect() })
    }

    pub(crate) fn wrong(expected: impl Into<String>, found: Unexpected<'_>) -> Self {
        Self::new(Problem::Wrong { expected: expected.into(), found: show(found) })
    }

    /// Not one of the words that are allowed.
    pub(crate) fn no_variant(allowed: &[&str], found: Unexpected<'_>) -> Self {
        let allowed: Vec<_> = allowed.iter().map(|name| format!("{name:?}")).collect();
        Self::wrong(allowed.join(" or "), found)
    }

    /// Notes the key, unless a key inside it is noted already.
    pub(crate) fn at(mut self, key: &str, origin: &Origin) -> Self {
        self.at.get_or_insert_with(|| (key.to_owned(), origin.clone()));
        self
    }

    /// The fault as users read it.
    pub(crate) fn tell(self, places: &Places) -> ConfigError {
        let (key, origin) = self.at.unwrap_or_else(|| (String::new(), Origin::Default));
        let hidden = secret::hides(&key);
        let message = match self.problem {
            Problem::Missing { name } => return places.missing(&inside(&key, name)),
            Problem::Unknown { allowed } => unknown(&key, allowed),
            Problem::Wrong { expected, .. } if hidden => {
                format!("expected {expected}; the value is not shown because it may be a secret")
            }
            Problem::Wrong { expected, found } => {
                format!("expected {expected}, found {}", secret::without_user_info(&found))
            }
            Problem::Other(_) if hidden => {
                "not accepted; the value is not shown because it may be a secret".to_owned()
            }
            Problem::Other(message) => secret::without_user_info(&message),
        };
        let error = ConfigError::new(message).at(origin);
        if key.is_empty() { error } else { error.for_key(key) }
    }
}

impl Places {
    /// The error of a key that must be set and is not.
    pub(crate) fn missing(&self, key: &str) -> ConfigError {
        let variable = environment::variable(key);
        let advice = match (&self.file, self.environment) {
            (Some(_), true) => format!("missing, set it in the file or as {variable}"),
            (Some(_), false) => "missing, set it in the file".to_owned(),
            (None, true) => format!("missing, set {variable}"),
            (None, false) => "missing".to_owned(),
        };
        let error = ConfigError::new(advice).for_key(key).missing();
        match &self.file {
            Some(file) => error.at(file.clone()),
            None => error,
        }
    }
}

/// The dotted key of `name` in the table `key`.
pub(crate) fn inside(key: &str, name: &str) -> String {
    if key.is_empty() { name.to_owned() } else { format!("{key}.{name}") }
}

fn unknown(key: &str, mut allowed: Vec<String>) -> String {
    let name = key.rsplit('.').next().unwrap_or(key);
    allowed.sort();
    let list = allowed.join(", ");
    if list.is_empty() {
        return "unknown key, none is allowed here".to_owned();
    }
    match nearest(name, allowed.iter().map(String::as_str)) {
        Some(near) => format!("unknown key, did you mean {near}? allowed here: {list}"),
        None => format!("unknown key, allowed here: {list}"),
    }
}

/// The one of `allowed` that `word` is a misspelling of, if there is one.
pub(crate) fn nearest<'a>(word: &str, allowed: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let measured = allowed.map(|other| (strsim::damerau_levenshtein(word, other), other));
    let (distance, nearest) = measured.min_by_key(|(distance, _)| *distance)?;
    (distance <= TYPO).then_some(nearest)
}

impl serde::de::Error for Fault {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(Problem::Other(message.to_string()))
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::wrong(in_words(&expected.to_string()), found)
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::invalid_type(found, expected)
    }

    fn invalid_length(length: usize, expected: &dyn Expected) -> Self {
        let found = format!("{length} items");
        Self::wrong(in_words(&expected.to_string()), Unexpected::Other(&found))
    }

    fn unknown_variant(found: &str, allowed: &'static [&'static str]) -> Self {
        Self::no_variant(allowed, Unexpected::Str(found))
    }

    fn unknown_field(_: &str, allowed: &'static [&'static str]) -> Self {
        Self::unknown(allowed)
    }

    fn missing_field(name: &'static str) -> Self {
        Self::new(Problem::Missing { name })
    }
}

/// What serde expects, in the words of a TOML file.
fn in_words(expected: &str) -> String {
    match expected {
        "u8" => "a whole number from 0 to 255",
        "u16" => "a whole number from 0 to 65535",
        "u32" => "a whole number from 0 to 4294967295",
        "u64" | "u128" | "usize" => "a whole number, 0 or more",
        "i8" | "i16" | "i32" | "i64" | "i128" | "isize" => "a whole number",
        "f32" | "f64" => "a number",
        "a boolean" => "true or false",
        "a sequence" => "a list",
        "a map" => "a table",
        _ if expected.starts_with("struct ") => "a table",
        _ => expected,
    }
    .to_owned()
}

fn show(found: Unexpected<'_>) -> String {
    match found {
        Unexpected::Bool(value) => value.to_string(),
        Unexpected::Unsigned(number) => format!("the number {number}"),
        Unexpected::Signed(number) => format!("the number {number}"),
        Unexpected::Float(number) => format!("the number {number}"),
        Unexpected::Str(text) => format!("{text:?}"),
        Unexpected::Seq => "a list".to_owned(),
        Unexpected::Map => "a table".to_owned(),
        other => other.to_string(),
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value does not fit its key")
    }
}

impl std::error::Error for Fault {}
