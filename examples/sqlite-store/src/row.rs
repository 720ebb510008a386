//! A record as a row, and back.

use std::time::Duration;

use elector::store::{Beat, Leader, Record, Request, Reservation, Seen, SessionId};
use elector::store::{Stored, Version};
use elector::{Error, FencingToken, Result};
use rusqlite::{Row, Transaction, named_params};

use crate::error;

/// One row always: of an election that never was it has only empty columns.
const LOAD: &str = "
SELECT history.version, history.token AS floor, election.*
FROM (SELECT ?1 AS asked) LEFT JOIN history ON history.name = asked LEFT JOIN election ON election.name = asked";

/// Names every column of ours: what somebody added to the table stays.
const STORE: &str = "
INSERT INTO election (name, leader, session, metadata, token, beat, lease_ms, released, reserved_for, reserved_ms,
    request, request_token, request_from)
VALUES (:name, :leader, :session, :metadata, :token, :beat, :lease_ms, :released, :reserved_for, :reserved_ms,
    :request, :request_token, :request_from)
ON CONFLICT (name) DO UPDATE SET leader = :leader, session = :session, metadata = :metadata, token = :token,
    beat = :beat, lease_ms = :lease_ms, released = :released, reserved_for = :reserved_for,
    reserved_ms = :reserved_ms, request = :request, request_token = :request_token, request_from = :request_from";

/// Reads the record of the election called `name`.
pub(crate) fn load(transaction: &Transaction<'_>, name: &str) -> Result<Seen> {
    let read = transaction.query_row(LOAD, [name], |row| {
        let version = version(row.get::<_, Option<i64>>("version")?);
        let floor = row.get::<_, Option<i64>>("floor")?.unwrap_or_default();
        let record =
            row.get::<_, Option<String>>("name")?.map(|name| record(row, &name)).transpose()?;
        Ok((version, floor, record))
    });
    let (version, floor, record) = read.map_err(|source| error::failed("load", source))?;
    let floor = token(floor).ok_or_else(|| error::corrupt(name, "token"))?;
    Ok(match record {
        Some(record) => Seen::record(record?, version, floor),
        None => Seen::missing(version, floor),
    })
}

/// Writes `record` if the latest write was the `expected` one.
pub(crate) fn store(
    transaction: &Transaction<'_>,
    name: &str,
    record: &Record,
    expected: &Version,
) -> rusqlite::Result<Stored> {
    if latest(transaction, name)? != *expected {
        return Ok(Stored::Conflict);
    }
    let (leader, reserved, request) = (&record.leader, &record.reserved, &record.request);
    transaction.execute(
        STORE,
        named_params! {
            ":name": name,
            ":leader": leader.as_ref().map(|leader| &*leader.name),
            ":session": leader.as_ref().and_then(|leader| leader.session).map(|id| id.to_string()),
            ":metadata": leader.as_ref().and_then(|leader| leader.metadata.as_deref()),
            ":token": i64::from(record.token),
            ":beat": record.beat.as_str(),
            ":lease_ms": millis(record.lease_duration),
            ":released": record.released.map(i64::from),
            ":reserved_for": reserved.as_ref().map(|reserved| &*reserved.name),
            ":reserved_ms": reserved.as_ref().map(|reserved| millis(reserved.duration)),
            ":request": request.as_ref().map(|_| "resign"),
            ":request_token": request.as_ref().map(|request| i64::from(request.token)),
            ":request_from": request.as_ref().map(|request| &*request.from),
        },
    )?;
    latest(transaction, name).map(Stored::Done)
}

fn latest(transaction: &Transaction<'_>, name: &str) -> rusqlite::Result<Version> {
    let sql = "SELECT max(version) FROM history WHERE name = ?1";
    transaction.query_row(sql, [name], |row| row.get(0)).map(version)
}

/// The count of writes so far: differs also between one absence of the row and the next.
fn version(writes: Option<i64>) -> Version {
    Version::new(writes.unwrap_or_default().to_string())
}

/// The outer error is SQLite's, the inner one says which column is not ours to understand.
fn record(row: &Row<'_>, name: &str) -> rusqlite::Result<Result<Record>> {
    let invalid = |column: &'static str| move || error::corrupt(name, column);
    let number = |column| row.get::<_, Option<i64>>(column);
    let text = |column| row.get::<_, Option<String>>(column);
    let (leader, session, metadata) = (text("leader")?, text("session")?, text("metadata")?);
    let (own, beat, lease) = (row.get("token")?, text("beat")?, number("lease_ms")?);
    let (released, reserved_for) = (number("released")?, text("reserved_for")?);
    let (reserved_ms, request) = (number("reserved_ms")?, text("request")?);
    let (request_token, request_from) = (number("request_token")?, text("request_from")?);
    let read = || {
        let own = token(own).ok_or_else(invalid("token"))?;
        let mut record = Record::vacant(own, Beat::new(beat.unwrap_or_default()));
        record.lease_duration = duration(lease).ok_or_else(invalid("lease_ms"))?;
        record.leader = match (leader, session) {
            (None, _) => None,
            // Somebody who knows neither sessions nor tokens wrote himself in.
            (Some(leader), None) => Some(Leader::new(leader)),
            (Some(leader), Some(session)) => {
                let session = SessionId::parse(&session).ok_or_else(invalid("session"))?;
                Some(Leader::new(leader).with_term(session, own))
            }
        };
        record.leader = record.leader.map(|leader| leader.with_metadata(metadata.map(Into::into)));
        if let Some(released) = released {
            record.released = Some(token(released).ok_or_else(invalid("released"))?);
        }
        if let Some(name) = reserved_for {
            let for_how_long = duration(reserved_ms).ok_or_else(invalid("reserved_ms"))?;
            record.reserved = Some(Reservation::new(name, for_how_long));
        }
        if request.as_deref() == Some("resign") {
            let asked = request_token.and_then(token).ok_or_else(invalid("request_token"))?;
            record.request = Some(Request::resign(asked, request_from.unwrap_or_default()));
        }
        Ok::<_, Error>(record)
    };
    Ok(read())
}

fn token(number: i64) -> Option<FencingToken> {
    FencingToken::new(u64::try_from(number).ok()?).ok()
}

fn duration(millis: Option<i64>) -> Option<Duration> {
    u64::try_from(millis?).ok().map(Duration::from_millis)
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
