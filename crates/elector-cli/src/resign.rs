//! `elector resign`: asks the leader to give the election up.

use std::io::{self, Write as _};
use std::time::Duration;

use elector::store::{Leader, Observation, Request, Standing};
use elector::{Backend, ErrorKind, FencingToken};

use crate::cli::{ElectionArgs, ResignArgs};
use crate::exit::Exit;
use crate::settings;
use crate::stores::Stores;
use crate::view::{self, Failure, View};

/// How long a successor is waited for, once the term is over.
const SUCCESSION: Duration = Duration::from_secs(1);
/// From one attempt to leave the request to the next.
const PAUSE: Duration = Duration::from_millis(100);

/// Runs `elector resign` to its end.
pub(crate) fn main(election: &ElectionArgs, args: &ResignArgs) -> Exit {
    view::look(resign(election, args))
}

async fn resign(election: &ElectionArgs, args: &ResignArgs) -> Result<Exit, Failure> {
    let settings = settings::load(election)?;
    let stores = Stores::new();
    let backend = stores.backend(&settings)?;
    let name = &settings.election().name;
    let mut view = View::new(&backend);
    let patience = args.wait.unwrap_or(settings.election().lease_duration);
    let led = view.find(patience, |seen| Some(led(seen))).await?.flatten();
    let Some((leader, lease_duration)) = led else {
        tracing::warn!("nobody leads {name} {}", settings::place(&settings, &stores));
        return Ok(Exit::Nobody);
    };
    let Some(token) = leader.token else {
        tracing::error!(
            "{} is no candidate of elector: its term has no token to name",
            leader.name
        );
        return Ok(Exit::NotHonoured);
    };
    let wait = args.wait.unwrap_or(lease_duration);
    let request = Request::resign(token, settings.candidate().name.as_str());
    let asked = async {
        ask(&*backend, &request).await?;
        view.find(wait, |seen| over(seen, token).then_some(())).await
    };
    let honoured = match tokio::time::timeout(wait, asked).await {
        Ok(seen) => seen?.is_some(),
        Err(_) => false,
    };
    if !honoured {
        let leader = view::to_text(&leader);
        tracing::error!(
            "{leader} did not resign within {wait:?}: its work is still stopping, or its process stands still"
        );
        return Ok(Exit::NotHonoured);
    }
    let now = match view.latest().and_then(view::leader) {
        Some(leader) => Some(leader.clone()),
        None => view.find(SUCCESSION, |seen| view::leader(seen).cloned()).await?,
    };
    let now = now.map_or_else(
        || "nobody leads now".to_owned(),
        |leader| format!("{} leads now", view::to_text(&leader)),
    );
    writeln!(io::stdout(), "the term of {} is over, {now}", view::to_text(&leader))?;
    Ok(Exit::Success)
}

/// The leader, unless it is known to be dead, and the length of its lease.
fn led(observation: &Observation) -> Option<(Leader, Duration)> {
    match &observation.standing {
        Standing::Led(led) if !led.gone => Some((led.leader.clone(), led.lease_duration)),
        _ => None,
    }
}

/// Whether the term with `token` is over.
fn over(observation: &Observation, token: FencingToken) -> bool {
    view::leader(observation).is_none_or(|leader| leader.token != Some(token))
}

/// Leaves the request, as often as it takes: a second one changes nothing.
async fn ask(backend: &dyn Backend, request: &Request) -> elector::Result<()> {
    loop {
        match backend.request(request).await {
            Err(error) if error.kind() == ErrorKind::Unavailable => {
                tracing::debug!("{error}");
                tokio::time::sleep(PAUSE).await;
            }
            done => return done,
        }
    }
}
