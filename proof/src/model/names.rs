//! The names that the model gives to sessions, signs of life and versions.
//!
//! Each candidate sees the world from where it stands: itself, and others. The protocol compares sessions only with
//! its own, beats only with each other and with the record's, versions only with the store's. So one name each for
//! "me", "somebody else", "the record's beat now", "the version now" and "a version that is gone" says all there is,
//! and candidates in the same situation are equal, whichever they are.

use std::sync::OnceLock;

use elector::FencingToken;
use elector::protocol::Renaming;
use elector::store::{Beat, Candidate, Cookie, SessionId, Version};

pub(super) const ME: SessionId = SessionId::from_u128(1);
pub(super) const OTHER: SessionId = SessionId::from_u128(2);

/// How many beats one candidate can tell apart.
const BEATS: usize = 16;
const NOW: &str = "now";
const GONE: &str = "gone";

/// Everybody has the same name: the name must not matter.
pub(super) fn me() -> Candidate {
    static ME_CANDIDATE: OnceLock<Candidate> = OnceLock::new();
    ME_CANDIDATE.get_or_init(|| Candidate::new("x").with_session(ME)).clone()
}

/// The version that the store has now.
pub(super) fn version_now() -> Version {
    static VERSION: OnceLock<Version> = OnceLock::new();
    VERSION.get_or_init(|| Version::new(NOW)).clone()
}

/// The beat that the record shows now.
pub(super) fn beat_now() -> Beat {
    beat(0)
}

fn beat(number: usize) -> Beat {
    static ALL: OnceLock<Vec<Beat>> = OnceLock::new();
    ALL.get_or_init(|| (0..BEATS).map(|number| Beat::new(number.to_string())).collect())[number]
        .clone()
}

fn cookie_gone() -> Cookie {
    static GONE_COOKIE: OnceLock<Cookie> = OnceLock::new();
    GONE_COOKIE.get_or_init(|| Cookie::new(GONE)).clone()
}

/// Whether a lease with this cookie may still be swapped blindly.
pub(super) fn is_now(cookie: &Cookie) -> bool {
    cookie.as_str() == Some(NOW)
}

/// What a write does to the names that everybody else remembers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Outdate {
    /// The record shows another beat now, or none.
    pub(super) beat: bool,
    /// The store has another version now.
    pub(super) version: bool,
}

impl Outdate {
    pub(super) const NOTHING: Self = Self { beat: false, version: false };
}

/// Renames beats and cookies: the record's stay, the others are numbered as they come.
#[derive(Debug)]
pub(super) struct Local {
    outdate: Outdate,
    old: Vec<Beat>,
}

impl Local {
    pub(super) fn new(outdate: Outdate) -> Self {
        Self { outdate, old: Vec::new() }
    }
}

impl Renaming for Local {
    fn token(&mut self, _: &mut FencingToken) {}

    fn beat(&mut self, name: &mut Beat) {
        if !self.outdate.beat && *name == beat_now() {
            return;
        }
        let number = match self.old.iter().position(|old| old == name) {
            Some(number) => number,
            None => {
                self.old.push(name.clone());
                self.old.len() - 1
            }
        };
        *name = beat(number + 1);
    }

    fn cookie(&mut self, cookie: &mut Cookie) {
        if self.outdate.version && is_now(cookie) {
            *cookie = cookie_gone();
        }
    }
}

/// Finds the tokens in use, and whether anything of the record's present is remembered.
#[derive(Debug, Default)]
pub(super) struct Survey {
    pub(super) tokens: Vec<FencingToken>,
    pub(super) knows_now: bool,
}

impl Renaming for Survey {
    fn token(&mut self, token: &mut FencingToken) {
        if *token > FencingToken::ZERO && !self.tokens.contains(token) {
            self.tokens.push(*token);
        }
    }

    fn beat(&mut self, beat: &mut Beat) {
        self.knows_now |= *beat == beat_now();
    }

    fn cookie(&mut self, cookie: &mut Cookie) {
        self.knows_now |= is_now(cookie);
    }
}

/// Renames tokens in their order to 1, 2, 3 …
#[derive(Debug)]
pub(super) struct Ranks {
    /// All tokens in use, in order.
    pub(super) tokens: Vec<FencingToken>,
}

impl Ranks {
    pub(super) fn rank(&self, token: FencingToken) -> FencingToken {
        // Zero is below every token and keeps its name.
        let rank = self.tokens.partition_point(|other| *other <= token);
        FencingToken::new(rank as u64).unwrap_or(FencingToken::MAX)
    }

    pub(super) fn keep(&self, tokens: &[FencingToken]) -> bool {
        tokens.iter().all(|token| self.rank(*token) == *token)
    }
}

impl Renaming for Ranks {
    fn token(&mut self, token: &mut FencingToken) {
        *token = self.rank(*token);
    }

    fn beat(&mut self, _: &mut Beat) {}

    fn cookie(&mut self, _: &mut Cookie) {}
}
