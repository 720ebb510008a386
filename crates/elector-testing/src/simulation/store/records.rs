//! The form that only compares and swaps.

use std::time::Duration;

use elector::store::{Beat, Leader, Record, Seen, Stored, Version};
use elector::{Error, ErrorKind, FencingToken, Result};

use super::foreign;
use crate::simulation::fact::{Damage, Holder};
use crate::simulation::network::{Answer, Operation};

#[derive(Clone, Debug)]
pub(crate) struct Records {
    record: Option<Record>,
    /// Counts the writes; the version of the latest.
    version: u64,
    /// The greatest token ever written.
    token: FencingToken,
    tokens_are_versions: bool,
    corrupt: bool,
    changes: u64,
}

impl Records {
    pub(crate) fn new(tokens_are_versions: bool) -> Self {
        Self {
            record: None,
            version: 0,
            token: FencingToken::ZERO,
            tokens_are_versions,
            corrupt: false,
            changes: 0,
        }
    }

    pub(crate) fn apply(&mut self, operation: &Operation) -> Result<Answer> {
        match operation {
            Operation::Load => self.seen("load").map(|seen| Answer::Loaded(Box::new(seen))),
            Operation::Store(record, expected) => {
                if self.corrupt || self.version() != *expected {
                    return Ok(Answer::Stored(Stored::Conflict));
                }
                self.put(Some((**record).clone()));
                Ok(Answer::Stored(Stored::Done(self.version())))
            }
            _ => {
                let message = "a store of records was asked for a lease";
                Err(Error::new(ErrorKind::Invalid, "simulation", "apply", message))
            }
        }
    }

    fn put(&mut self, record: Option<Record>) {
        self.version += 1;
        self.changes += 1;
        if let Some(record) = &record {
            self.token = self.token.max(record.token);
        }
        self.record = record;
        self.corrupt = false;
    }

    fn version(&self) -> Version {
        if self.record.is_none() && self.tokens_are_versions {
            return Version::absent();
        }
        Version::new(self.version.to_string())
    }

    pub(crate) fn seen(&self, operation: &'static str) -> Result<Seen> {
        if self.corrupt {
            let message = "the record is unreadable";
            return Err(Error::new(ErrorKind::Corrupt, "simulation", operation, message));
        }
        let floor = if self.tokens_are_versions {
            FencingToken::new(self.version).unwrap_or(FencingToken::MAX)
        } else {
            self.token
        };
        Ok(match &self.record {
            Some(record) => Seen::record(record.clone(), self.version(), floor),
            None if self.tokens_are_versions => Seen::unknown(),
            None => Seen::missing(self.version(), floor),
        })
    }

    pub(crate) fn changes(&self) -> u64 {
        self.changes
    }

    pub(crate) fn holder(&self) -> Holder {
        let record = self.record.as_ref()?;
        let leader = record.leader.as_ref()?;
        Some((leader.session, record.token.get()))
    }

    pub(crate) fn touch(&mut self) {
        let record = self.record.take();
        let corrupt = self.corrupt;
        self.put(record);
        self.corrupt = corrupt;
    }

    pub(crate) fn set_corrupt(&mut self, corrupt: bool) {
        self.corrupt = corrupt;
        self.changes += 1;
    }

    pub(crate) fn damage(&mut self, damage: Damage, backup: &Self, lease: Duration) {
        let beat = || Beat::new(format!("damage {}", self.version));
        match damage {
            Damage::Deleted => self.put(None),
            Damage::Vacated => {
                let token = self.record.as_ref().map_or(self.token, |record| record.token);
                self.put(Some(Record::vacant(token, beat())));
            }
            Damage::Forged => {
                let token = self.record.as_ref().map_or(self.token, |record| record.token);
                let leader = Leader::new(foreign());
                self.put(Some(Record::led(leader, token, beat(), lease)));
            }
            Damage::Wiped => {
                let changes = self.changes + 1;
                *self = Self { changes, ..Self::new(self.tokens_are_versions) };
            }
            Damage::Restored => {
                let changes = self.changes + 1;
                *self = Self { changes, corrupt: false, ..backup.clone() };
            }
            Damage::Clock => {}
        }
    }
}
