//! `elector observe`: a line for every change of the leader, and when nobody can see who leads.

use std::io::{self, Write as _};
use std::sync::Arc;
use std::time::Duration;

use elector::clock::{BootClock, unix_millis};
use elector::store::Leader;
use elector::{ChangeKind, ErrorKind, Observer, Runtime};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::signal::unix::{SignalKind, signal};

use crate::cli::{ElectionArgs, ObserveArgs};
use crate::exit::Exit;
use crate::settings;
use crate::stores::Stores;
use crate::view::{self, Failure, View};

/// How long the first look may take before it is said that there is no answer.
const FIRST_LOOK: Duration = Duration::from_secs(5);

/// Runs `elector observe` until it is told to end.
pub(crate) fn main(election: &ElectionArgs, args: &ObserveArgs) -> Exit {
    view::look(observe(election, args.json))
}

async fn observe(election: &ElectionArgs, json: bool) -> Result<Exit, Failure> {
    let settings = settings::load(election)?;
    let backend = Stores::new().backend(&settings)?;
    let (mut terminate, mut interrupt) =
        (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let runtime = Runtime::new(tokio::runtime::Handle::current(), Arc::new(BootClock::new()));
    let observer = Observer::on(&runtime, Arc::clone(&backend));
    // This runtime has one thread: nothing has changed before this reader is there.
    let mut changes = observer.changes();
    let told = async {
        let mut view = View::new(&backend);
        match view.find(FIRST_LOOK, |seen| Some(view::leader(seen).is_none())).await {
            Ok(nobody) => {
                if nobody == Some(true) && observer.leader().borrow().is_none() {
                    print(&Line::Leader(None), json)?;
                }
            }
            Err(error) if error.kind() == ErrorKind::Invalid => return Err(error.into()),
            // The observer tells it.
            Err(error) => tracing::debug!("{error}"),
        }
        // One watch is enough from now on.
        drop(view);
        while let Some(change) = changes.next().await {
            match change.kind {
                ChangeKind::Leader(leader) => print(&Line::Leader(leader), json)?,
                ChangeKind::Blind(why) => print(&Line::Blind(why), json)?,
                ChangeKind::Sighted(leader) => print(&Line::Sighted(leader), json)?,
                ChangeKind::Missed(number) => print(&Line::Missed(number), json)?,
                // Only electors have the rest.
                _ => {}
            }
        }
        Ok(Exit::Internal)
    };
    tokio::select! {
        ended = told => ended,
        _ = terminate.recv() => Ok(Exit::Success),
        _ = interrupt.recv() => Ok(Exit::Success),
    }
}

/// What is told.
enum Line {
    /// Who leads now.
    Leader(Option<Leader>),
    /// That nobody can see who leads, and why.
    Blind(String),
    /// Who leads now that it can be seen again.
    Sighted(Option<Leader>),
    /// That some changes went by too fast.
    Missed(u64),
}

impl Line {
    fn text(&self) -> String {
        match self {
            Self::Leader(Some(leader)) => view::to_text(leader),
            Self::Leader(None) => "nobody leads".to_owned(),
            Self::Blind(why) => format!("cannot see who leads: {why}"),
            Self::Sighted(leader) => {
                format!("seen again: {}", Self::Leader(leader.clone()).text())
            }
            Self::Missed(number) => format!("missed {number} changes"),
        }
    }

    fn json(&self, at: &str) -> Value {
        match self {
            Self::Leader(leader) => {
                json!({ "at": at, "leader": leader.as_ref().map(view::to_json) })
            }
            Self::Blind(why) => json!({ "at": at, "blind": why }),
            Self::Sighted(leader) => {
                json!({ "at": at, "blind": null, "leader": leader.as_ref().map(view::to_json) })
            }
            Self::Missed(number) => json!({ "at": at, "missed": number }),
        }
    }
}

/// Prints one line, with the time in UTC.
fn print(line: &Line, json: bool) -> io::Result<()> {
    let now =
        i64::try_from(unix_millis()).ok().and_then(|now| Timestamp::from_millisecond(now).ok());
    let now = format!("{:.3}", now.unwrap_or_default());
    // Standard output is buffered by lines, so that a reader at a pipe sees each one at once.
    let mut out = io::stdout().lock();
    if json {
        writeln!(out, "{}", line.json(&now))
    } else {
        writeln!(out, "{now}  {}", line.text())
    }
}
