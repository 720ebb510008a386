//! What the store holds, and what each candidate sees of it.

use std::time::Duration;

use elector::FencingToken;
use elector::protocol::Renaming;
use elector::store::{Leader, Led, Observation, Record, Request, Seen, SessionId, Standing};

use super::names::{ME, OTHER, beat_now, me, version_now};

/// Who leads by the record: a candidate's place, or `None` for a process that is gone.
pub(super) type Holder = Option<u8>;

/// The one record of the election.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Store {
    pub(super) held: Held,
    /// The count of tokens beside the record, which outlives it.
    pub(super) floor: FencingToken,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Held {
    Missing,
    Vacant,
    Led {
        by: Holder,
        token: FencingToken,
        /// What the record promises.
        lease: Duration,
        /// Somebody asks the leader to resign.
        request: bool,
        /// What a store with expiry of its own still counts, on its own clock.
        left: u32,
    },
    Released(FencingToken),
}

/// What a swap puts into the record.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Write {
    /// The writer leads: with a new term, or with a fresh beat of the one it has.
    Lead { token: FencingToken, lease: Duration, new: bool, request: bool },
    /// The term with this token is given up.
    Free(FencingToken),
    /// What stands there, once more.
    Same,
    /// A record without a leader.
    Empty,
}

impl Write {
    pub(super) fn rename(&mut self, renaming: &mut impl Renaming) {
        match self {
            Self::Lead { token, .. } | Self::Free(token) => renaming.token(token),
            Self::Same | Self::Empty => {}
        }
    }

    /// What `record` changes in what was `seen`.
    pub(super) fn of(record: &Record, seen: &Seen, new: bool) -> Self {
        if seen.record.as_ref() == Some(record) {
            return Self::Same;
        }
        match (&record.leader, record.released) {
            (Some(leader), _) => Self::Lead {
                token: leader.token.unwrap_or_default(),
                lease: record.lease_duration,
                new,
                request: record.request.is_some(),
            },
            (None, Some(token)) => Self::Free(token),
            (None, None) => Self::Empty,
        }
    }
}

impl Store {
    pub(super) fn new() -> Self {
        Self { held: Held::Missing, floor: FencingToken::ZERO }
    }

    /// The token of the term that the record shows.
    pub(super) fn led(&self) -> Option<FencingToken> {
        match &self.held {
            Held::Led { token, .. } => Some(*token),
            _ => None,
        }
    }

    pub(super) fn holder(&self) -> Holder {
        match &self.held {
            Held::Led { by, .. } => *by,
            _ => None,
        }
    }

    pub(super) fn rename(&mut self, renaming: &mut impl Renaming) {
        renaming.token(&mut self.floor);
        match &mut self.held {
            Held::Led { token, .. } | Held::Released(token) => renaming.token(token),
            Held::Missing | Held::Vacant => {}
        }
    }

    /// The record as the candidate in `place` reads it.
    pub(super) fn seen(&self, place: u8) -> Seen {
        let record = match &self.held {
            Held::Missing => return Seen::missing(version_now(), self.floor),
            Held::Vacant => Record::vacant(FencingToken::ZERO, beat_now()),
            Held::Released(token) => Record::released(*token, beat_now(), None),
            Held::Led { by, token, lease, request, .. } => {
                let leader = leader(*by, place, *token);
                let mut record = Record::led(leader, *token, beat_now(), *lease);
                record.request = request.then(|| Request::resign(*token, "x"));
                record
            }
        };
        Seen::record(record, version_now(), self.floor)
    }

    /// How the election stands for the candidate in `place`, in a store with expiry of its own.
    pub(super) fn standing(&self, place: u8, silent: bool) -> Observation {
        match &self.held {
            Held::Led { by, token, lease, request, left } if *left > 0 => {
                let leader = leader(*by, place, *token);
                let led = Led::new(leader, beat_now(), *lease);
                let request = request.then(|| Request::resign(*token, "x"));
                let shown = Observation::new(Standing::Led(led)).with_request(request);
                if silent { shown } else { shown.with_again_in(super::member::TICK * *left) }
            }
            Held::Released(token) => {
                Observation::new(Standing::Released { token: *token, reserved: None })
            }
            Held::Missing | Held::Vacant | Held::Led { .. } => Observation::new(Standing::Missing),
        }
    }
}

fn leader(by: Holder, place: u8, token: FencingToken) -> Leader {
    Leader::new(me().name).with_term(session(by, place), token)
}

fn session(by: Holder, place: u8) -> SessionId {
    if by == Some(place) { ME } else { OTHER }
}
