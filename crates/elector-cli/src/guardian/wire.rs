//! What `elector run` and its guardian say to each other.
//!
//! One message is one packet of a `SOCK_SEQPACKET` socket, in text. The first order carries descriptors.

use std::io::{IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use elector::clock::Moment;
use rustix::cmsg_space;
use rustix::io::{Errno, Result};
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, SocketFlags, SocketType, recvmsg, sendmsg, socketpair,
};

/// The descriptors of a start: standard input, and perhaps the hold.
const MAX_DESCRIPTORS: usize = 2;
const MAX_LENGTH: usize = 512;

/// What the guardian is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// Start the command.
    Start {
        /// As in [`Order::Deadline`].
        deadline: Moment,
        /// How long the tree has between TERM and KILL.
        grace: Duration,
        /// How long before the deadline KILL is sent at the latest.
        margin: Duration,
    },
    /// The tree must be dead by this moment of the boot-time clock, unless another such order comes first.
    Deadline(Moment),
    /// Send this signal to the command's process group.
    Signal(i32),
    /// Stop the tree: TERM, and KILL after the grace.
    Stop,
    /// Stop the tree: KILL.
    Kill,
}

/// What the guardian answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Report {
    /// The command ended with this code; others of its tree may still live.
    Exited(u8),
    /// The command died by this signal; others of its tree may still live.
    Signaled(i32),
    /// The command could not be started, for this system error.
    Failed(i32),
    /// The deadline came near without a new one, and the tree is being stopped.
    Expired,
    /// Nobody of the tree lives. The last report.
    Gone,
}

impl Order {
    pub(crate) fn encode(self) -> String {
        match self {
            Self::Start { deadline, grace, margin } => {
                format!("start {} {} {}", deadline.as_nanos(), grace.as_nanos(), margin.as_nanos())
            }
            Self::Deadline(at) => format!("deadline {}", at.as_nanos()),
            Self::Signal(number) => format!("signal {number}"),
            Self::Stop => "stop".into(),
            Self::Kill => "kill".into(),
        }
    }

    pub(crate) fn decode(text: &str) -> Option<Self> {
        let words: Vec<&str> = text.split(' ').collect();
        Some(match words[..] {
            ["start", deadline, grace, margin] => Self::Start {
                deadline: Moment::from_nanos(deadline.parse().ok()?),
                grace: Duration::from_nanos(grace.parse().ok()?),
                margin: Duration::from_nanos(margin.parse().ok()?),
            },
            ["deadline", at] => Self::Deadline(Moment::from_nanos(at.parse().ok()?)),
            ["signal", number] => Self::Signal(number.parse().ok()?),
            ["stop"] => Self::Stop,
            ["kill"] => Self::Kill,
            _ => return None,
        })
    }
}

impl Report {
    pub(crate) fn encode(self) -> String {
        match self {
            Self::Exited(code) => format!("exited {code}"),
            Self::Signaled(number) => format!("signaled {number}"),
            Self::Failed(errno) => format!("failed {errno}"),
            Self::Expired => "expired".into(),
            Self::Gone => "gone".into(),
        }
    }

    pub(crate) fn decode(text: &str) -> Option<Self> {
        let words: Vec<&str> = text.split(' ').collect();
        Some(match words[..] {
            ["exited", code] => Self::Exited(code.parse().ok()?),
            ["signaled", number] => Self::Signaled(number.parse().ok()?),
            ["failed", errno] => Self::Failed(errno.parse().ok()?),
            ["expired"] => Self::Expired,
            ["gone"] => Self::Gone,
            _ => return None,
        })
    }
}

/// Makes the two ends of a control socket. No program that is started inherits them.
pub(crate) fn pair() -> Result<(OwnedFd, OwnedFd)> {
    socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)
}

/// Sends one message without waiting.
pub(crate) fn send(socket: impl AsFd, text: &str, descriptors: &[BorrowedFd<'_>]) -> Result<()> {
    let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(MAX_DESCRIPTORS))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    if !descriptors.is_empty() && !control.push(SendAncillaryMessage::ScmRights(descriptors)) {
        return Err(Errno::NOBUFS);
    }
    let flags = SendFlags::DONTWAIT | SendFlags::NOSIGNAL;
    sendmsg(socket, &[IoSlice::new(text.as_bytes())], &mut control, flags)?;
    Ok(())
}

/// One message and its descriptors; `None` when the other end is closed. `wait` makes it wait for one.
pub(crate) fn receive(socket: impl AsFd, wait: bool) -> Result<Option<(String, Vec<OwnedFd>)>> {
    let mut bytes = [0; MAX_LENGTH];
    let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(MAX_DESCRIPTORS))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let flags = if wait { RecvFlags::empty() } else { RecvFlags::DONTWAIT };
    let flags = flags | RecvFlags::CMSG_CLOEXEC;
    let length = loop {
        match recvmsg(&socket, &mut [IoSliceMut::new(&mut bytes)], &mut control, flags) {
            Ok(message) => break message.bytes,
            // The other end was closed while messages of ours waited there. The kernel says so once, and before it
            // gives out what the other end had sent.
            Err(Errno::CONNRESET) => {}
            Err(errno) => return Err(errno),
        }
    };
    if length == 0 {
        return Ok(None);
    }
    let mut descriptors = Vec::new();
    for message in control.drain() {
        if let RecvAncillaryMessage::ScmRights(received) = message {
            descriptors.extend(received);
        }
    }
    Ok(Some((String::from_utf8_lossy(&bytes[..length]).into_owned(), descriptors)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_message_is_read_as_it_was_written() {
        let deadline = Moment::from_nanos(7);
        let (grace, margin) = (Duration::from_secs(2), Duration::from_millis(1));
        let orders = [
            Order::Start { deadline, grace, margin },
            Order::Deadline(deadline),
            Order::Signal(15),
            Order::Stop,
            Order::Kill,
        ];
        for order in orders {
            assert_eq!(Order::decode(&order.encode()), Some(order));
        }
        let reports = [
            Report::Exited(3),
            Report::Signaled(9),
            Report::Failed(11),
            Report::Expired,
            Report::Gone,
        ];
        for report in reports {
            assert_eq!(Report::decode(&report.encode()), Some(report));
        }
        assert_eq!(Order::decode("stop now"), None);
    }

    #[test]
    fn what_was_sent_before_the_end_is_read_when_the_other_end_read_nothing() {
        let (ours, theirs) = pair().unwrap();
        send(&theirs, "exited 3", &[]).unwrap();
        send(&theirs, "gone", &[]).unwrap();
        send(&ours, "signal 15", &[]).unwrap();
        drop(theirs);
        let text = || receive(&ours, false).unwrap().map(|(text, _)| text);
        assert_eq!(text().as_deref(), Some("exited 3"));
        assert_eq!(text().as_deref(), Some("gone"));
        assert_eq!(text(), None);
    }

    #[test]
    fn a_message_carries_descriptors_and_the_end_is_seen() {
        let (ours, theirs) = pair().unwrap();
        send(&ours, "stop", &[ours.as_fd(), theirs.as_fd()]).unwrap();
        let (text, descriptors) = receive(&theirs, true).unwrap().unwrap();
        assert_eq!((text.as_str(), descriptors.len()), ("stop", 2));
        assert_eq!(receive(&theirs, false).unwrap_err(), Errno::AGAIN);
        drop(descriptors);
        drop(ours);
        assert!(receive(&theirs, true).unwrap().is_none());
    }
}
