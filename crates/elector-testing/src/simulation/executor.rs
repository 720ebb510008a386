//! Runs the tasks of all processes on one thread, in an order that the seed draws.

use std::collections::BTreeMap;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

use futures_core::future::BoxFuture;

use super::fact::Who;
use super::world::{World, lock};

/// What a task belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Owner {
    pub(crate) who: Who,
    /// The elector's own task, not the application's.
    pub(crate) is_driver: bool,
}

/// A panic that is part of the play.
pub(crate) struct OnPurpose;

/// What became of the task that ran.
#[derive(Debug)]
pub(crate) enum Ran {
    Nothing,
    Task(Owner),
    Panicked(Owner, String),
    PanickedOnPurpose(Owner),
}

pub(crate) struct Executor {
    world: Arc<World>,
    queue: Arc<Queue>,
    tasks: BTreeMap<u64, Task>,
    /// Tasks of frozen processes that were woken.
    held: Vec<u64>,
    number: u64,
}

struct Task {
    owner: Owner,
    future: BoxFuture<'static, ()>,
    waker: Waker,
    wake: Arc<TaskWake>,
}

/// Where tasks are queued, by whoever wakes or spawns them.
#[derive(Default)]
pub(crate) struct Queue(Mutex<Queued>);

#[derive(Default)]
struct Queued {
    ready: Vec<u64>,
    spawned: Vec<(Owner, BoxFuture<'static, ()>)>,
}

struct TaskWake {
    number: u64,
    is_queued: AtomicBool,
    queue: Arc<Queue>,
}

impl Wake for TaskWake {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.is_queued.swap(true, Ordering::Relaxed) {
            lock(&self.queue.0).ready.push(self.number);
        }
    }
}

impl Queue {
    pub(crate) fn spawn(&self, owner: Owner, future: BoxFuture<'static, ()>) {
        lock(&self.0).spawned.push((owner, future));
    }
}

impl fmt::Debug for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Queue")
    }
}

impl Executor {
    pub(crate) fn new(world: Arc<World>) -> Self {
        Self { world, queue: Arc::default(), tasks: BTreeMap::new(), held: Vec::new(), number: 0 }
    }

    pub(crate) fn queue(&self) -> &Arc<Queue> {
        &self.queue
    }

    /// Runs one of the tasks that can run.
    pub(crate) fn run_one(&mut self, is_frozen: impl Fn(Who) -> bool) -> Ran {
        self.adopt();
        while let Some(number) = self.draw() {
            let Some(task) = self.tasks.get_mut(&number) else { continue };
            if is_frozen(task.owner.who) {
                self.held.push(number);
                continue;
            }
            let owner = task.owner;
            task.wake.is_queued.store(false, Ordering::Relaxed);
            let mut context = Context::from_waker(&task.waker);
            let future = &mut task.future;
            let polled = catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(&mut context)));
            let ran = match polled {
                Ok(Poll::Pending) => return Ran::Task(owner),
                Ok(Poll::Ready(())) => Ran::Task(owner),
                Err(panic) if panic.is::<OnPurpose>() => Ran::PanickedOnPurpose(owner),
                Err(panic) => {
                    let message = panic.downcast_ref::<String>().cloned();
                    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
                    Ran::Panicked(owner, message.or(text).unwrap_or_default())
                }
            };
            self.tasks.remove(&number);
            return ran;
        }
        Ran::Nothing
    }

    /// Drops the tasks that `doomed` says, none of which ever runs again.
    pub(crate) fn kill(&mut self, doomed: impl Fn(Owner) -> bool) {
        self.adopt();
        let numbers: Vec<u64> =
            self.tasks.iter().filter(|(_, task)| doomed(task.owner)).map(|(n, _)| *n).collect();
        for number in numbers {
            drop(self.tasks.remove(&number));
        }
    }

    /// Lets the tasks go on that were woken while their process was frozen.
    pub(crate) fn thaw(&mut self) {
        lock(&self.queue.0).ready.append(&mut self.held);
    }

    /// Wakes every task of a process: its clock was bent.
    pub(crate) fn wake_all(&self, who: Who) {
        for task in self.tasks.values().filter(|task| task.owner.who == who) {
            task.waker.wake_by_ref();
        }
    }

    fn adopt(&mut self) {
        let spawned = std::mem::take(&mut lock(&self.queue.0).spawned);
        for (owner, future) in spawned {
            self.number += 1;
            let number = self.number;
            let queue = Arc::clone(&self.queue);
            let wake = Arc::new(TaskWake { number, is_queued: AtomicBool::new(true), queue });
            let waker = Waker::from(Arc::clone(&wake));
            self.tasks.insert(number, Task { owner, future, waker, wake });
            lock(&self.queue.0).ready.push(number);
        }
    }

    /// Takes one of the tasks that were woken. The order in which they were does not matter: some of tokio's channels
    /// wake in an order of their own.
    fn draw(&self) -> Option<u64> {
        let mut queued = lock(&self.queue.0);
        match queued.ready.len() {
            0 => None,
            1 => queued.ready.pop(),
            several => {
                queued.ready.sort_unstable();
                let index = self.world.dice().pick(several);
                Some(queued.ready.remove(index))
            }
        }
    }
}

impl fmt::Debug for Executor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Executor").field("tasks", &self.tasks.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::super::journal::Journal;
    use super::*;

    fn executor() -> Executor {
        Executor::new(World::new(1, Journal::new(Vec::new(), 0)))
    }

    fn owner(slot: u8) -> Owner {
        Owner { who: Who { slot, life: 1 }, is_driver: false }
    }

    #[test]
    fn a_panic_is_told_and_one_on_purpose_is_told_apart() {
        let mut executor = executor();
        let panics = async { std::panic::resume_unwind(Box::new("as asked")) };
        executor.queue().spawn(owner(1), Box::pin(panics));
        let ran = executor.run_one(|_| false);
        assert!(matches!(ran, Ran::Panicked(_, message) if message == "as asked"));
        let panics = async { std::panic::resume_unwind(Box::new(OnPurpose)) };
        executor.queue().spawn(owner(1), Box::pin(panics));
        assert!(matches!(executor.run_one(|_| false), Ran::PanickedOnPurpose(_)));
        assert!(matches!(executor.run_one(|_| false), Ran::Nothing));
    }

    #[test]
    fn a_frozen_task_runs_after_the_thaw_and_a_killed_one_never() {
        let mut executor = executor();
        for slot in [1, 2] {
            executor.queue().spawn(owner(slot), Box::pin(async {}));
        }
        executor.kill(|owner| owner.who.slot == 2);
        assert!(matches!(executor.run_one(|who| who.slot == 1), Ran::Nothing));
        executor.thaw();
        assert!(matches!(executor.run_one(|_| false), Ran::Task(ran) if ran == owner(1)));
        assert!(matches!(executor.run_one(|_| false), Ran::Nothing));
    }
}
