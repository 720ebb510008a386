//! The guardian's own process: no runtime, one loop, the kernel's timer and the tree.

use std::ffi::OsString;
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use elector::clock::{BootClock, Clock as _, Moment};
use nix::sys::signal::{SigSet, Signal::SIGCHLD};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::{Errno, FdFlags, fcntl_setfd};
use rustix::process::{
    Pid, Signal, getpid, kill_process_group, set_parent_process_death_signal, setsid,
};
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, timerfd_create, timerfd_settime,
};

use crate::exit::Exit;
use crate::guardian::tree::{self, Reaped};
use crate::guardian::wire::{self, Order, Report};

/// How long the tree has between TERM and KILL after `elector` died.
const ORPHAN_GRACE: Duration = Duration::from_secs(1);
/// How soon KILL is sent again to whoever appeared meanwhile, when no child's death says it sooner.
const KILL_AGAIN: Duration = Duration::from_millis(2);

/// Runs the guardian of CMD. The control socket is standard input.
pub(crate) fn main(command: &[OsString]) -> Exit {
    let begun = Guard::begin(command);
    match begun.and_then(|guard| guard.map_or(Ok(()), Guard::watch)) {
        Ok(()) => Exit::Command(0),
        Err(errno) => {
            tracing::error!("the guardian cannot go on: {errno}");
            Exit::Internal
        }
    }
}

/// A running command and what decides about its life.
struct Guard {
    /// `None` once `elector` is gone.
    control: Option<OwnedFd>,
    signals: SignalFd,
    timer: OwnedFd,
    clock: BootClock,
    command: Pid,
    /// The lock it stands for is held as long as somebody of the tree lives.
    _hold: Option<OwnedFd>,
    deadline: Moment,
    grace: Duration,
    margin: Duration,
    /// Since when the tree is being stopped.
    stopping: Option<Moment>,
    /// Nobody of the tree needs to be given time.
    at_once: bool,
}

impl Guard {
    /// Waits for the order to start, and starts CMD. `None` when there is nothing to guard.
    fn begin(command: &[OsString]) -> rustix::io::Result<Option<Self>> {
        let control = std::io::stdin().as_fd().try_clone_to_owned().map_err(|_| Errno::BADF)?;
        // Out of the terminal's reach: Ctrl-C there means `elector`, which forwards it. Fails only where this process
        // leads a group already, which keeps it out of reach too.
        let _ = setsid();
        tree::adopt_orphans()?;
        // Whoever froze the guardian does not freeze it beyond the death of `elector`: that thaws it, blocked or not.
        // The tie is to the thread that started it, which is `elector`'s main one.
        set_parent_process_death_signal(Some(Signal::CONT))?;
        let signals = block_signals().map_err(|_| Errno::INVAL)?;
        let timer = timerfd_create(
            TimerfdClockId::Boottime,
            TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC,
        )?;
        let Some((text, descriptors)) = wire::receive(&control, true)? else { return Ok(None) };
        let Some(Order::Start { deadline, grace, margin }) = Order::decode(&text) else {
            return Err(Errno::PROTO);
        };
        let clock = BootClock::new();
        if clock.now() >= deadline.back(margin) {
            wire::send(&control, &Report::Expired.encode(), &[])?;
            wire::send(&control, &Report::Gone.encode(), &[])?;
            return Ok(None);
        }
        let (command, hold) = match start(command, descriptors) {
            Ok(started) => started,
            Err(error) => {
                let errno = error.raw_os_error().unwrap_or_default();
                wire::send(&control, &Report::Failed(errno).encode(), &[])?;
                wire::send(&control, &Report::Gone.encode(), &[])?;
                return Ok(None);
            }
        };
        Ok(Some(Self {
            control: Some(control),
            signals,
            timer,
            clock,
            command,
            _hold: hold,
            deadline,
            grace,
            margin,
            stopping: None,
            at_once: false,
        }))
    }

    /// Watches over the tree until nobody of it lives.
    fn watch(mut self) -> rustix::io::Result<()> {
        while self.reap() {
            self.obey();
            let now = self.clock.now();
            if self.stopping.is_none() && now >= self.stop_at() {
                self.report(Report::Expired);
                self.stop(now);
            }
            let kill_at = self.kill_at();
            let killing = kill_at.is_some_and(|at| now >= at);
            if killing {
                tree::kill_children();
            }
            self.wait(killing, kill_at.unwrap_or_else(|| self.stop_at()))?;
        }
        self.report(Report::Gone);
        Ok(())
    }

    /// Reaps the dead, and stops what is left when CMD is among them. False when nobody is left.
    fn reap(&mut self) -> bool {
        loop {
            let (pid, status) = match tree::reap() {
                Reaped::Child(pid, status) => (pid, status),
                Reaped::AllAlive => return true,
                Reaped::NoneLeft => return false,
            };
            if pid != self.command {
                continue;
            }
            self.report(match (status.exit_status(), status.terminating_signal()) {
                (_, Some(signal)) => Report::Signaled(signal),
                (code, None) => Report::Exited(code.unwrap_or_default() as u8),
            });
            if self.stopping.is_none() {
                self.stop(self.clock.now());
            }
        }
    }

    /// Carries out the orders that have come.
    fn obey(&mut self) {
        while let Some(control) = &self.control {
            match wire::receive(control, false) {
                Ok(Some((text, _))) => match Order::decode(&text) {
                    Some(order) => self.carry_out(order),
                    None => tracing::warn!("the guardian does not understand {text:?}"),
                },
                Err(Errno::AGAIN | Errno::INTR) => return,
                Ok(None) | Err(_) => {
                    self.control = None;
                    self.grace = self.grace.min(ORPHAN_GRACE);
                    if self.stopping.is_none() {
                        self.stop(self.clock.now());
                    }
                }
            }
        }
    }

    fn carry_out(&mut self, order: Order) {
        match order {
            Order::Start { deadline, .. } | Order::Deadline(deadline) => {
                self.deadline = self.deadline.max(deadline);
            }
            Order::Signal(number) => {
                if let Some(signal) = Signal::from_named_raw(number) {
                    // The group is empty when its last member has just died.
                    let _ = kill_process_group(self.command, signal);
                    // A stopped process hears nothing before it goes on; timeout(1) and terminals do the same.
                    if [Signal::TERM, Signal::INT, Signal::HUP, Signal::QUIT].contains(&signal) {
                        let _ = kill_process_group(self.command, Signal::CONT);
                    }
                }
            }
            Order::Stop if self.stopping.is_none() => self.stop(self.clock.now()),
            Order::Stop => {}
            Order::Kill => {
                self.at_once = true;
                self.stopping.get_or_insert(self.clock.now());
            }
        }
    }

    fn stop(&mut self, now: Moment) {
        self.stopping = Some(now);
        tree::terminate_descendants();
    }

    /// When TERM is due if no later deadline comes.
    fn stop_at(&self) -> Moment {
        self.deadline.back(self.margin + self.grace)
    }

    /// When KILL is due, if the tree is being stopped.
    fn kill_at(&self) -> Option<Moment> {
        let since = self.stopping?;
        let by_grace = if self.at_once { since } else { since + self.grace };
        Some(by_grace.min(self.deadline.back(self.margin)))
    }

    /// Waits for an order, for the death of a child, or for `alarm`.
    fn wait(&self, killing: bool, alarm: Moment) -> rustix::io::Result<()> {
        let mut sources = vec![PollFd::new(&self.signals, PollFlags::IN)];
        if !killing {
            let time = Itimerspec { it_interval: timespec(Duration::ZERO), it_value: at(alarm) };
            timerfd_settime(&self.timer, TimerfdTimerFlags::ABSTIME, &time)?;
            sources.push(PollFd::new(&self.timer, PollFlags::IN));
        }
        if let Some(control) = &self.control {
            sources.push(PollFd::new(control, PollFlags::IN));
        }
        let timeout = timespec(KILL_AGAIN);
        match poll(&mut sources, killing.then_some(&timeout)) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(errno) => return Err(errno),
        }
        while let Ok(Some(_)) = self.signals.read_signal() {}
        Ok(())
    }

    /// Tells `elector`, if it is still there to hear it.
    fn report(&self, report: Report) {
        if let Some(control) = &self.control {
            let _ = wire::send(control, &report.encode(), &[]);
        }
    }
}

/// Blocks every signal and makes the death of children readable.
///
/// A service manager sends TERM to every process of a service: the guardian's part then is to see the tree dead, not
/// to die first.
fn block_signals() -> nix::Result<SignalFd> {
    SigSet::all().thread_block()?;
    let mut deaths = SigSet::empty();
    deaths.add(SIGCHLD);
    SignalFd::with_flags(&deaths, SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC)
}

/// Starts CMD in a process group of its own, through [`super::launch()`].
fn start(
    command: &[OsString],
    descriptors: Vec<OwnedFd>,
) -> std::io::Result<(Pid, Option<OwnedFd>)> {
    let mut descriptors = descriptors.into_iter();
    let stdin = descriptors.next().map_or_else(Stdio::null, Stdio::from);
    let hold = descriptors.next();
    if let Some(hold) = &hold {
        fcntl_setfd(hold, FdFlags::empty())?;
    }
    let child = Command::new(super::EXECUTABLE)
        .arg0("elector")
        .arg("launch")
        .arg(getpid().as_raw_pid().to_string())
        .arg("--")
        .args(command)
        .stdin(stdin)
        .process_group(0)
        .spawn()?;
    Ok((Pid::from_child(&child), hold))
}

fn at(moment: Moment) -> Timespec {
    // Zero would disarm the timer.
    timespec(moment.since(Moment::default()).max(Duration::from_nanos(1)))
}

fn timespec(duration: Duration) -> Timespec {
    Timespec {
        tv_sec: i64::try_from(duration.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: duration.subsec_nanos().into(),
    }
}
