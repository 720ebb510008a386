//! `elector run -- CMD`: CMD runs only while this process leads.

mod command;
mod signals;
mod term;

use std::io::{self, Write as _};

use elector::{Elector, ErrorKind, Leadership};
use elector_local::Local;
use tokio::task::JoinHandle;

use crate::cli::{ElectionArgs, RunArgs};
use crate::exit::Exit;
use crate::guardian;
use crate::kinship;
use crate::settings;
use crate::stores::Stores;
use signals::Signals;
use term::Outcome;

/// Runs `elector run` to its end.
pub(crate) fn main(election: &ElectionArgs, args: &RunArgs) -> Exit {
    if let Some((exit, why)) = args.command.first().and_then(|program| command::fault(program)) {
        // A closed standard error leaves nobody to tell.
        let _ = writeln!(io::stderr(), "elector: {why}");
        return exit;
    }
    let stores = Stores::new();
    let made = settings::load(election).and_then(|settings| {
        let elector = stores.elector(&settings)?;
        settings::announce(&settings, &stores, &elector);
        Ok((elector, settings.election().name.clone()))
    });
    let (elector, election) = match made {
        Ok(made) => made,
        Err(refused) => return refused.tell(),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let ended = runtime.and_then(|runtime| {
        kinship::check()?;
        guardian::adopt_orphans()?;
        runtime.block_on(async {
            let signals = Signals::listen()?;
            let local = stores.local();
            let events = stores.cluster().record_events(&elector).map(tokio::spawn);
            Ok(Runner { elector, election, local, events, args, signals }.run().await)
        })
    });
    ended.unwrap_or_else(|error| {
        tracing::error!("cannot start: {error}");
        Exit::Internal
    })
}

/// One candidate that runs CMD in its terms.
struct Runner<'a> {
    elector: Elector,
    /// The election's name.
    election: String,
    local: Option<&'a Local>,
    /// Writes Events for as long as the elector lasts.
    events: Option<JoinHandle<()>>,
    args: &'a RunArgs,
    signals: Signals,
}

impl Runner<'_> {
    async fn run(mut self) -> Exit {
        let exit = loop {
            let leadership = match self.acquire().await {
                Ok(leadership) => leadership,
                Err(exit) => break exit,
            };
            match self.lead(leadership).await {
                Outcome::Lost { why, ending: false } if self.args.restart => {
                    tracing::warn!("{why}: the command was stopped; contending again");
                }
                Outcome::Lost { why, .. } => {
                    let code = Exit::Lost.code();
                    let hint = if self.args.restart { "" } else { " (--restart contends again)" };
                    tracing::error!(
                        "{why}: the command was stopped; ending with code {code}{hint}"
                    );
                    break Exit::Lost;
                }
                Outcome::Over(exit) => break exit,
            }
        };
        let ending = async {
            self.elector.shutdown().await;
            if let Some(events) = &mut self.events {
                // Only the last Event is left to write, and nobody needs it.
                let _ = tokio::time::timeout(self.elector.budget().attempt_timeout(), events).await;
            }
        };
        tokio::select! {
            () = ending => {}
            // Somebody is in a hurry; nothing of ours runs any more, and a lease runs out by itself.
            _ = self.signals.next() => {}
        }
        exit
    }

    /// Waits until this process leads, is told to end, or has waited long enough.
    async fn acquire(&mut self) -> Result<Leadership, Exit> {
        let timeout = async {
            match self.args.acquire_timeout {
                Some(timeout) => tokio::time::sleep(timeout).await,
                None => std::future::pending().await,
            }
        };
        let lead = self.elector.lead();
        tokio::pin!(timeout, lead);
        loop {
            tokio::select! {
                won = &mut lead => return won.map_err(|error| {
                    tracing::error!("{error}");
                    if error.kind() == ErrorKind::Invalid { Exit::Config } else { Exit::Internal }
                }),
                number = self.signals.next() => {
                    if signals::ends_a_wait(number) {
                        return Err(Exit::Signal(number));
                    }
                    if signals::is_suspend(number) {
                        signals::suspend();
                    }
                }
                () = &mut timeout => {
                    tracing::error!("leadership was not acquired in time");
                    return Err(Exit::NotAcquired);
                }
            }
        }
    }
}
