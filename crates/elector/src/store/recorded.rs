//! A backend made of a store that only compares and swaps.

use std::sync::Arc;

use async_trait::async_trait;
use futures_core::stream::BoxStream;
use futures_util::StreamExt as _;

use crate::error::{Error, ErrorKind, Result};
use crate::flaw::{self, Flaw};
use crate::store::{
    Acquire, Backend, Beat, Bid, Cookie, Guarantees, Leader, Lease, Observation, Record,
    RecordStore, Release, Renew, Request, Seen, SessionId, Standing, Stored, Version,
};
use crate::token::FencingToken;

/// How often one call reads and writes again after a conflict, before it answers with doubt.
const ROUNDS: usize = 3;

/// A [`Backend`] over a [`RecordStore`].
///
/// It keeps no state, no clock and no timer: it only compares and swaps what the elector decided. Which record may
/// be taken stands in [`Bid::may_take`]; that a stale leader was waited out is the elector's word.
#[derive(Clone, Debug)]
pub struct Recorded<S: ?Sized> {
    store: Arc<S>,
}

impl<S: RecordStore> Recorded<S> {
    /// Makes a backend of `store`.
    pub fn new(store: S) -> Self {
        Self { store: Arc::new(store) }
    }
}

impl<S: RecordStore + ?Sized> Recorded<S> {
    /// Reads the record; a store that learns its tokens only from a record gets an empty one first.
    async fn load_with_floor(&self, bid: &Bid) -> Result<Seen> {
        let seen = self.store.load().await?;
        let learns = seen.record.is_none() && seen.token_floor.is_none();
        if !learns || !bid.may_take.permits(&bid.candidate, &Standing::Missing) {
            return Ok(seen);
        }
        let empty = Record::vacant(bid.token_floor, beat(bid));
        self.store.store(&empty, &seen.version).await?;
        self.store.load().await
    }

    /// Swaps records until one of them is stored: `next` makes the record to write from the round and the record
    /// read, or says with `None` that there is nothing to write.
    async fn swap(
        &self,
        operation: &'static str,
        next: impl Fn(usize, &Seen) -> Option<Record> + Send,
    ) -> Result<()> {
        for round in 0..ROUNDS {
            let seen = self.store.load().await?;
            let Some(record) = next(round, &seen) else { return Ok(()) };
            if let Stored::Done(_) = self.store.store(&record, &seen.version).await? {
                return Ok(());
            }
        }
        Err(self.changing(operation))
    }

    fn changing(&self, operation: &'static str) -> Error {
        let message = format!("the record changed {ROUNDS} times while it was written");
        Error::new(ErrorKind::Unavailable, self.store.guarantees().backend, operation, message)
    }
}

#[async_trait]
impl<S: RecordStore + ?Sized> Backend for Recorded<S> {
    fn election(&self) -> &str {
        self.store.election()
    }

    fn guarantees(&self) -> Guarantees {
        self.store.guarantees()
    }

    async fn acquire(&self, bid: &Bid) -> Result<Acquire> {
        let guarantees = self.guarantees();
        let duration = guarantees.granted(bid.duration);
        for _ in 0..ROUNDS {
            let mut seen = self.load_with_floor(bid).await?;
            let observation = seen.observation();
            let permitted = bid.may_take.permits(&bid.candidate, &observation.standing);
            // A store that knows no floor has no record either: no term begins without one.
            let (true, Some(floor)) = (permitted, seen.token_floor) else {
                return Ok(Acquire::Held(observation));
            };
            let floor = if seen.floor_is_version { floor.counted_from(bid.base) } else { floor };
            let known = seen.record.as_ref().map_or(FencingToken::ZERO, |record| record.token);
            let next = match &seen.record {
                Some(ours)
                    if led_by(ours, bid.candidate.session) && flaw::is_on(Flaw::TokenResumed) =>
                {
                    Some(known)
                }
                Some(_) if flaw::is_on(Flaw::TokenNotRaised) => Some(known),
                _ if flaw::is_on(Flaw::FloorForgotten) => known.next(),
                _ => known.max(bid.token_floor).max(floor).next(),
            };
            let token = next.ok_or_else(|| {
                let message = "the record holds the greatest token there is: no term can follow";
                Error::new(ErrorKind::Corrupt, guarantees.backend, "acquire", message)
            })?;
            let record = Record::led(leader(bid, token), token, beat(bid), duration);
            if flaw::is_on(Flaw::UncheckedVersion) {
                seen = self.store.load().await?;
            }
            if let Stored::Done(version) = self.store.store(&record, &seen.version).await? {
                return Ok(Acquire::Won(Lease::new(token, duration, cookie(&version))));
            }
        }
        Ok(Acquire::Held(self.store.load().await?.observation()))
    }

    async fn renew(&self, bid: &Bid, lease: &Lease) -> Result<Renew> {
        let duration = self.guarantees().granted(bid.duration);
        let record = Record::led(leader(bid, lease.token), lease.token, beat(bid), duration);
        let kept = |version: &Version| Lease::new(lease.token, duration, cookie(version));
        if let Some(version) = version(lease)
            && let Stored::Done(version) = self.store.store(&record, &version).await?
        {
            return Ok(Renew::Kept(kept(&version), None));
        }
        for _ in 0..ROUNDS {
            let seen = self.store.load().await?;
            let leads = |record: &&Record| leads(record, bid.candidate.session, lease.token);
            let Some(ours) = seen.record.as_ref().filter(leads) else {
                return Ok(Renew::Lost(seen.observation()));
            };
            // The request stays until this answer has arrived: the next renewal knows the version that proves it.
            let request = ours.request.clone();
            let record = Record { request: request.clone(), ..record.clone() };
            if let Stored::Done(version) = self.store.store(&record, &seen.version).await? {
                return Ok(Renew::Kept(kept(&version), request));
            }
        }
        Err(self.changing("renew"))
    }

    async fn release(&self, release: &Release) -> Result<()> {
        let session = release.candidate.session;
        let freed = |token| {
            let beat = Beat::new(format!("{session}.released.{token}"));
            Record::released(token, beat, release.reserve.clone())
        };
        let Some(lease) = &release.lease else {
            // Whatever stands there is written once more, so that an acquire of ours that is still on its way finds
            // another version than it expects. A conflict proves the same.
            let cleared =
                || Record::vacant(FencingToken::ZERO, Beat::new(format!("{session}.cleared")));
            return self
                .swap("release", |round, seen| match &seen.record {
                    Some(record) if led_by(record, session) => Some(freed(record.token)),
                    _ if round > 0 => None,
                    record => Some(record.clone().unwrap_or_else(cleared)),
                })
                .await;
        };
        if let Some(version) = version(lease)
            && let Stored::Done(_) = self.store.store(&freed(lease.token), &version).await?
        {
            return Ok(());
        }
        self.swap("release", |_, seen| {
            let record = seen.record.as_ref()?;
            let ours = leads(record, session, lease.token) || flaw::is_on(Flaw::ReleaseOfAnother);
            ours.then(|| freed(lease.token))
        })
        .await
    }

    async fn request(&self, request: &Request) -> Result<()> {
        self.swap("request", |_, seen| {
            let record = seen.record.as_ref()?;
            let token = record.leader.as_ref()?.token?;
            (token == request.token)
                .then(|| Record { request: Some(request.clone()), ..record.clone() })
        })
        .await
    }

    fn watch(&self) -> BoxStream<'static, Result<Observation>> {
        self.store.watch().map(|seen| seen.map(|seen| seen.observation())).boxed()
    }
}

fn leader(bid: &Bid, token: FencingToken) -> Leader {
    Leader::new(Arc::clone(&bid.candidate.name))
        .with_term(bid.candidate.session, token)
        .with_metadata(bid.candidate.metadata.clone())
}

fn beat(bid: &Bid) -> Beat {
    Beat::new(bid.attempt.to_string())
}

fn cookie(version: &Version) -> Cookie {
    version.as_str().map_or_else(Cookie::none, Cookie::new)
}

fn version(lease: &Lease) -> Option<Version> {
    lease.cookie.as_str().map(Version::new)
}

fn led_by(record: &Record, session: SessionId) -> bool {
    record.leader.as_ref().is_some_and(|leader| leader.session == Some(session))
}

fn leads(record: &Record, session: SessionId, token: FencingToken) -> bool {
    led_by(record, session) && record.token == token
}
