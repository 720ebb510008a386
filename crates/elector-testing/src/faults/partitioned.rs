//! A network that can be cut, in either direction.

use std::sync::Arc;

use async_trait::async_trait;
use elector::Result;
use elector::store::{
    Acquire, Backend, Bid, Guarantees, Lease, Observation, Release, Renew, Request,
};
use futures_core::stream::BoxStream;
use futures_util::StreamExt as _;
use futures_util::stream::{self, pending};
use tokio::sync::watch;

/// What gets through between a candidate and its store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// Everything.
    Up,
    /// No request: nothing is applied and nothing is answered.
    RequestsLost,
    /// No answer: requests are applied, and nobody is told. Watches are silent.
    RepliesLost,
}

/// A backend behind a network that can be cut.
///
/// A call whose request or answer is lost never completes, also when the link is up again: its caller's deadline ends
/// it. A watch is silent while the link is cut, and afterwards begins anew with the present state.
#[derive(Clone, Debug)]
pub struct Partitioned {
    inner: Arc<dyn Backend>,
    link: Arc<watch::Sender<Link>>,
}

impl Partitioned {
    /// A backend with its link up.
    pub fn new(inner: Arc<dyn Backend>) -> Self {
        Self { inner, link: Arc::new(watch::Sender::new(Link::Up)) }
    }

    /// Cuts or mends the link.
    pub fn set(&self, link: Link) {
        self.link.send_replace(link);
    }

    async fn through<T>(&self, call: impl Future<Output = T> + Send) -> T {
        if *self.link.borrow() == Link::RequestsLost {
            std::future::pending::<()>().await;
        }
        let answer = call.await;
        if *self.link.borrow() != Link::Up {
            std::future::pending::<()>().await;
        }
        answer
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl Backend for Partitioned {
    fn election(&self) -> &str {
        self.inner.election()
    }

    fn guarantees(&self) -> Guarantees {
        self.inner.guarantees()
    }

    async fn acquire(&self, bid: &Bid) -> Result<Acquire> {
        self.through(self.inner.acquire(bid)).await
    }

    async fn renew(&self, bid: &Bid, lease: &Lease) -> Result<Renew> {
        self.through(self.inner.renew(bid, lease)).await
    }

    async fn release(&self, release: &Release) -> Result<()> {
        self.through(self.inner.release(release)).await
    }

    async fn request(&self, request: &Request) -> Result<()> {
        self.through(self.inner.request(request)).await
    }

    fn watch(&self) -> BoxStream<'static, Result<Observation>> {
        let open = |inner: &Arc<dyn Backend>, link: Link| match link {
            Link::Up => inner.watch(),
            Link::RequestsLost | Link::RepliesLost => pending().boxed(),
        };
        let mut links = self.link.subscribe();
        let first = open(&self.inner, *links.borrow_and_update());
        // The wrapper is kept so that the link is not taken for mended when the last handle goes.
        let state = (self.clone(), links, first);
        stream::unfold(state, move |(wrapper, mut links, mut watch)| async move {
            loop {
                tokio::select! {
                    biased;
                    changed = links.changed() => {
                        changed.ok()?;
                        watch = open(&wrapper.inner, *links.borrow_and_update());
                    }
                    item = watch.next() => return Some((item?, (wrapper, links, watch))),
                }
            }
        })
        .boxed()
    }
}
