//! The small process that owns CMD and everything CMD starts.
//!
//! `elector` can be killed or frozen on its own; what it started would run on beside the next leader. So CMD belongs
//! to a process between the two. It hears of every new deadline over a socket, and it kills the whole tree when a
//! deadline comes near without a new one, or when the socket closes. Every descendant is found, whatever sessions it
//! made and whoever its parent was, because the guardian is the subreaper of the tree.
//!
//! Not covered: `elector` and its guardian frozen or killed together, or `elector` frozen and its guardian killed (a
//! frozen guardian is thawed by the death of `elector`); work that CMD hands to somebody outside its tree
//! (a service manager, a container engine, `at`); a descendant that runs as another user, when the guardian may not
//! signal that user's processes. The fencing token is for those.

mod launch;
mod process;
mod tree;
mod wire;

use std::cell::Cell;
use std::ffi::OsString;
use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use elector::clock::Moment;
use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitOptions, waitpid};
use tokio::io::Interest;
use tokio::net::UnixDatagram;

pub(crate) use launch::launch;
pub(crate) use process::main;
pub(crate) use tree::adopt_orphans;
use wire::{Order, Report};

/// This program, also after its file was replaced by another version.
const EXECUTABLE: &str = "/proc/self/exe";
/// How soon orphans are looked for again.
const KILL_AGAIN: Duration = Duration::from_millis(2);

/// What a guardian is given.
#[derive(Debug)]
pub(crate) struct GuardianSpec {
    /// CMD and its arguments.
    pub(crate) command: Vec<OsString>,
    /// What is added to the environment of CMD.
    pub(crate) env: Vec<(&'static str, String)>,
    /// A descriptor that the guardian and CMD hold open as long as somebody of the tree lives.
    pub(crate) hold: Option<OwnedFd>,
    /// By when the tree must be dead, unless a later deadline comes.
    pub(crate) deadline: Moment,
    /// How long the tree has between TERM and KILL.
    pub(crate) grace: Duration,
    /// How long before the deadline KILL is sent at the latest: what the death of the tree may take.
    pub(crate) margin: Duration,
}

/// A running guardian, seen from `elector`.
#[derive(Debug)]
pub(crate) struct Guardian {
    /// Really a `SOCK_SEQPACKET` socket: only its readiness is of use here, and [`wire`] sends and receives.
    control: UnixDatagram,
    pid: Pid,
    /// Children that this process had before, as one has that a shell became by `exec`. They are nobody's tree.
    bystanders: Vec<Pid>,
    gone: Cell<bool>,
}

/// What has become of the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// CMD ended with this code; others of its tree are being stopped.
    Exited(u8),
    /// CMD died by this signal; others of its tree are being stopped.
    Signaled(i32),
    /// CMD could not be started, for this system error.
    Failed(i32),
    /// The guardian stops the tree because no new deadline came.
    Expired,
    /// Nobody of the tree lives; the guardian has nothing left to say.
    Gone,
    /// The guardian died before the tree did: see [`Guardian::end`].
    Died,
}

impl Guardian {
    /// Starts a guardian, and through it CMD. The caller must have called [`adopt_orphans`].
    ///
    /// # Errors
    ///
    /// When the system refuses a socket or a process.
    pub(crate) fn spawn(spec: GuardianSpec) -> io::Result<Self> {
        let (ours, theirs) = wire::pair()?;
        let ours = std::os::unix::net::UnixDatagram::from(ours);
        ours.set_nonblocking(true)?;
        let control = UnixDatagram::from_std(ours)?;
        let stdin = io::stdin();
        let mut descriptors = vec![stdin.as_fd()];
        descriptors.extend(spec.hold.as_ref().map(|hold| hold.as_fd()));
        let GuardianSpec { deadline, grace, margin, .. } = spec;
        let start = Order::Start { deadline, grace, margin };
        wire::send(&control, &start.encode(), &descriptors)?;
        let bystanders = tree::own_children();
        // Last of what can fail: the order to start is on its way, and whoever gets an error releases the election.
        let child = Command::new(EXECUTABLE)
            .arg0("elector")
            .arg("guardian")
            .arg("--")
            .args(spec.command)
            .envs(spec.env)
            .stdin(Stdio::from(theirs))
            .spawn()?;
        Ok(Self { control, pid: Pid::from_child(&child), bystanders, gone: Cell::new(false) })
    }

    /// Tells a later deadline.
    pub(crate) fn extend(&self, deadline: Moment) {
        self.order(Order::Deadline(deadline));
    }

    /// Has a signal sent to CMD's process group.
    pub(crate) fn signal(&self, number: i32) {
        self.order(Order::Signal(number));
    }

    /// Has CMD's process group continued.
    pub(crate) fn resume(&self) {
        self.order(Order::Signal(Signal::CONT.as_raw()));
    }

    /// Has the tree stopped: TERM, and KILL after the grace.
    pub(crate) fn stop(&self) {
        self.order(Order::Stop);
    }

    /// Has the tree killed.
    pub(crate) fn kill(&self) {
        self.order(Order::Kill);
    }

    /// Waits for the next event.
    ///
    /// # Cancel safety
    ///
    /// No event is lost when the future is dropped.
    pub(crate) async fn event(&self) -> Event {
        let next = || self.try_event().ok_or_else(|| io::ErrorKind::WouldBlock.into());
        // Another error than that one is about the socket, not about what it says.
        self.control.async_io(Interest::READABLE, next).await.unwrap_or(Event::Died)
    }

    /// The next event, if it is there: also when the runtime has not noticed it yet.
    pub(crate) fn try_event(&self) -> Option<Event> {
        loop {
            let report = match wire::receive(&self.control, false) {
                Ok(Some((text, _))) => Report::decode(&text),
                Err(Errno::AGAIN | Errno::INTR) => return None,
                Ok(None) | Err(_) => return Some(Event::Died),
            };
            return Some(match report {
                Some(Report::Exited(code)) => Event::Exited(code),
                Some(Report::Signaled(number)) => Event::Signaled(number),
                Some(Report::Failed(errno)) => Event::Failed(errno),
                Some(Report::Expired) => Event::Expired,
                Some(Report::Gone) => {
                    self.gone.set(true);
                    Event::Gone
                }
                None => continue,
            });
        }
    }

    /// Returns when nobody of the tree lives, the guardian included.
    ///
    /// A guardian that reported so is only reaped. Otherwise it is killed, and with it the orphans that it leaves to
    /// this process: all children but those that were there before.
    pub(crate) async fn end(self) {
        loop {
            let mut left = match self.gone.get() {
                true => vec![self.pid],
                false => tree::own_children(),
            };
            left.retain(|pid| !self.bystanders.contains(pid));
            if !self.gone.get() {
                tree::kill_groups(left.clone());
            }
            left.retain(|pid| matches!(waitpid(Some(*pid), WaitOptions::NOHANG), Ok(None)));
            // Whoever died may have left children to this process, so only an empty look at them counts.
            if left.is_empty() && (self.gone.get() || self.is_alone()) {
                return;
            }
            tokio::time::sleep(KILL_AGAIN).await;
        }
    }

    fn is_alone(&self) -> bool {
        tree::own_children().iter().all(|pid| self.bystanders.contains(pid))
    }

    /// An order that cannot be delivered needs no answer here: a guardian that died is seen by [`Guardian::event`],
    /// and one that reads nothing for hundreds of orders is frozen, and the deadline it knows stands.
    fn order(&self, order: Order) {
        match wire::send(&self.control, &order.encode(), &[]) {
            Ok(()) | Err(Errno::PIPE | Errno::CONNRESET) => {}
            Err(errno) => tracing::warn!(?order, "the guardian cannot be told: {errno}"),
        }
    }
}
