//! One term: CMD runs under its guardian until it ends or has to.

use std::os::fd::OwnedFd;
use std::time::Duration;

use elector::clock::{BootClock, Clock as _};
use elector::{Ended, ErrorKind, Leadership};
use tokio::time::MissedTickBehavior;

use super::{Runner, signals};
use crate::exit::Exit;
use crate::guardian::{Event, Guardian, GuardianSpec};

/// How a term ended.
pub(super) enum Outcome {
    /// Leadership was lost, and CMD was stopped for it.
    Lost,
    /// There will be no other term.
    Over(Exit),
}

impl Runner<'_> {
    /// Runs CMD for as long as the term lasts, and releases the election when the whole tree is gone.
    pub(super) async fn lead(&mut self, leadership: Leadership) -> Outcome {
        let outcome = match self.guard(&leadership) {
            Ok(guardian) => {
                let outcome = self.watch(&leadership, &guardian).await;
                // Nothing is released before nobody is left.
                guardian.end().await;
                outcome
            }
            Err(error) => {
                tracing::error!("cannot start the guardian: {error}");
                Outcome::Over(Exit::Internal)
            }
        };
        if let Err(error) = leadership.resign().await {
            tracing::warn!("{error}");
        }
        outcome
    }

    /// Starts CMD under a guardian.
    fn guard(&self, leadership: &Leadership) -> std::io::Result<Guardian> {
        let budget = self.elector.budget();
        let candidate = self.elector.candidate();
        Guardian::spawn(GuardianSpec {
            command: self.args.command.clone(),
            env: vec![
                ("ELECTOR_TOKEN", leadership.token().to_string()),
                ("ELECTOR_ELECTION", self.election.clone()),
                ("ELECTOR_NAME", candidate.name.to_string()),
            ],
            hold: self.hold()?,
            deadline: leadership.term().valid_until(),
            grace: budget.stop_budget(),
            margin: self.margin(),
        })
    }

    /// The local store's lock, which the tree holds too; a store that proves nobody's death needs none.
    fn hold(&self) -> std::io::Result<Option<OwnedFd>> {
        match self.local.map(|local| local.hold_descriptor()) {
            Some(Err(error)) if error.kind() != ErrorKind::Invalid => {
                Err(std::io::Error::other(error))
            }
            Some(Ok(hold)) => Ok(Some(hold)),
            Some(Err(_)) | None => Ok(None),
        }
    }

    /// How long before the end of the lease the tree is killed: what its death may take.
    fn margin(&self) -> Duration {
        const LEAST: Duration = Duration::from_millis(10);
        self.elector.budget().pause_allowance().max(LEAST)
    }

    /// Goes between the term, the guardian and whoever sends signals, until the tree is gone or the guardian is.
    async fn watch(&mut self, leadership: &Leadership, guardian: &Guardian) -> Outcome {
        let term = leadership.term();
        let clock = BootClock::new();
        let margin = self.margin();
        // Late news of a renewal shortens what the guardian knows of the lease, so it is looked for often.
        let often = self.elector.budget().renew_interval() / 20;
        let mut look = tokio::time::interval(often.max(Duration::from_millis(1)));
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut deadline = term.valid_until();
        // Until when the guardian may take to end the tree of a term that is over.
        let mut patience = deadline + Duration::MAX;
        let mut story = Story::default();
        let mut told = false;
        loop {
            tokio::select! {
                // What the guardian has done comes first: a process that was frozen hears of it before it looks at
                // the clock.
                biased;
                event = guardian.event() => {
                    if story.hears(event) {
                        return story.outcome();
                    }
                }
                ended = term.ended(), if !told => {
                    told = true;
                    story.must_end(&ended);
                    // Somebody else may lead already, whatever the clock says of the lease.
                    if matches!(ended, Ended::Lost(_)) || !term.is_current() {
                        guardian.kill();
                        patience = clock.now() + margin / 2;
                    } else {
                        guardian.stop();
                    }
                }
                number = self.signals.next() => {
                    story.ending |= signals::asks_to_end(number);
                    guardian.signal(number);
                }
                _ = look.tick() => {
                    let latest = term.valid_until();
                    if latest > deadline {
                        deadline = latest;
                        guardian.extend(deadline);
                    }
                    if clock.now() >= patience.min(deadline.back(margin / 2)) {
                        return story.without_guardian(guardian);
                    }
                }
            }
        }
    }
}

/// What has happened in a term.
#[derive(Debug, Default)]
struct Story {
    /// How CMD ended, or what went wrong.
    exit: Option<Exit>,
    /// CMD was stopped because the term had to end.
    lost: bool,
    /// Somebody asked the program to end.
    ending: bool,
}

impl Story {
    /// Takes in what the guardian says. True when it has nothing more to say.
    fn hears(&mut self, event: Event) -> bool {
        let exit = match event {
            Event::Exited(code) => Exit::Command(code),
            Event::Signaled(number) => Exit::Signal(number),
            Event::Failed(errno) => {
                let error = std::io::Error::from_raw_os_error(errno);
                tracing::error!("cannot start a process: {error}");
                Exit::Internal
            }
            Event::Expired => {
                tracing::warn!("the lease was not renewed in time; the command is stopped");
                self.lost = true;
                return false;
            }
            Event::Gone => return true,
            Event::Died => {
                tracing::error!("the guardian died; killing the command");
                self.exit = Some(Exit::Internal);
                return true;
            }
        };
        self.exit.get_or_insert(exit);
        false
    }

    /// Takes in that the term has to end.
    fn must_end(&mut self, why: &Ended) {
        if self.exit.is_none() {
            tracing::warn!(reason = why.as_str(), "leadership has to end; stopping the command");
            self.lost = true;
        }
    }

    /// Takes in that the guardian's time is over: what it has done by now counts, and the rest is ours.
    fn without_guardian(&mut self, guardian: &Guardian) -> Outcome {
        while let Some(event) = guardian.try_event() {
            if self.hears(event) {
                return self.outcome();
            }
        }
        tracing::error!("the guardian did not end the command in time; killing both");
        self.lost = true;
        self.outcome()
    }

    fn outcome(&self) -> Outcome {
        match (self.lost, self.exit) {
            (true, _) if self.ending => Outcome::Over(Exit::Lost),
            (true, _) => Outcome::Lost,
            (false, exit) => Outcome::Over(exit.unwrap_or(Exit::Internal)),
        }
    }
}
