//! What the guardian does for its command: start, signals, exit codes, the hold.

use std::fs::{self, File};
use std::io::{IoSlice, Read as _};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use elector::clock::Moment;
use rustix::cmsg_space;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::net::{
    AddressFamily, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags, SocketFlags,
    SocketType, recv, sendmsg, socketpair,
};
use rustix::process::{Pid, Signal, kill_process};

use crate::scene::{PATIENCE, Scene, alive, now, until, until_dead};

/// A guardian under test; the test stands in for `elector`.
pub(crate) struct Guarded {
    pub(crate) control: Option<OwnedFd>,
    child: Child,
}

/// When a guardian under test acts.
#[derive(Clone, Copy)]
pub(crate) struct Times {
    pub(crate) deadline: Moment,
    pub(crate) grace: Duration,
    pub(crate) margin: Duration,
}

impl Times {
    /// Nothing happens before the test has ended.
    pub(crate) fn far() -> Self {
        Self { deadline: now() + 3 * PATIENCE, grace: PATIENCE, margin: Duration::from_millis(100) }
    }

    pub(crate) fn with_grace(self, grace: Duration) -> Self {
        Self { grace, ..self }
    }
}

impl Guarded {
    pub(crate) fn start(command: &[&str], times: Times) -> Self {
        let null = File::open("/dev/null").unwrap();
        Self::start_with(command, times, &[null.as_fd()], Stdio::null())
    }

    pub(crate) fn start_with(
        command: &[&str],
        times: Times,
        descriptors: &[BorrowedFd<'_>],
        stdout: Stdio,
    ) -> Self {
        let flags = SocketFlags::CLOEXEC;
        let (ours, theirs) =
            socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, flags, None).unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_elector"))
            .args(["guardian", "--"])
            .args(command)
            .stdin(Stdio::from(theirs))
            .stdout(stdout)
            .spawn()
            .unwrap();
        let guarded = Self { control: Some(ours), child };
        let Times { deadline, grace, margin } = times;
        let start =
            format!("start {} {} {}", deadline.as_nanos(), grace.as_nanos(), margin.as_nanos());
        guarded.send(&start, descriptors);
        guarded
    }

    pub(crate) fn order(&self, text: &str) {
        self.send(text, &[]);
    }

    fn send(&self, text: &str, descriptors: &[BorrowedFd<'_>]) {
        let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(2))];
        let mut control = SendAncillaryBuffer::new(&mut space);
        if !descriptors.is_empty() {
            assert!(control.push(SendAncillaryMessage::ScmRights(descriptors)));
        }
        let bytes = [IoSlice::new(text.as_bytes())];
        sendmsg(self.control.as_ref().unwrap(), &bytes, &mut control, SendFlags::NOSIGNAL).unwrap();
    }

    /// The next report, if it comes by `deadline`; empty when the guardian has closed its end.
    pub(crate) fn report_by(&self, deadline: Moment) -> Option<String> {
        let control = self.control.as_ref().unwrap();
        let left = deadline.since(now());
        let timeout =
            Timespec { tv_sec: left.as_secs() as i64, tv_nsec: left.subsec_nanos().into() };
        let mut sources = [PollFd::new(control, PollFlags::IN)];
        if poll(&mut sources, Some(&timeout)).unwrap() == 0 {
            return None;
        }
        let mut bytes = [0_u8; 128];
        let (length, _) = recv(control, &mut bytes[..], RecvFlags::empty()).unwrap();
        Some(String::from_utf8(bytes[..length].to_vec()).unwrap())
    }

    pub(crate) fn report(&self) -> String {
        self.report_by(now() + PATIENCE).expect("a report of the guardian")
    }

    pub(crate) fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        // Without its control socket it ends its tree and then itself.
        self.control = None;
        if std::thread::panicking() {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
}

#[test]
fn exit_code_is_passed_on() {
    let guarded = Guarded::start(&["sh", "-c", "exit 7"], Times::far());
    assert_eq!(guarded.report(), "exited 7");
    assert_eq!(guarded.report(), "gone");
    assert_eq!(guarded.report(), "");
}

#[test]
fn death_by_a_signal_is_passed_on_also_a_realtime_one() {
    for number in [9, 15, 40] {
        let guarded =
            Guarded::start(&["sh", "-c", &format!("kill -{number} $$; exit 0")], Times::far());
        assert_eq!(guarded.report(), format!("signaled {number}"));
        assert_eq!(guarded.report(), "gone");
    }
}

#[test]
fn command_that_cannot_run_has_the_codes_of_the_shell() {
    let guarded = Guarded::start(&["no-such-program-anywhere"], Times::far());
    assert_eq!(guarded.report(), "exited 127");
    let guarded = Guarded::start(&["/dev/null"], Times::far());
    assert_eq!(guarded.report(), "exited 126");
}

#[test]
fn standard_input_is_the_one_handed_over() {
    let scene = Scene::new();
    fs::write(scene.file("input"), "forty-two\n").unwrap();
    let input = File::open(scene.file("input")).unwrap();
    let (mut reader, writer) = std::io::pipe().unwrap();
    let guarded =
        Guarded::start_with(&["cat"], Times::far(), &[input.as_fd()], Stdio::from(writer));
    assert_eq!(guarded.report(), "exited 0");
    let mut output = String::new();
    reader.read_to_string(&mut output).unwrap();
    assert_eq!(output, "forty-two\n");
}

#[test]
fn command_inherits_no_control_socket() {
    let scene = Scene::new();
    let script = scene.script("fds", r#"note fds "$(ls -l /proc/$$/fd | grep -c socket)""#);
    let guarded = Guarded::start(&["sh", &script], Times::far());
    assert_eq!(guarded.report(), "exited 0");
    assert_eq!(scene.note("fds"), "0");
}

#[test]
fn command_blocks_no_signal_and_dies_with_the_guardian() {
    let scene = Scene::new();
    let script = scene
        .script("mask", r#"here cmd; note mask "$(grep SigBlk /proc/$$/status)"; exec sleep 60"#);
    let guarded = Guarded::start(&["sh", &script], Times::far());
    let command = scene.process("cmd");
    assert!(scene.note("mask").ends_with("\t0000000000000000"));
    kill_process(guarded.pid(), Signal::KILL).unwrap();
    until_dead(command);
}

#[test]
fn signals_are_forwarded_to_the_group_and_not_beyond() {
    let scene = Scene::new();
    let child = scene
        .script("child", "trap 'note child hup' HUP; here child; while :; do sleep 0.01; done");
    let apart = scene
        .script("apart", "trap 'note apart hup' HUP; here apart; while :; do sleep 0.01; done");
    let script = scene.script(
        "cmd",
        &format!("trap 'note cmd hup' HUP; sh {child} & setsid sh {apart} & here cmd; while :; do sleep 0.01; done"),
    );
    let guarded = Guarded::start(&["sh", &script], Times::far());
    let processes = ["cmd", "child", "apart"].map(|name| scene.process(name));
    guarded.order("signal 1");
    assert_eq!(scene.note("cmd"), "hup");
    assert_eq!(scene.note("child"), "hup");
    assert!(!scene.file("apart").exists());
    guarded.order("kill");
    assert_eq!(guarded.report(), "signaled 9");
    assert_eq!(guarded.report(), "gone");
    assert!(processes.iter().all(|pid| !alive(*pid)));
}

#[test]
fn guardian_outlives_the_signals_of_terminals_and_service_managers() {
    let scene = Scene::new();
    let script = scene.script("cmd", "here cmd; exec sleep 60");
    let guarded = Guarded::start(&["sh", &script], Times::far());
    let command = scene.process("cmd");
    for signal in [Signal::TERM, Signal::INT, Signal::HUP, Signal::QUIT, Signal::USR1, Signal::TSTP]
    {
        kill_process(guarded.pid(), signal).unwrap();
    }
    guarded.order("signal 15");
    assert_eq!(guarded.report(), "signaled 15");
    assert_eq!(guarded.report(), "gone");
    assert!(!alive(command));
}

#[test]
fn the_hold_is_let_go_when_the_last_of_the_tree_is_dead() {
    let scene = Scene::new();
    let path = scene.file("lock");
    let locked = File::create(&path).unwrap();
    locked.try_lock().unwrap();
    let null = File::open("/dev/null").unwrap();
    // Whoever closes the descriptor does not free the lock: the guardian holds it as well.
    let closing = "for fd in 3 4 5 6 7 8 9; do eval \"exec $fd>&-\"; done";
    let rest = scene.script("rest", &format!("{closing}; stubborn rest"));
    let wait = "while [ ! -e $SCENE/rest.pid ]; do sleep 0.01; done";
    let script = scene.script("cmd", &format!("{closing}; setsid sh {rest} & {wait}; exit 3"));
    let guarded = Guarded::start_with(
        &["sh", &script],
        Times::far().with_grace(Duration::from_millis(300)),
        &[null.as_fd(), locked.as_fd()],
        Stdio::null(),
    );
    drop(locked);
    assert_eq!(guarded.report(), "exited 3");
    let other = File::open(&path).unwrap();
    assert!(other.try_lock().is_err());
    let rest = scene.process("rest");
    until("the lock is free", || other.try_lock().is_ok().then_some(()));
    assert!(!alive(rest));
    assert_eq!(guarded.report(), "gone");
}
