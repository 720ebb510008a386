//! Watching an election without standing for it.

use std::sync::Arc;

use tokio::sync::{oneshot, watch};

use crate::changes::{ChangeKind, ChangeLog, ChangeReaders, Changes};
use crate::clock::Clock;
use crate::driver::Watching;
use crate::error::Result;
use crate::metrics::Meters;
use crate::protocol::{Event, Sight};
use crate::runtime::Runtime;
use crate::store::{Backend, Candidate, Leader};

/// Knows who leads an election, for processes that never stand.
///
/// It only watches, on the elector thread, and ends when it is dropped. In a store that expires nothing by itself a
/// leader counts as gone when its sign of life has not changed for as long as its record says.
#[derive(Debug)]
pub struct Observer {
    leader: watch::Receiver<Option<Leader>>,
    changes: ChangeReaders,
    /// Dropped with the observer, which ends its task.
    _alive: oneshot::Sender<()>,
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
        let (sender, leader) = watch::channel(None);
        let (alive, dropped) = oneshot::channel();
        let log = ChangeLog::new();
        let changes = log.readers();
        let clock = Arc::clone(runtime.clock());
        runtime.spawn(observe(backend, clock, sender, log, dropped));
        Self { leader, changes, _alive: alive }
    }

    /// The latest leader, and notice of every change.
    pub fn leader(&self) -> watch::Receiver<Option<Leader>> {
        self.leader.clone()
    }

    /// Every change of the leader from now on.
    pub fn changes(&self) -> Changes {
        self.changes.subscribe()
    }
}

async fn observe(
    backend: Arc<dyn Backend>,
    clock: Arc<dyn Clock>,
    leader: watch::Sender<Option<Leader>>,
    mut log: ChangeLog,
    mut dropped: oneshot::Receiver<()>,
) {
    let guarantees = backend.guarantees();
    let meters = Meters::new(&Arc::from(backend.election()), guarantees.backend);
    let mut watching = Watching::new(backend, Arc::clone(&clock), meters);
    let mut sight = Sight::new(guarantees.expiry, guarantees.poll);
    // An observer has no record of its own: a session that nobody else has makes every leader a stranger.
    let nobody = Candidate::new("");
    loop {
        let expires = sight.expires().filter(|at| *at > clock.now());
        let expiry = async {
            match expires {
                Some(at) => clock.sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            _ = &mut dropped => return,
            event = watching.next() => {
                if let Event::Observed(observation) = event {
                    sight.observe(clock.now(), observation, &nobody);
                }
            }
            () = expiry => {}
        }
        let now = sight.leader(clock.now()).cloned();
        if *leader.borrow() != now {
            log.record(ChangeKind::Leader(now.clone()));
            leader.send_replace(now);
        }
    }
}
