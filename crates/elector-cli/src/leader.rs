//! `elector leader`: who leads now.

use std::io::{self, Write as _};

use serde_json::json;

use crate::cli::{ElectionArgs, LeaderArgs};
use crate::exit::Exit;
use crate::settings;
use crate::stores::Stores;
use crate::view::{self, Failure, View};

/// Runs `elector leader` to its end.
pub(crate) fn main(election: &ElectionArgs, args: &LeaderArgs) -> Exit {
    view::look(print(election, args))
}

async fn print(election: &ElectionArgs, args: &LeaderArgs) -> Result<Exit, Failure> {
    let settings = settings::load(election)?;
    let stores = Stores::new();
    let backend = stores.backend(&settings)?;
    let mut view = View::new(&backend);
    let found = view.find(args.timeout, |observation| view::leader(observation).cloned()).await?;
    let name = &settings.election().name;
    let text = match (&found, args.json) {
        (Some(leader), true) => json!({ "election": name, "leader": view::to_json(leader) }),
        (None, true) => {
            let token = view.last_token().map(elector::FencingToken::get);
            json!({ "election": name, "leader": null, "last_token": token })
        }
        (Some(leader), false) => {
            writeln!(io::stdout(), "{}", leader.name)?;
            return Ok(Exit::Success);
        }
        (None, false) => {
            tracing::warn!("nobody leads {name} {}", settings::place(&settings, &stores));
            return Ok(Exit::Nobody);
        }
    };
    writeln!(io::stdout(), "{text}")?;
    Ok(if found.is_some() { Exit::Success } else { Exit::Nobody })
}
