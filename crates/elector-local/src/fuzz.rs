//! What must hold for any bytes in the store's files; `fuzz/` feeds it, and every test run its corpus.
#![allow(missing_docs, clippy::expect_used, clippy::panic, reason = "it fails by panicking")]
#![cfg_attr(not(fuzzing), allow(unreachable_pub))]

use crate::format;
use crate::name::FileNames;

/// A record is refused, or understood so well that writing it and reading it again changes nothing.
pub fn record(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(content) = format::parse(text) else { return };
    let written = format::text(&content).expect("what was read can be written");
    let again = format::parse(&written).expect("what was written can be read");
    assert_eq!(again.election, content.election);
    assert_eq!(again.version, content.version);
    assert_eq!(again.record, content.record);
    assert_eq!(again.holder, content.holder);
    assert_eq!(format::text(&again).as_deref(), Ok(written.as_str()));
}

/// A token is refused, or is the number that is written there.
pub fn token(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(token) = text.parse::<elector::FencingToken>() else { return };
    assert_eq!(token.to_string().parse(), Ok(token));
    assert_eq!(text.parse::<u64>(), Ok(token.get()));
}

/// An election's file names are names of files in the folder itself, and no two elections share one.
pub fn name(bytes: &[u8]) {
    let Ok(name) = std::str::from_utf8(bytes) else { return };
    let Ok(names) = FileNames::of(name) else { return };
    assert!(names.record.len() <= 255 && !names.record.starts_with('.'));
    assert!(!names.record.contains(['/', '\0']));
    let mut original = Vec::new();
    let mut rest = names.record.strip_suffix(".election").expect("its ending");
    while let Some(letter) = rest.chars().next() {
        let (byte, length) = match letter {
            '%' => (u8::from_str_radix(&rest[1..3], 16).expect("two digits"), 3),
            plain => (u8::try_from(plain).expect("ASCII"), 1),
        };
        original.push(byte);
        rest = &rest[length..];
    }
    assert_eq!(original, name.as_bytes());
}

#[cfg(all(test, not(fuzzing)))]
mod tests {
    use std::path::PathBuf;

    use elector_testing::damage;

    fn corpus(of: &str) -> PathBuf {
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(of)
    }

    #[test]
    fn damaged_records_are_refused_or_understood() {
        damage(&corpus("record"), 20_000).for_each(|text| super::record(&text));
    }

    #[test]
    fn damaged_tokens_are_refused_or_understood() {
        damage(&corpus("token"), 20_000).for_each(|text| super::token(&text));
    }

    #[test]
    fn odd_names_have_files_of_their_own() {
        damage(&corpus("name"), 20_000).for_each(|text| super::name(&text));
    }
}
