//! Watching an election without standing for it.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{oneshot, watch};

use crate::changes::{ChangeKind, ChangeLog, ChangeReaders, Changes};
use crate::clock::{Clock, Moment};
use crate::driver::Watching;
use crate::error::Result;
use crate::metrics::Meters;
use crate::protocol::{Event, Sight};
use crate::runtime::Runtime;
use crate::store::{Backend, Candidate, Leader};

/// How long a watch may fail before the observer calls itself blind: one that ended is open again in less.
const BLIND_AFTER: Duration = Duration::from_secs(1);

/// Knows who leads an election, for processes that never stand.
///
/// It only watches, on the elector thread, and ends when it is dropped. In a store that expires nothing by itself a
/// leader counts as gone when its sign of life has not changed for as long as its record says.
///
/// While the store cannot be seen nobody knows whether anybody leads: [`sighting`](Self::sighting) says so, and
/// [`changes`](Self::changes) tells of no leader that ended meanwhile.
#[derive(Debug)]
pub struct Observer {
    leader: watch::Receiver<Option<Leader>>,
    sighting: watch::Receiver<Sighting>,
    changes: ChangeReaders,
    /// Dropped with the observer, which ends its task.
    _alive: oneshot::Sender<()>,
}

/// What an [`Observer`] knows.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Sighting {
    /// Nothing yet: the store has not answered for the first time.
    Unknown,
    /// This leader's lease runs, as far as the observer can tell.
    Leader(Leader),
    /// Nobody leads, as far as the observer can tell.
    Nobody,
    /// The watch has failed for a second or longer; a leader seen before may lead or not.
    Blind {
        /// When the observer last heard of the election, or began.
        since: Moment,
        /// What the watch said last.
        why: String,
    },
}

impl Observer {
    /// Watches the election of `backend` on the process's elector thread.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable) when that thread cannot be started.
    pub fn new(backend: Arc<dyn Backend>) -> Result<Self> {
        Ok(Self::on(&Runtime::shared()?, backend))
    }

    /// Watches on a runtime of the caller's.
    pub fn on(runtime: &Runtime, backend: Arc<dyn Backend>) -> Self {
        let (tell_leader, leader) = watch::channel(None);
        let (tell_sighting, sighting) = watch::channel(Sighting::Unknown);
        let (alive, dropped) = oneshot::channel();
        let log = ChangeLog::new();
        let changes = log.readers();
        let clock = Arc::clone(runtime.clock());
        let story = Story { leader: tell_leader, sighting: tell_sighting, log, told: None };
        runtime.spawn(observe(backend, clock, story, dropped));
        Self { leader, sighting, changes, _alive: alive }
    }

    /// The latest leader, and notice of every change.
    ///
    /// `None` also when nothing can be seen and the lease that was seen last has run out: [`sighting`](Self::sighting)
    /// tells the two apart.
    pub fn leader(&self) -> watch::Receiver<Option<Leader>> {
        self.leader.clone()
    }

    /// What is known now, and notice of every change.
    pub fn sighting(&self) -> watch::Receiver<Sighting> {
        self.sighting.clone()
    }

    /// Every change of the leader from now on, and every loss of sight.
    pub fn changes(&self) -> Changes {
        self.changes.subscribe()
    }
}

async fn observe(
    backend: Arc<dyn Backend>,
    clock: Arc<dyn Clock>,
    mut story: Story,
    mut dropped: oneshot::Receiver<()>,
) {
    let guarantees = backend.guarantees();
    let meters = Meters::new(&Arc::from(backend.election()), guarantees.backend);
    let mut watching = Watching::new(backend, Arc::clone(&clock), meters);
    let mut sight = Sight::new(guarantees.expiry, guarantees.poll);
    // An observer has no record of its own: a session that nobody else has makes every leader a stranger.
    let nobody = Candidate::new("");
    let mut heard = clock.now();
    let mut blind_at: Option<Moment> = None;
    loop {
        let now = clock.now();
        let due = [sight.expires(), blind_at].into_iter().flatten().filter(|at| *at > now).min();
        let due = async {
            match due {
                Some(at) => clock.sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            _ = &mut dropped => return,
            event = watching.next() => match event {
                Event::Observed(observation) => {
                    heard = clock.now();
                    blind_at = None;
                    sight.observe(heard, observation, &nobody);
                }
                _ => {
                    blind_at.get_or_insert_with(|| clock.now() + BLIND_AFTER);
                }
            },
            () = due => {}
        }
        let now = clock.now();
        let leader = sight.leader(now);
        match (watching.trouble(), blind_at) {
            (Some(why), Some(at)) if now >= at => story.blind(heard, why),
            // A lease that runs out unseen was perhaps renewed.
            (Some(_), _) => {}
            (None, _) => story.sees(leader),
        }
        story.leader.send_if_modified(|told| {
            let changed = told.as_ref() != leader;
            if changed {
                *told = leader.cloned();
            }
            changed
        });
    }
}

/// What has been told.
struct Story {
    leader: watch::Sender<Option<Leader>>,
    sighting: watch::Sender<Sighting>,
    log: ChangeLog,
    /// The leader that the changes told of last.
    told: Option<Leader>,
}

impl Story {
    fn sees(&mut self, leader: Option<&Leader>) {
        let was_blind = matches!(*self.sighting.borrow(), Sighting::Blind { .. });
        let changed = self.told.as_ref() != leader;
        if changed {
            self.told = leader.cloned();
        }
        if was_blind {
            self.log.record(ChangeKind::Sighted(leader.cloned()));
        } else if changed {
            self.log.record(ChangeKind::Leader(leader.cloned()));
        }
        self.tell(leader.cloned().map_or(Sighting::Nobody, Sighting::Leader));
    }

    fn blind(&mut self, since: Moment, why: &str) {
        if !matches!(*self.sighting.borrow(), Sighting::Blind { .. }) {
            self.log.record(ChangeKind::Blind(why.to_owned()));
        }
        self.tell(Sighting::Blind { since, why: why.to_owned() });
    }

    fn tell(&self, sighting: Sighting) {
        if *self.sighting.borrow() != sighting {
            self.sighting.send_replace(sighting);
        }
    }
}
