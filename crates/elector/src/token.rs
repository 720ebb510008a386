//! The number that keeps a resource safe from a leader of the past.

use std::fmt;
use std::num::ParseIntError;
use std::str::FromStr;

/// A number that is strictly greater in every later term of the same election.
///
/// Store it with the data that the leader writes and refuse a smaller one: then a leader that was paused beyond its
/// lease cannot undo what its successor did (Kleppmann, "How to do distributed locking", 2016). Tokens rise but are
/// not dense. They stay below 2^63, so that they fit a signed 64-bit column of a database.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FencingToken(u64);

/// Why a number or a text is not a fencing token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FencingTokenError {
    /// The number is 2^63 or more.
    #[error("{0} is no fencing token: it must be below 2^63")]
    TooLarge(u64),
    /// The text is not a whole number.
    #[error("a fencing token is a whole number below 2^63")]
    NotANumber(#[from] ParseIntError),
}

impl FencingToken {
    /// The token below every term's: no term has it.
    pub const ZERO: Self = Self(0);
    /// The greatest token, 2^63 - 1.
    pub const MAX: Self = Self(i64::MAX as u64);

    /// Makes a token of a number.
    ///
    /// # Errors
    ///
    /// When `number` is 2^63 or more.
    pub fn new(number: u64) -> Result<Self, FencingTokenError> {
        if number > Self::MAX.0 {
            return Err(FencingTokenError::TooLarge(number));
        }
        Ok(Self(number))
    }

    /// The token as a number.
    pub fn get(self) -> u64 {
        self.0
    }

    /// This token counted on from `base`; [`FencingToken::MAX`] when that is too large.
    #[must_use]
    pub fn counted_from(self, base: Self) -> Self {
        Self(self.0.saturating_add(base.0).min(Self::MAX.0))
    }

    /// The least token above this one, or `None` above [`FencingToken::MAX`].
    pub fn next(self) -> Option<Self> {
        Self::new(self.0 + 1).ok()
    }
}

impl fmt::Display for FencingToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for FencingToken {
    type Err = FencingTokenError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::new(text.parse()?)
    }
}

impl TryFrom<u64> for FencingToken {
    type Error = FencingTokenError;

    fn try_from(number: u64) -> Result<Self, Self::Error> {
        Self::new(number)
    }
}

impl From<FencingToken> for u64 {
    fn from(token: FencingToken) -> Self {
        token.0
    }
}

impl From<FencingToken> for i64 {
    fn from(token: FencingToken) -> Self {
        // Lossless: a token is below 2^63.
        token.0 as i64
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for FencingToken {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.0)
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for FencingToken {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = u64::deserialize(deserializer)?;
        Self::new(number).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fits_a_signed_column() {
        assert_eq!(i64::from(FencingToken::MAX), i64::MAX);
        assert_eq!(FencingToken::MAX.next(), None);
        assert!(FencingToken::new(1 << 63).is_err());
        assert!("9223372036854775808".parse::<FencingToken>().is_err());
    }

    #[test]
    fn numbers_and_back() {
        let token = FencingToken::try_from(42).unwrap();
        assert_eq!((token.get(), u64::from(token), i64::from(token)), (42, 42, 42));
        assert!(FencingToken::try_from(1 << 63).is_err());
    }

    #[cfg(feature = "serde")]
    #[test]
    fn read_from_numbers_that_fit() {
        use serde::Deserialize as _;
        use serde::de::IntoDeserializer as _;
        use serde::de::value::{Error, U64Deserializer};

        let read = |number: u64| {
            let number: U64Deserializer<Error> = number.into_deserializer();
            FencingToken::deserialize(number)
        };
        assert_eq!(read(42).unwrap().get(), 42);
        assert!(read(1 << 63).is_err());
    }

    #[test]
    fn text_and_back() {
        let token: FencingToken = "42".parse().unwrap();
        assert_eq!(token.to_string(), "42");
        assert!("-1".parse::<FencingToken>().is_err());
    }
}
