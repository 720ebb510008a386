//! One term: CMD runs under its guardian until it ends or has to.

use std::os::fd::OwnedFd;
use std::time::Duration;

use elector::clock::{BootClock, Clock as _, Moment};
use elector::{Ended, ErrorKind, Leadership};
use tokio::time::{Interval, MissedTickBehavior};

use super::{Runner, signals};
use crate::exit::Exit;
use crate::guardian::{Event, Guardian, GuardianSpec};

/// How often a term that has to end is looked at, so that its loss is seen.
const CLOSELY: Duration = Duration::from_millis(10);

const ANOTHER_LEADS: &str = "another leads";
const NOT_RENEWED: &str = "the lease was not renewed in time";

/// How a term ended.
pub(super) enum Outcome {
    /// Leadership was lost, and CMD was stopped for it.
    Lost {
        /// For the log.
        why: String,
        /// Somebody asked the program to end, so that it must not contend again.
        ending: bool,
    },
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
        let often = (self.elector.budget().renew_interval() / 20).max(Duration::from_millis(1));
        let mut look = every(often);
        let mut deadline = term.valid_until();
        let mut story = Story::default();
        let (mut told, mut lost) = (false, false);
        // Until when the guardian may take to end the tree of a term that was lost.
        let mut patience: Option<Moment> = None;
        loop {
            // Somebody else may lead already: also a tree that is being stopped has no more time.
            if patience.is_none() && (lost || term.valid_until() == Moment::default()) {
                story.another_leads();
                guardian.kill();
                patience = Some(clock.now() + margin / 2);
            }
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
                    lost = matches!(ended, Ended::Lost(_)) || !term.is_current();
                    if !lost {
                        guardian.stop();
                    }
                    // Nothing wakes this loop when the term is lost from now on.
                    look = every(often.min(CLOSELY));
                }
                number = self.signals.next() => {
                    story.signaled(number);
                    guardian.signal(number);
                    if signals::is_suspend(number) {
                        signals::suspend();
                        guardian.resume();
                    }
                }
                _ = look.tick() => {
                    let latest = term.valid_until();
                    if latest > deadline {
                        deadline = latest;
                        guardian.extend(deadline);
                    }
                    let last = deadline.back(margin / 2);
                    if clock.now() >= patience.map_or(last, |patience| patience.min(last)) {
                        return story.without_guardian(guardian);
                    }
                }
            }
        }
    }
}

fn every(period: Duration) -> Interval {
    let mut interval = tokio::time::interval(period);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    interval
}

/// What has happened in a term.
#[derive(Debug, Default)]
struct Story {
    /// How CMD ended, or what went wrong.
    exit: Option<Exit>,
    /// Why CMD was stopped, if it was because the term had to end.
    lost: Option<String>,
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
                tracing::warn!("{NOT_RENEWED}; stopping the command");
                self.lost.get_or_insert(NOT_RENEWED.into());
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

    /// Takes in a signal that is passed on.
    fn signaled(&mut self, number: i32) {
        if !signals::asks_to_end(number) || self.ending {
            return;
        }
        self.ending = true;
        if self.exit.is_none() {
            let name = signals::name(number);
            tracing::info!("{name} passed on to the command; waiting for it to end");
        }
    }

    /// Takes in that the term has to end.
    fn must_end(&mut self, why: &Ended) {
        if self.exit.is_none() {
            tracing::warn!(reason = why.as_str(), "leadership has to end; stopping the command");
            self.lost = Some(phrase(why));
        }
    }

    /// Takes in that the election is not ours any more.
    fn another_leads(&mut self) {
        tracing::warn!("another may lead already; killing the command");
        if self.exit.is_none() {
            self.lost.get_or_insert(ANOTHER_LEADS.into());
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
        self.lost.get_or_insert("the lease is about to run out".into());
        self.outcome()
    }

    fn outcome(&mut self) -> Outcome {
        match self.lost.take() {
            Some(why) => Outcome::Lost { why, ending: self.ending },
            None => Outcome::Over(self.exit.unwrap_or(Exit::Internal)),
        }
    }
}

/// Why a term had to end, as the beginning of a sentence.
fn phrase(why: &Ended) -> String {
    match why {
        Ended::Lost(Some(leader)) => format!("{ANOTHER_LEADS} ({})", leader.name),
        Ended::Lost(None) => "the election was emptied or deleted".into(),
        Ended::Expired => NOT_RENEWED.into(),
        Ended::Resigned => "asked to resign".into(),
        why => format!("leadership ended ({})", why.as_str()),
    }
}
