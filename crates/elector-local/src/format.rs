//! The text of a record's file.

use std::time::Duration;

use elector::FencingToken;
use elector::store::{Beat, Leader, Record, Request, RequestKind, Reservation, SessionId, Version};
use serde::{Deserialize, Serialize};

use crate::alive::Holder;

/// The format that this version writes, and the only one that it reads.
const FORMAT: u32 = 1;

/// What a record's file says.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Content {
    /// The election's name.
    pub(crate) election: String,
    /// Which write this is.
    pub(crate) version: Version,
    /// The record.
    pub(crate) record: Record,
    /// The lock that proves the leader's death.
    pub(crate) holder: Option<Holder>,
    /// Whatever else stands there.
    pub(crate) rest: toml::Table,
}

#[derive(Serialize, Deserialize)]
struct Text {
    format: u32,
    election: String,
    version: String,
    token: FencingToken,
    beat: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    released: Option<FencingToken>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    leader: Option<LeaderText>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    holder: Option<Holder>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reserved: Option<ReservedText>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    request: Option<RequestText>,
    #[serde(flatten)]
    rest: toml::Table,
}

#[derive(Serialize, Deserialize)]
struct LeaderText {
    name: String,
    lease_ms: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<FencingToken>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct ReservedText {
    name: String,
    for_ms: u64,
}

#[derive(Serialize, Deserialize)]
struct RequestText {
    token: FencingToken,
    kind: String,
    from: String,
}

/// Reads a file's text.
///
/// # Errors
///
/// A phrase that goes on after the file's name: "is empty".
pub(crate) fn parse(text: &str) -> Result<Content, String> {
    if text.is_empty() {
        return Err("is empty".to_owned());
    }
    let table: toml::Table = toml::from_str(text).map_err(|e| said("is no TOML", &e))?;
    match table.get("format").and_then(toml::Value::as_integer) {
        Some(format) if format == i64::from(FORMAT) => {}
        Some(format) => {
            return Err(format!("has format {format}, and this version reads only {FORMAT}"));
        }
        None => return Err("is not the record of an election".to_owned()),
    }
    let text: Text = table.try_into().map_err(|e| said("is not a record", &e))?;
    let lease = text.leader.as_ref().map_or(0, |leader| leader.lease_ms);
    if text.leader.is_some() && lease == 0 {
        // Nobody writes that, and rivals would take the election from a living leader.
        return Err("has a leader with a lease of no time".to_owned());
    }
    let mut record = Record::vacant(text.token, Beat::new(text.beat));
    record.lease_duration = Duration::from_millis(lease);
    record.leader = text.leader.map(leader).transpose()?;
    record.released = text.released;
    record.reserved =
        text.reserved.map(|r| Reservation::new(r.name, Duration::from_millis(r.for_ms)));
    // A kind of request that only later versions know is not for us.
    record.request = text
        .request
        .filter(|request| request.kind == kind_text(&RequestKind::Resign))
        .map(|request| Request::resign(request.token, request.from));
    Ok(Content {
        election: text.election,
        version: Version::new(text.version),
        record,
        holder: text.holder,
        rest: text.rest,
    })
}

/// Writes a file's text.
///
/// # Errors
///
/// Why this content cannot be written.
pub(crate) fn text(content: &Content) -> Result<String, String> {
    let record = &content.record;
    let leader = record.leader.as_ref().map(|leader| LeaderText {
        name: leader.name.to_string(),
        lease_ms: milliseconds(record.lease_duration),
        session: leader.session.map(|session| session.to_string()),
        token: leader.token,
        metadata: leader.metadata.as_deref().map(str::to_owned),
    });
    let text = Text {
        format: FORMAT,
        election: content.election.clone(),
        version: content.version.as_str().unwrap_or_default().to_owned(),
        token: record.token,
        beat: record.beat.as_str().to_owned(),
        released: record.released,
        leader,
        holder: content.holder.clone(),
        reserved: record.reserved.as_ref().map(|reserved| ReservedText {
            name: reserved.name.to_string(),
            for_ms: milliseconds(reserved.duration),
        }),
        request: record.request.as_ref().map(|request| RequestText {
            token: request.token,
            kind: kind_text(&request.kind).to_owned(),
            from: request.from.to_string(),
        }),
        rest: content.rest.clone(),
    };
    toml::to_string(&text).map_err(|error| error.to_string())
}

/// The lock that the record in `text` names.
pub(crate) fn lock_of(text: &str) -> Result<Option<String>, String> {
    Ok(parse(text)?.holder.map(|holder| holder.lock))
}

fn leader(text: LeaderText) -> Result<Leader, String> {
    let session = text.session.map(|session| {
        SessionId::parse(&session).ok_or_else(|| format!("has a session that is none: {session}"))
    });
    let mut leader = Leader::new(text.name).with_metadata(text.metadata.map(Into::into));
    leader.session = session.transpose()?;
    leader.token = text.token;
    Ok(leader)
}

fn kind_text(kind: &RequestKind) -> &'static str {
    match kind {
        RequestKind::Resign => "resign",
        _ => "other",
    }
}

/// Whole milliseconds, rounded up: a longer lease is the safe side.
fn milliseconds(duration: Duration) -> u64 {
    let rounded = duration.as_nanos().div_ceil(1_000_000);
    // TOML has 63 bits.
    u64::try_from(rounded).unwrap_or(u64::MAX).min(i64::MAX.unsigned_abs())
}

fn said(what: &str, error: &toml::de::Error) -> String {
    format!("{what}: {}", error.message())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round_trip(record: Record, holder: Option<Holder>) {
        let content = Content {
            election: "a/b".to_owned(),
            version: Version::new("v"),
            record,
            holder,
            rest: toml::Table::new(),
        };
        let text = text(&content).unwrap();
        assert_eq!(parse(&text).unwrap(), content, "{text}");
    }

    #[test]
    fn reads_what_it_wrote() {
        let token = FencingToken::new(41).unwrap();
        let beat = Beat::new("beat");
        round_trip(Record::vacant(FencingToken::ZERO, beat.clone()), None);
        let reserved = Reservation::new("next \"one\"", Duration::from_millis(1500));
        round_trip(Record::released(FencingToken::MAX, beat.clone(), Some(reserved)), None);
        let odd = "line\nquote\" \u{0}\u{7f}\u{1F980}\\";
        let leader =
            Leader::new(odd).with_term(SessionId::random(), token).with_metadata(Some(odd.into()));
        let mut record = Record::led(leader, token, beat, Duration::from_millis(15_001));
        record.request = Some(Request::resign(token, odd));
        let holder = Holder {
            lock: "x.alive".to_owned(),
            inode: format!("{}:{}", u64::MAX, u64::MAX),
            boot: "boot".to_owned(),
            pid: u32::MAX,
        };
        round_trip(record, Some(holder));
    }

    #[test]
    fn a_lease_is_never_written_shorter_than_it_is() {
        assert_eq!(milliseconds(Duration::from_nanos(1)), 1);
        assert_eq!(milliseconds(Duration::from_millis(7)), 7);
        assert_eq!(milliseconds(Duration::MAX), i64::MAX.unsigned_abs());
    }

    #[test]
    fn a_request_of_a_later_version_is_not_for_us() {
        let token = FencingToken::new(1).unwrap();
        let mut record = Record::vacant(token, Beat::new("b"));
        record.request = Some(Request::resign(token, "x"));
        let content = Content {
            election: "a".to_owned(),
            version: Version::new("v"),
            record,
            holder: None,
            rest: toml::Table::new(),
        };
        let text = text(&content).unwrap();
        assert!(text.contains("kind = \"resign\""), "{text}");
        let text = text.replace("\"resign\"", "\"dance\"");
        assert_eq!(parse(&text).unwrap().record.request, None);
    }
}
