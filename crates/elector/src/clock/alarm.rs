//! Timers on the boot-time clock: one kernel timer for every sleeper of a process.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::sync::Notify;

use super::boot::read;
use super::{Moment, Sleep};

/// The sleepers on one clock, and the task that wakes them.
#[derive(Debug, Default)]
pub(super) struct Alarms {
    sleepers: Mutex<Sleepers>,
    sooner: Notify,
}

#[derive(Debug, Default)]
struct Sleepers {
    next_id: u64,
    wakers: BTreeMap<(Moment, u64), Waker>,
    /// The task that wakes sleepers, while there are any.
    ringer: Option<tokio::task::JoinHandle<()>>,
}

impl Alarms {
    pub(super) fn sleep_until(this: &Arc<Self>, at: Moment) -> Sleep {
        Box::pin(Sleeper { alarms: Arc::clone(this), at, id: None })
    }

    fn lock(&self) -> MutexGuard<'_, Sleepers> {
        self.sleepers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The earliest moment somebody sleeps for. When nobody does, the ringer retires under the same lock, so that
    /// the next sleeper starts a new one.
    fn earliest_or_retire(&self) -> Option<Moment> {
        let mut sleepers = self.lock();
        let earliest = sleepers.wakers.keys().next().map(|(at, _)| *at);
        if earliest.is_none() {
            sleepers.ringer = None;
        }
        earliest
    }

    fn wake_due(&self) {
        let now = read();
        let due = {
            let mut sleepers = self.lock();
            let later = sleepers.wakers.split_off(&(now + Duration::from_nanos(1), 0));
            std::mem::replace(&mut sleepers.wakers, later)
        };
        for waker in due.into_values() {
            waker.wake();
        }
    }

    /// Wakes sleepers until none is left.
    async fn ring(self: Arc<Self>) {
        let _retirement = Retirement(&self);
        let mut timer = timer::Timer::new();
        loop {
            let sooner = self.sooner.notified();
            let Some(at) = self.earliest_or_retire() else { return };
            tokio::select! {
                () = sooner => {}
                () = timer.wait(at) => self.wake_due(),
            }
        }
    }
}

/// Wakes every sleeper when the ringer goes away with its runtime: whoever sleeps on another one starts a new ringer.
struct Retirement<'a>(&'a Alarms);

impl Drop for Retirement<'_> {
    fn drop(&mut self) {
        let sleepers = {
            let mut sleepers = self.0.lock();
            if sleepers.wakers.is_empty() {
                return;
            }
            sleepers.ringer = None;
            std::mem::take(&mut sleepers.wakers)
        };
        for waker in sleepers.into_values() {
            waker.wake();
        }
    }
}

/// One sleep. Registered when first polled, taken out when dropped.
struct Sleeper {
    alarms: Arc<Alarms>,
    at: Moment,
    id: Option<u64>,
}

impl Future for Sleeper {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if read() >= self.at {
            return Poll::Ready(());
        }
        let alarms = Arc::clone(&self.alarms);
        let mut sleepers = alarms.lock();
        let id = *self.id.get_or_insert_with(|| {
            sleepers.next_id += 1;
            sleepers.next_id
        });
        sleepers.wakers.insert((self.at, id), context.waker().clone());
        let first = sleepers.wakers.keys().next() == Some(&(self.at, id));
        // The ringer of a runtime that was shut down is finished, and started anew on this one.
        if sleepers.ringer.as_ref().is_none_or(|ringer| ringer.is_finished()) {
            sleepers.ringer = Some(tokio::spawn(Arc::clone(&alarms).ring()));
        } else if first {
            alarms.sooner.notify_one();
        }
        Poll::Pending
    }
}

impl Drop for Sleeper {
    fn drop(&mut self) {
        if let Some(id) = self.id {
            self.alarms.lock().wakers.remove(&(self.at, id));
        }
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
mod timer {
    use std::os::fd::{AsFd as _, AsRawFd, RawFd};

    use nix::sys::time::TimeSpec;
    use nix::sys::timerfd::{ClockId, Expiration, TimerFd, TimerFlags, TimerSetTimeFlags};
    use tokio::io::unix::AsyncFd;

    use super::super::Moment;
    use super::super::boot::read;

    /// A kernel timer on the boot-time clock; where the kernel gives none, tokio's timer.
    pub(super) struct Timer(Option<AsyncFd<Fd>>);

    struct Fd(TimerFd);

    impl AsRawFd for Fd {
        fn as_raw_fd(&self) -> RawFd {
            self.0.as_fd().as_raw_fd()
        }
    }

    impl Timer {
        pub(super) fn new() -> Self {
            let flags = TimerFlags::TFD_NONBLOCK | TimerFlags::TFD_CLOEXEC;
            let timer = TimerFd::new(ClockId::CLOCK_BOOTTIME, flags).ok();
            // Deprecated because a type could change its descriptor while it is registered; `Fd` cannot.
            #[allow(deprecated)]
            Self(timer.and_then(|timer| AsyncFd::new(Fd(timer)).ok()))
        }

        /// The kernel timer's descriptor, if the kernel gave one.
        #[cfg(test)]
        pub(super) fn descriptor(&self) -> Option<RawFd> {
            self.0.as_ref().map(|timer| timer.get_ref().as_raw_fd())
        }

        pub(super) async fn wait(&mut self, at: Moment) {
            let left = at.since(read());
            if let Some(timer) = &self.0 {
                let expiration = Expiration::OneShot(TimeSpec::from(at.0));
                let flags = TimerSetTimeFlags::TFD_TIMER_ABSTIME;
                if timer.get_ref().0.set(expiration, flags).is_ok()
                    && let Ok(mut ready) = timer.readable().await
                {
                    ready.clear_ready();
                    return;
                }
            }
            tokio::time::sleep(left).await;
        }
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod timer {
    use super::super::Moment;
    use super::super::boot::read;

    pub(super) struct Timer;

    impl Timer {
        pub(super) fn new() -> Self {
            Self
        }

        pub(super) async fn wait(&mut self, at: Moment) {
            tokio::time::sleep(at.since(read())).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn whoever_stops_sleeping_is_forgotten() {
        let alarms = Arc::new(Alarms::default());
        let sleepers = || alarms.lock().wakers.len();
        let long = read() + Duration::from_secs(3600);
        let (mut one, two) =
            (Alarms::sleep_until(&alarms, long), Alarms::sleep_until(&alarms, long));
        let mut context = Context::from_waker(Waker::noop());
        assert!(one.as_mut().poll(&mut context).is_pending());
        assert!(one.as_mut().poll(&mut context).is_pending());
        assert_eq!(sleepers(), 1);
        drop(two);
        assert_eq!(sleepers(), 1);
        drop(one);
        assert_eq!(sleepers(), 0);
    }

    #[cfg(any(target_os = "linux", target_os = "android"))]
    #[tokio::test]
    async fn the_timer_is_the_kernels() {
        assert!(timer::Timer::new().descriptor().is_some_and(|descriptor| descriptor > 2));
    }
}
