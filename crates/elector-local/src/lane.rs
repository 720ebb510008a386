//! Threads that may block: a bounded number for the files of one folder.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};

use tokio::sync::oneshot;

use crate::write_lock::lock;

/// Does work on at most so many of the runtime's threads at once, in the order in which it came.
///
/// A thread goes on with what waits instead of handing its place over: the runtime would start another one for it.
pub(crate) struct Lane {
    most: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Work>,
    workers: usize,
}

type Work = Box<dyn FnOnce() + Send>;

impl Lane {
    /// A lane of at most `most` threads.
    pub(crate) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { most, state: Mutex::default() })
    }

    /// Does `work` when it is its turn; `None` when the runtime ended before.
    ///
    /// # Cancel safety
    ///
    /// Dropped before its turn, the work is not done at all.
    pub(crate) async fn run<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        let (reply, done) = oneshot::channel();
        self.submit(Box::new(move || {
            if !reply.is_closed() {
                let _ = reply.send(work());
            }
        }));
        done.await.ok()
    }

    fn submit(self: &Arc<Self>, work: Work) {
        let mut state = lock(&self.state);
        state.waiting.push_back(work);
        if state.workers < self.most {
            state.workers += 1;
            drop(state);
            let worker = Worker { lane: Some(Arc::clone(self)) };
            drop(tokio::task::spawn_blocking(|| worker.work()));
        }
    }
}

impl std::fmt::Debug for Lane {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lane").field("most", &self.most).finish_non_exhaustive()
    }
}

/// One thread of a lane; without the lane once it has nothing to do.
struct Worker {
    lane: Option<Arc<Lane>>,
}

impl Worker {
    fn work(mut self) {
        while let Some(work) = self.next() {
            // Whoever waits for work that panics learns it from the reply that is dropped; the next gets its turn.
            let _ = catch_unwind(AssertUnwindSafe(work));
        }
    }

    fn next(&mut self) -> Option<Work> {
        let lane = self.lane.as_ref()?;
        let mut state = lock(&lane.state);
        let work = state.waiting.pop_front();
        if work.is_none() {
            state.workers -= 1;
            drop(state);
            self.lane = None;
        }
        work
    }
}

impl Drop for Worker {
    /// It never began: its runtime is gone.
    fn drop(&mut self) {
        let Some(lane) = &self.lane else { return };
        let mut state = lock(&lane.state);
        state.workers -= 1;
        // Nobody is left to do it: whoever waits is told.
        let undone =
            if state.workers == 0 { std::mem::take(&mut state.waiting) } else { VecDeque::new() };
        drop(state);
        drop(undone);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::thread;
    use std::time::Duration;

    use super::*;

    /// Keeps a lane busy until it is dropped.
    async fn occupy(lane: &Arc<Lane>) -> mpsc::Sender<()> {
        let (leave, left) = mpsc::channel();
        let (entered, inside) = oneshot::channel();
        let lane = Arc::clone(lane);
        tokio::spawn(async move {
            let stay = move || {
                entered.send(()).unwrap();
                let _ = left.recv();
            };
            lane.run(stay).await
        });
        inside.await.unwrap();
        leave
    }

    #[tokio::test]
    async fn as_many_threads_as_allowed_do_all_the_work() {
        let lane = Lane::new(2);
        let (name, seen) = mpsc::channel();
        let work = |n: u64| {
            let name = name.clone();
            lane.run(move || {
                thread::sleep(Duration::from_millis(1));
                name.send(thread::current().id()).unwrap();
                n
            })
        };
        let done = futures_util::future::join_all((0..50).map(work)).await;
        assert!(done.into_iter().eq((0..50).map(Some)));
        let threads: std::collections::HashSet<_> = seen.try_iter().collect();
        assert!(threads.len() <= 2, "{threads:?}");
    }

    #[tokio::test]
    async fn what_was_given_up_before_its_turn_is_not_done() {
        let lane = Lane::new(1);
        let leave = occupy(&lane).await;
        let (did, done) = mpsc::channel();
        let given_up = lane.run(move || did.send(()).unwrap());
        assert!(tokio::time::timeout(Duration::from_millis(20), given_up).await.is_err());
        drop(leave);
        assert_eq!(lane.run(|| 7).await, Some(7));
        assert!(done.try_recv().is_err());
    }

    #[tokio::test]
    async fn a_panic_takes_no_thread_from_the_lane() {
        let lane = Lane::new(1);
        let panicked: Option<()> = lane.run(|| panic!("on purpose")).await;
        assert_eq!(panicked, None);
        assert_eq!(lane.run(|| 7).await, Some(7));
    }

    #[test]
    fn a_runtime_that_ends_leaves_nobody_waiting() {
        let lane = Lane::new(1);
        let ending = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let handle = ending.handle().clone();
        drop(ending);
        let _entered = handle.enter();
        let mut work = Box::pin(lane.run(|| 7));
        let waker = futures_util::task::noop_waker();
        let polled = work.as_mut().poll(&mut std::task::Context::from_waker(&waker));
        assert_eq!(polled, std::task::Poll::Ready(None));
    }
}
