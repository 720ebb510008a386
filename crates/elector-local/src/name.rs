//! The file names of an election.

use std::fmt::Write as _;

use elector::Result;

use crate::error;

/// Ends the name of a record's file; the longest of the endings.
const RECORD: &str = ".election";
/// Ends the name of the file with an election's greatest token.
const TOKEN: &str = ".token";
/// The longest name that Linux file systems carry, in bytes.
const LONGEST: usize = 255;

/// The file names of one election.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FileNames {
    /// The file of its record.
    pub(crate) record: String,
    /// The file of its greatest token.
    pub(crate) token: String,
}

impl FileNames {
    /// The names for the election called `name`: ASCII letters, digits, `-`, `_` and `.` stand for themselves, except
    /// a dot at the start; every other byte is written as `%` and two hexadecimal digits.
    pub(crate) fn of(name: &str) -> Result<Self> {
        if name.is_empty() {
            return Err(error::invalid("election", "an election needs a name"));
        }
        let escaped = escape(name);
        if escaped.len() + RECORD.len() > LONGEST {
            let most = LONGEST - RECORD.len();
            let message = format!(
                "the election's name takes {} bytes as a file name, more than {most}: shorten it",
                escaped.len()
            );
            return Err(error::invalid("election", message));
        }
        Ok(Self { record: format!("{escaped}{RECORD}"), token: format!("{escaped}{TOKEN}") })
    }
}

/// Whether `file_name` is that of a record.
pub(crate) fn is_record(file_name: &str) -> bool {
    file_name.ends_with(RECORD)
}

/// Whether `file_name` is a random one that ends so: any other file is a stranger's.
pub(crate) fn is_random(file_name: &str, ending: &str) -> bool {
    let digits = |text: &str| text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    file_name.strip_suffix(ending).is_some_and(|random| random.len() == 32 && digits(random))
}

fn escape(name: &str) -> String {
    let mut escaped = String::with_capacity(name.len());
    for (index, byte) in name.bytes().enumerate() {
        let plain = byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        if plain && !(index == 0 && byte == b'.') {
            escaped.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(escaped, "%{byte:02X}");
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_what_a_file_name_cannot_carry() {
        let record = |name: &str| FileNames::of(name).unwrap().record;
        assert_eq!(record("billing/scheduler"), "billing%2Fscheduler.election");
        assert_eq!(record("a-b_c.d9"), "a-b_c.d9.election");
        assert_eq!(record("../../etc"), "%2E.%2F..%2Fetc.election");
        assert_eq!(record("."), "%2E.election");
        assert_eq!(record("50%"), "50%25.election");
        assert_eq!(record("größe"), "gr%C3%B6%C3%9Fe.election");
        assert_eq!(record("a\0b\n"), "a%00b%0A.election");
    }

    #[test]
    fn different_names_have_different_files() {
        assert_ne!(FileNames::of("a/b").unwrap(), FileNames::of("a%2Fb").unwrap());
    }

    #[test]
    fn refuses_what_no_file_can_be_called() {
        assert!(FileNames::of("").is_err());
        assert!(FileNames::of(&"x".repeat(246)).is_ok());
        let error = FileNames::of(&"x".repeat(247)).unwrap_err();
        assert!(error.to_string().contains("takes 247 bytes as a file name, more than 246"));
        assert!(FileNames::of(&"/".repeat(83)).is_err());
    }
}
