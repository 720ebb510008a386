//! Elections by name, each a cell whose changes can be watched.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_core::stream::BoxStream;
use futures_util::StreamExt as _;
use futures_util::stream;
use tokio::sync::watch;

use crate::clock::Sleep;

/// The elections of one store.
#[derive(Debug)]
pub(super) struct Shelf<T> {
    cells: Arc<Mutex<HashMap<Arc<str>, Cell<T>>>>,
}

impl<T> Clone for Shelf<T> {
    fn clone(&self) -> Self {
        Self { cells: Arc::clone(&self.cells) }
    }
}

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self { cells: Arc::default() }
    }
}

impl<T: Default> Shelf<T> {
    pub(super) fn cell(&self, name: &str) -> Cell<T> {
        let mut cells = self.cells.lock().unwrap_or_else(PoisonError::into_inner);
        cells.entry(name.into()).or_default().clone()
    }

    pub(super) fn all(&self) -> Vec<Cell<T>> {
        let cells = self.cells.lock().unwrap_or_else(PoisonError::into_inner);
        cells.values().cloned().collect()
    }
}

/// The state of one election.
pub(super) struct Cell<T>(Arc<Shared<T>>);

#[derive(Default)]
struct Shared<T> {
    state: Mutex<T>,
    changed: watch::Sender<()>,
}

impl<T> Cell<T> {
    fn lock(&self) -> MutexGuard<'_, T> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads the state in one step.
    pub(super) fn read<R>(&self, read: impl FnOnce(&T) -> R) -> R {
        read(&self.lock())
    }

    /// Changes the state in one step and tells the watchers.
    pub(super) fn change<R>(&self, change: impl FnOnce(&mut T) -> R) -> R {
        let result = change(&mut self.lock());
        self.0.changed.send_replace(());
        result
    }

    /// The state now, then after each change; changes that come faster than they are read become one.
    pub(super) fn watch<R: Send + 'static>(
        &self,
        read: impl Fn(&T) -> R + Send + 'static,
    ) -> BoxStream<'static, R>
    where
        T: Send + 'static,
    {
        self.watch_until(read, |_| None)
    }

    /// The same, and the state again when `again` completes, which is asked for with every item.
    pub(super) fn watch_until<R: Send + 'static>(
        &self,
        read: impl Fn(&T) -> R + Send + 'static,
        again: impl Fn(&T) -> Option<Sleep> + Send + 'static,
    ) -> BoxStream<'static, R>
    where
        T: Send + 'static,
    {
        let mut changes = self.0.changed.subscribe();
        changes.mark_changed();
        let waking: Option<Sleep> = None;
        // The cell is kept so that the stream does not end with the last handle.
        stream::unfold(
            (changes, self.clone(), read, again, waking),
            |(mut changes, cell, read, again, waking)| async move {
                let woken = async {
                    match waking {
                        Some(sleep) => sleep.await,
                        None => std::future::pending().await,
                    }
                };
                let changed = tokio::select! {
                    changed = changes.changed() => { changed.ok()?; true }
                    () = woken => false,
                };
                let (item, waking) = cell.read(|state| (read(state), again(state)));
                Some((item, (changes, cell, read, again, waking.filter(|_| changed))))
            },
        )
        .boxed()
    }
}

impl<T> Clone for Cell<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T: Default> Default for Cell<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<T: fmt::Debug> fmt::Debug for Cell<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.lock().fmt(f)
    }
}
