//! Durations as text: `"15s"`, `"1m30s"`, `"500ms"`.

use std::fmt;
use std::time::Duration;

use jiff::SignedDuration;
use serde::de::{Deserialize, Deserializer, Error, Unexpected, Visitor};

pub(crate) fn required<'de, D: Deserializer<'de>>(input: D) -> Result<Duration, D::Error> {
    Text::deserialize(input).map(|text| text.0)
}

pub(crate) fn optional<'de, D: Deserializer<'de>>(input: D) -> Result<Option<Duration>, D::Error> {
    Ok(Option::<Text>::deserialize(input)?.map(|text| text.0))
}

struct Text(Duration);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        input.deserialize_str(TextVisitor)
    }
}

struct TextVisitor;

impl Visitor<'_> for TextVisitor {
    type Value = Text;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a duration such as \"15s\", \"1m30s\" or \"500ms\"")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Text, E> {
        let parsed = text.parse::<SignedDuration>().ok();
        let duration = parsed.and_then(|duration| Duration::try_from(duration).ok());
        duration.map(Text).ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
    }
}
