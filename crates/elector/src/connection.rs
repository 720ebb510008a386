//! A connection that is opened by its first call and replaced when it goes quiet.

use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_core::future::BoxFuture;
use futures_util::FutureExt as _;
use futures_util::future::Shared;

use crate::error::{ErrorKind, Result};

/// How many calls in a row may go unanswered before the connection is replaced.
const TOLERATED: u32 = 2;

/// What the elections of a store share: a client that is opened lazily, thrown away after repeated silence, and opened
/// again.
///
/// A store is built without I/O, so that a program starts while its store is down; the first [`call`](Self::call)
/// opens the connection. A client of its own accord often waits for ever on a connection that a firewall swallowed:
/// here two calls in a row that were not answered, or were dropped because their deadline had passed, replace it. An
/// answer of any other kind, a refusal included, proves that the connection works.
pub struct Connection<C> {
    open: Box<dyn Fn() -> BoxFuture<'static, Result<C>> + Send + Sync>,
    state: Mutex<State<C>>,
}

type Opening<C> = Shared<BoxFuture<'static, Result<Arc<C>>>>;

struct State<C> {
    /// Open, or being opened; a call that is dropped meanwhile leaves the opening to the next.
    current: Option<Opening<C>>,
    /// Which connection this is, so that a late failure does not condemn its successor.
    generation: u64,
    silent: u32,
}

impl<C: Send + Sync + 'static> Connection<C> {
    /// A connection that `open` opens, on the first call and whenever it has to be replaced.
    pub fn new<F>(open: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<C>> + Send + 'static,
    {
        let state = State { current: None, generation: 0, silent: 0 };
        Self { open: Box::new(move || open().boxed()), state: Mutex::new(state) }
    }

    /// Makes one call on the connection, opening it first if need be.
    ///
    /// # Errors
    ///
    /// What `open` or the call answered.
    ///
    /// # Cancel safety
    ///
    /// A dropped call counts as one that was not answered. An opening that it began is carried on by the next call.
    pub async fn call<T, F>(&self, call: impl FnOnce(Arc<C>) -> F) -> Result<T>
    where
        F: Future<Output = Result<T>>,
    {
        let (opening, generation) = self.current();
        let mut attempt = Attempt { connection: self, generation, outcome: Outcome::Silent };
        let client = match opening.await {
            Ok(client) => client,
            Err(error) => {
                attempt.outcome = Outcome::Broken;
                return Err(error);
            }
        };
        let answer = call(client).await;
        attempt.outcome = match &answer {
            Err(error) if error.kind() == ErrorKind::Unavailable => Outcome::Silent,
            _ => Outcome::Answered,
        };
        answer
    }

    /// Has the next call open a new connection: for a client whose credentials the server does not accept any more.
    pub fn replace(&self) {
        self.lock().current = None;
    }

    fn current(&self) -> (Opening<C>, u64) {
        let mut state = self.lock();
        let opening = match &state.current {
            Some(opening) => opening.clone(),
            None => {
                state.generation += 1;
                state.silent = 0;
                let opening = (self.open)().map(|opened| opened.map(Arc::new)).boxed().shared();
                state.current.insert(opening).clone()
            }
        };
        (opening, state.generation)
    }
}

impl<C> Connection<C> {
    fn lock(&self) -> MutexGuard<'_, State<C>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn settle(&self, generation: u64, outcome: Outcome) {
        let mut state = self.lock();
        if state.generation != generation {
            return;
        }
        state.silent = match outcome {
            Outcome::Answered => 0,
            Outcome::Silent => state.silent + 1,
            Outcome::Broken => TOLERATED,
        };
        if state.silent >= TOLERATED {
            state.current = None;
        }
    }
}

impl<C> fmt::Debug for Connection<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.lock();
        f.debug_struct("Connection")
            .field("opened", &state.generation)
            .field("unanswered", &state.silent)
            .finish_non_exhaustive()
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Answered,
    Silent,
    Broken,
}

/// One call; dropped early, it was not answered.
struct Attempt<'a, C> {
    connection: &'a Connection<C>,
    generation: u64,
    outcome: Outcome,
}

impl<C> Drop for Attempt<'_, C> {
    fn drop(&mut self) {
        self.connection.settle(self.generation, self.outcome);
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;
    use crate::error::Error;

    const DEADLINE: Duration = Duration::from_secs(1);

    /// A connection whose clients are numbered from 1.
    fn numbered() -> (Connection<u64>, Arc<AtomicU64>) {
        let opened = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&opened);
        (Connection::new(move || ready(Ok(count.fetch_add(1, Ordering::SeqCst) + 1))), opened)
    }

    fn doubt(kind: ErrorKind) -> Error {
        Error::new(kind, "test", "call", "as asked")
    }

    async fn hang(connection: &Connection<u64>) {
        let call = connection.call(|_| pending::<Result<()>>());
        assert!(timeout(DEADLINE, call).await.is_err());
    }

    async fn number(connection: &Connection<u64>) -> u64 {
        connection.call(|client| ready(Ok(*client))).await.unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn opens_at_the_first_call_and_once() {
        let (connection, opened) = numbered();
        assert_eq!(opened.load(Ordering::SeqCst), 0);
        assert_eq!((number(&connection).await, number(&connection).await), (1, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn two_dropped_calls_in_a_row_replace_it() {
        let (connection, _) = numbered();
        hang(&connection).await;
        assert_eq!(number(&connection).await, 1, "one is no row, and an answer ends it");
        hang(&connection).await;
        hang(&connection).await;
        assert_eq!(number(&connection).await, 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_is_an_answer_and_silence_is_not() {
        let (connection, _) = numbered();
        for _ in 0..5 {
            let refused = connection.call(|_| ready(Err::<(), _>(doubt(ErrorKind::Denied)))).await;
            assert_eq!(refused.unwrap_err().kind(), ErrorKind::Denied);
        }
        assert_eq!(number(&connection).await, 1);
        for _ in 0..2 {
            let silent =
                connection.call(|_| ready(Err::<(), _>(doubt(ErrorKind::Unavailable)))).await;
            assert!(silent.is_err());
        }
        assert_eq!(number(&connection).await, 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_replaced_one_is_opened_anew_by_the_next_call() {
        let (connection, _) = numbered();
        assert_eq!(number(&connection).await, 1);
        connection.replace();
        assert_eq!((number(&connection).await, number(&connection).await), (2, 2));
    }

    #[tokio::test(start_paused = true)]
    async fn a_failed_opening_is_tried_again_by_the_next_call() {
        let tries = AtomicU64::new(0);
        let connection = Connection::new(move || {
            let first = tries.fetch_add(1, Ordering::SeqCst) == 0;
            ready(if first { Err(doubt(ErrorKind::Unavailable)) } else { Ok(7) })
        });
        assert!(connection.call(|client| ready(Ok(*client))).await.is_err());
        assert_eq!(number(&connection).await, 7);
    }

    #[tokio::test(start_paused = true)]
    async fn an_opening_longer_than_a_deadline_comes_to_its_end() {
        let connection = Connection::new(|| async {
            tokio::time::sleep(DEADLINE * 3 / 2).await;
            Ok(1)
        });
        assert!(timeout(DEADLINE, number(&connection)).await.is_err());
        assert_eq!(timeout(DEADLINE, number(&connection)).await.unwrap(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_late_failure_does_not_condemn_the_successor() {
        let (connection, _) = numbered();
        let late = connection.call(|_| pending::<Result<()>>());
        let mut late = Box::pin(late);
        assert!(timeout(DEADLINE, &mut late).await.is_err());
        hang(&connection).await;
        hang(&connection).await;
        assert_eq!(number(&connection).await, 2);
        hang(&connection).await;
        drop(late);
        assert_eq!(number(&connection).await, 2);
    }
}
