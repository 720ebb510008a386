//! A backend made of a store that only compares and swaps.

use std::sync::Arc;

use async_trait::async_trait;
use futures_core::stream::BoxStream;
use futures_util::StreamExt as _;

use crate::error::{Error, ErrorKind, Result};
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
    fn doubt(&self, operation: &'static str, message: impl Into<String>) -> Error {
        let backend = self.store.guarantees().backend;
        Error::new(ErrorKind::Unavailable, backend, operation, message)
    }

    /// Reads the record; a store that learns its tokens only from a record gets an empty one first.
    async fn load_with_floor(&self, bid: &Bid) -> Result<Seen> {
        let seen = self.store.load().await?;
        if seen.token_floor.is_some()
            || !bid.may_take.permits(bid.candidate.session, &Standing::Missing)
        {
            return Ok(seen);
        }
        let empty = Record::vacant(bid.token_floor, beat(bid));
        self.store.store(&empty, &seen.version).await?;
        self.store.load().await
    }

    /// Swaps records until one of them is stored: `next` makes the record to write from the one read, or says with
    /// `None` that there is nothing to write.
    async fn swap(
        &self,
        operation: &'static str,
        next: impl Fn(&Seen) -> Option<Record> + Send,
    ) -> Result<Option<(Record, Version)>> {
        for _ in 0..ROUNDS {
            let seen = self.store.load().await?;
            let Some(record) = next(&seen) else { return Ok(None) };
            if let Stored::Done(version) = self.store.store(&record, &seen.version).await? {
                return Ok(Some((record, version)));
            }
        }
        Err(self
            .doubt(operation, format!("the record changed {ROUNDS} times while it was written")))
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
        let seen = self.load_with_floor(bid).await?;
        let observation = seen.observation();
        if !bid.may_take.permits(bid.candidate.session, &observation.standing) {
            return Ok(Acquire::Held(observation));
        }
        let known = seen.record.as_ref().map_or(FencingToken::ZERO, |record| record.token);
        let floor = known.max(bid.token_floor).max(seen.token_floor.unwrap_or_default());
        let token = floor.next().ok_or_else(|| {
            let backend = self.guarantees().backend;
            Error::new(
                ErrorKind::Corrupt,
                backend,
                "acquire",
                "the record's token is the greatest there is",
            )
        })?;
        let duration = self.guarantees().granted(bid.duration);
        let record = Record::led(leader(bid, token), token, beat(bid), duration);
        match self.store.store(&record, &seen.version).await? {
            Stored::Done(version) => {
                Ok(Acquire::Won(Lease::new(token, duration, cookie(&version))))
            }
            Stored::Conflict => Ok(Acquire::Held(self.store.load().await?.observation())),
        }
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
            let Some(ours) =
                seen.record.as_ref().filter(|r| leads(r, bid.candidate.session, lease.token))
            else {
                return Ok(Renew::Lost(seen.observation()));
            };
            let request = ours.request.clone();
            if let Stored::Done(version) = self.store.store(&record, &seen.version).await? {
                return Ok(Renew::Kept(kept(&version), request));
            }
        }
        Err(self.doubt("renew", format!("the record changed {ROUNDS} times while it was written")))
    }

    async fn release(&self, release: &Release) -> Result<()> {
        let session = release.candidate.session;
        let freed = |token| {
            let beat = Beat::new(format!("{session}.released.{token}"));
            Record::released(token, beat, release.reserve.clone())
        };
        let Some(lease) = &release.lease else {
            // Whatever stands there is written once more, so that an acquire of ours that is still on its way finds
            // another version than it expects.
            self.swap("release", |seen| {
                Some(match &seen.record {
                    Some(record) if led_by(record, session) => freed(record.token),
                    Some(record) => record.clone(),
                    None => {
                        Record::vacant(FencingToken::ZERO, Beat::new(format!("{session}.cleared")))
                    }
                })
            })
            .await?;
            return Ok(());
        };
        if let Some(version) = version(lease)
            && let Stored::Done(_) = self.store.store(&freed(lease.token), &version).await?
        {
            return Ok(());
        }
        self.swap("release", |seen| {
            let record = seen.record.as_ref()?;
            leads(record, session, lease.token).then(|| freed(lease.token))
        })
        .await?;
        Ok(())
    }

    async fn request(&self, request: &Request) -> Result<()> {
        self.swap("request", |seen| {
            let record = seen.record.as_ref()?;
            let token = record.leader.as_ref()?.token?;
            (token == request.token)
                .then(|| Record { request: Some(request.clone()), ..record.clone() })
        })
        .await?;
        Ok(())
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
