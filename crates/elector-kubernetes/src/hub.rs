//! One watch for all elections of a namespace.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use elector::{Error, Result};
use futures_core::stream::BoxStream;
use futures_util::{StreamExt as _, stream};
use k8s_openapi::api::coordination::v1::Lease;
use tokio::sync::watch;
use tokio::task::AbortHandle;

use crate::feed::{Feed, News};
use crate::kubernetes::Shared;

/// How long a watch that failed is left alone.
const PAUSE: std::time::Duration = std::time::Duration::from_millis(200);

/// The watch of all Leases of the namespace. It runs while somebody listens.
#[derive(Debug, Default)]
pub(crate) struct Hub {
    listeners: Arc<Mutex<Listeners>>,
}

#[derive(Debug, Default)]
struct Listeners {
    /// By Lease.
    shown: BTreeMap<String, watch::Sender<Shown>>,
    /// All Leases, once they have been listed.
    leases: Option<BTreeMap<String, Arc<Lease>>>,
    /// The watch that serves the listeners; it ends with the runtime that it began on.
    running: Option<AbortHandle>,
}

/// What is known of one Lease.
#[derive(Clone, Debug, Default)]
enum Shown {
    #[default]
    Unknown,
    Is(Option<Arc<Lease>>),
    Failed(Error),
}

impl Hub {
    /// What is known of the Lease called `name`, and then every change of it, of which the latest is enough.
    pub(crate) fn watch(
        &self,
        shared: &Arc<Shared>,
        name: &str,
    ) -> BoxStream<'static, Result<Option<Arc<Lease>>>> {
        let (listeners, shared) = (Arc::clone(&self.listeners), Arc::downgrade(shared));
        let name = name.to_owned();
        // The task is started by the first poll, on the runtime that polls.
        let listening = move || listen(&listeners, &shared, &name);
        stream::once(async move { listening() })
            .flat_map(|receiver| stream::unfold(receiver, next).boxed())
            .boxed()
    }
}

async fn next(
    mut receiver: watch::Receiver<Shown>,
) -> Option<(Result<Option<Arc<Lease>>>, watch::Receiver<Shown>)> {
    loop {
        receiver.changed().await.ok()?;
        let shown = receiver.borrow_and_update().clone();
        match shown {
            Shown::Unknown => {}
            Shown::Is(lease) => return Some((Ok(lease), receiver)),
            Shown::Failed(error) => return Some((Err(error), receiver)),
        }
    }
}

fn lock(listeners: &Mutex<Listeners>) -> MutexGuard<'_, Listeners> {
    listeners.lock().unwrap_or_else(PoisonError::into_inner)
}

fn listen(
    listeners: &Arc<Mutex<Listeners>>,
    shared: &Weak<Shared>,
    name: &str,
) -> watch::Receiver<Shown> {
    let mut all = lock(listeners);
    if all.running.as_ref().is_none_or(AbortHandle::is_finished) {
        // Whoever listened to the watch that ended opens another one.
        *all = Listeners::default();
        let task = serve(Arc::clone(listeners), Weak::clone(shared));
        all.running = Some(tokio::spawn(task).abort_handle());
    }
    let known = all.leases.as_ref().map(|leases| Shown::Is(leases.get(name).cloned()));
    let sender = all
        .shown
        .entry(name.to_owned())
        .or_insert_with(|| watch::Sender::new(known.unwrap_or_default()));
    let mut receiver = sender.subscribe();
    receiver.mark_changed();
    receiver
}

/// Tells the listeners what the feed says, until there are none.
async fn serve(listeners: Arc<Mutex<Listeners>>, shared: Weak<Shared>) {
    let Some(shared) = shared.upgrade() else { return };
    let path = format!("namespace {}", shared.access.namespace());
    let mut feed = Feed::new(shared, None, path);
    loop {
        let news = feed.next().await;
        let failed = news.is_err();
        {
            let mut all = lock(&listeners);
            all.shown.retain(|_, sender| sender.receiver_count() > 0);
            if all.shown.is_empty() {
                all.running = None;
                return;
            }
            all.tell(news);
        }
        if failed {
            tokio::time::sleep(PAUSE).await;
        }
    }
}

impl Listeners {
    fn tell(&mut self, news: Result<News>) {
        match news {
            Ok(News::All(leases)) => {
                let named = |lease: Lease| Some((lease.metadata.name.clone()?, Arc::new(lease)));
                let leases: BTreeMap<_, _> = leases.into_iter().filter_map(named).collect();
                for (name, sender) in &self.shown {
                    sender.send_replace(Shown::Is(leases.get(name).cloned()));
                }
                self.leases = Some(leases);
            }
            Ok(News::Is(lease)) => {
                let name = lease.metadata.name.clone().unwrap_or_default();
                self.change(name, Some(Arc::new(lease)));
            }
            Ok(News::Gone(lease)) => self.change(lease.metadata.name.unwrap_or_default(), None),
            Err(error) => {
                self.leases = None;
                for sender in self.shown.values() {
                    sender.send_replace(Shown::Failed(error.clone()));
                }
            }
        }
    }

    fn change(&mut self, name: String, lease: Option<Arc<Lease>>) {
        if let Some(sender) = self.shown.get(&name) {
            sender.send_replace(Shown::Is(lease.clone()));
        }
        let Some(leases) = &mut self.leases else { return };
        match lease {
            Some(lease) => leases.insert(name, lease),
            None => leases.remove(&name),
        };
    }
}
