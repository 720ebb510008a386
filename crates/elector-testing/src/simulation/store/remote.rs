//! The store as one process sees it: through the network, and with everything written down.

use std::future::pending;
use std::sync::Arc;

use async_trait::async_trait;
use elector::store::{
    Acquire, Backend, Bid, Expiry, Guarantees, Lease, Observation, Record, RecordStore, Recorded,
    Release, Renew, Request, Seen, Stored, Version,
};
use elector::{Error, Result};
use futures_core::stream::BoxStream;
use futures_util::StreamExt as _;
use futures_util::stream;
use tokio::sync::oneshot;

use super::{ELECTION, StoreKind};
use crate::simulation::clock::MachineClock;
use crate::simulation::fact::{Fact, Reply, Stood, Taking, Who};
use crate::simulation::network::{Answer, Network, Operation, View, no_answer};
use crate::simulation::world::World;

/// The way of one life of one process to the store.
#[derive(Clone, Debug)]
struct Remote {
    world: Arc<World>,
    network: Arc<Network>,
    clock: MachineClock,
    who: Who,
    kind: StoreKind,
}

/// The backend of a process, over the store of this kind.
pub(crate) fn backend(
    world: &Arc<World>,
    network: &Arc<Network>,
    clock: &MachineClock,
    who: Who,
    kind: StoreKind,
) -> Arc<dyn Backend> {
    let remote = Remote {
        world: Arc::clone(world),
        network: Arc::clone(network),
        clock: clock.clone(),
        who,
        kind,
    };
    let inner: Arc<dyn Backend> = match kind.expiry {
        Expiry::Server => Arc::new(remote.clone()),
        _ => Arc::new(Recorded::new(remote.clone())),
    };
    Arc::new(Noted { inner, remote })
}

impl Remote {
    async fn call(&self, operation: Operation) -> Result<Answer> {
        let (reply, answer) = oneshot::channel();
        self.network.send(self.who, operation, reply);
        match answer.await {
            Ok(answer) => answer,
            // What is lost is never answered.
            Err(_) => pending().await,
        }
    }

    fn views(&self) -> BoxStream<'static, Result<View>> {
        let news = self.network.watch(self.who);
        stream::unfold(news, |mut news| async move { Some((news.recv().await?, news)) }).boxed()
    }

    fn note(&self, fact: Fact) {
        self.world.note_of(self.who, self.clock.own(), fact);
    }
}

#[async_trait]
impl RecordStore for Remote {
    fn election(&self) -> &str {
        ELECTION
    }

    fn guarantees(&self) -> Guarantees {
        self.kind.guarantees()
    }

    async fn load(&self) -> Result<Seen> {
        match self.call(Operation::Load).await? {
            Answer::Loaded(seen) => Ok(*seen),
            _ => Err(no_answer("load")),
        }
    }

    async fn store(&self, record: &Record, expected: &Version) -> Result<Stored> {
        let operation = Operation::Store(Box::new(record.clone()), expected.clone());
        match self.call(operation).await? {
            Answer::Stored(stored) => Ok(stored),
            _ => Err(no_answer("store")),
        }
    }

    fn watch(&self) -> BoxStream<'static, Result<Seen>> {
        let seen = |view| match view {
            Ok(View::Seen(seen)) => Ok(seen),
            Ok(View::Observation(_)) => Err(no_answer("watch")),
            Err(error) => Err(error),
        };
        self.views().map(seen).boxed()
    }
}

#[async_trait]
impl Backend for Remote {
    fn election(&self) -> &str {
        ELECTION
    }

    fn guarantees(&self) -> Guarantees {
        self.kind.guarantees()
    }

    async fn acquire(&self, bid: &Bid) -> Result<Acquire> {
        match self.call(Operation::Acquire(Box::new(bid.clone()))).await? {
            Answer::Acquired(answer) => Ok(*answer),
            _ => Err(no_answer("acquire")),
        }
    }

    async fn renew(&self, bid: &Bid, lease: &Lease) -> Result<Renew> {
        match self.call(Operation::Renew(Box::new(bid.clone()), lease.clone())).await? {
            Answer::Renewed(answer) => Ok(*answer),
            _ => Err(no_answer("renew")),
        }
    }

    async fn release(&self, release: &Release) -> Result<()> {
        self.call(Operation::Release(Box::new(release.clone()))).await.map(|_| ())
    }

    async fn request(&self, request: &Request) -> Result<()> {
        self.call(Operation::Request(request.clone())).await.map(|_| ())
    }

    fn watch(&self) -> BoxStream<'static, Result<Observation>> {
        let observation = |view| match view {
            Ok(View::Observation(observation)) => Ok(observation),
            Ok(View::Seen(_)) => Err(no_answer("watch")),
            Err(error) => Err(error),
        };
        self.views().map(observation).boxed()
    }
}

/// Writes down what goes through, as the elector makes the call and as it hears the answer.
#[derive(Debug)]
struct Noted {
    inner: Arc<dyn Backend>,
    remote: Remote,
}

impl Noted {
    fn answered(&self, attempt: u64, reply: std::result::Result<Reply, &Error>) {
        let reply = reply.unwrap_or_else(|error| Reply::doubt(error.kind()));
        self.remote.note(Fact::Answered { attempt, reply });
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl Backend for Noted {
    fn election(&self) -> &str {
        ELECTION
    }

    fn guarantees(&self) -> Guarantees {
        self.inner.guarantees()
    }

    async fn acquire(&self, bid: &Bid) -> Result<Acquire> {
        let attempt = bid.attempt.number;
        let taking =
            Taking { unexplained: bid.may_take.unexplained, stale: bid.may_take.stale.clone() };
        self.remote.note(Fact::Bid { attempt, taking, floor: bid.token_floor.get() });
        let answer = self.inner.acquire(bid).await;
        let reply = answer.as_ref().map(|answer| match answer {
            Acquire::Won(lease) => Reply::Won { token: lease.token.get(), lease: lease.duration },
            Acquire::Held(observation) => Reply::Held(Stood::of(observation)),
        });
        self.answered(attempt, reply);
        answer
    }

    async fn renew(&self, bid: &Bid, lease: &Lease) -> Result<Renew> {
        let attempt = bid.attempt.number;
        self.remote.note(Fact::Renew { attempt, token: lease.token.get() });
        let answer = self.inner.renew(bid, lease).await;
        let reply = answer.as_ref().map(|answer| match answer {
            Renew::Kept(lease, _) => {
                Reply::Kept { token: lease.token.get(), lease: lease.duration }
            }
            Renew::Lost(observation) => Reply::Lost(Stood::of(observation)),
        });
        self.answered(attempt, reply);
        answer
    }

    async fn release(&self, release: &Release) -> Result<()> {
        let attempt = release.attempt.number;
        let token = release.lease.as_ref().map(|lease| lease.token.get());
        self.remote.note(Fact::Release { attempt, token });
        let answer = self.inner.release(release).await;
        self.answered(attempt, answer.as_ref().map(|()| Reply::Released));
        answer
    }

    async fn request(&self, request: &Request) -> Result<()> {
        self.inner.request(request).await
    }

    fn watch(&self) -> BoxStream<'static, Result<Observation>> {
        let remote = self.remote.clone();
        let watch = self.inner.watch();
        watch
            .inspect(move |news| {
                if let Ok(observation) = news {
                    remote.note(Fact::Heard(Stood::of(observation)));
                }
            })
            .boxed()
    }
}
