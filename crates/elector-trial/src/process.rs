//! A candidate process, seen from its parent.

use std::io::{BufRead as _, BufReader, Error, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::Sender;
use std::thread;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
#[cfg(target_os = "linux")]
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};
use nix::unistd::Pid;

use crate::error::{Result, TrialError};
use crate::line::{Event, ProcessId};

/// How often it is looked whether a process has stopped, and for how long at most: a busy machine takes its time.
#[cfg(target_os = "linux")]
const STOP_LOOK: Duration = Duration::from_micros(200);
#[cfg(target_os = "linux")]
const STOP_LOOKS: u32 = 10_000;

/// What a command for a candidate process has to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CandidateSpec {
    /// The candidate's name.
    pub name: String,
    /// How long its lease lasts.
    pub lease_duration: Duration,
    /// How fast its elector's clock shall run, in hundredths of real time; 100 outside of trials with wrong clocks.
    pub clock_percent: u32,
}

/// The `clock_percent` of a clock that is right.
pub(crate) const RIGHT_CLOCK: u32 = 100;

/// A child that contends. Killed when dropped, frozen or not.
#[derive(Debug)]
pub(crate) struct Process {
    pub(crate) name: String,
    child: Child,
}

impl Process {
    /// Starts `command`; what it says goes to `events` as that of `id`.
    pub(crate) fn start(
        mut command: Command,
        name: &str,
        id: ProcessId,
        events: Sender<Event>,
    ) -> Result<Self> {
        let failed = |source| TrialError::Process {
            candidate: name.to_owned(),
            operation: "start its process",
            source,
        };
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().map_err(failed)?;
        let stdout = child.stdout.take();
        let process = Self { name: name.to_owned(), child };
        let stdout = stdout.ok_or_else(|| failed(Error::other("it has no output")))?;
        thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                // A line that was cut off by a kill, or that is no line of a candidate, claims nothing.
                for text in BufReader::new(stdout).lines().map_while(Result::ok) {
                    let Ok(line) = serde_json::from_str(&text) else { continue };
                    if events.send(Event { process: id, line: Some(line) }).is_err() {
                        return;
                    }
                }
                let _ = events.send(Event { process: id, line: None });
            })
            .map_err(failed)?;
        Ok(process)
    }

    /// The process id. Its own until the process was waited for, which only dropping does.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn send(&self, signal: Signal) -> Result<()> {
        kill(self.id(), signal).map_err(|errno| self.failed("send it a signal", errno.into()))
    }

    /// Stops it, and returns when none of its threads runs any more.
    pub(crate) fn stop(&self) -> Result<()> {
        self.send(Signal::SIGSTOP)?;
        #[cfg(target_os = "linux")]
        for _ in 0..STOP_LOOKS {
            // Not `WEXITED`: its end is for `drop` to wait for.
            let looked = waitid(Id::Pid(self.id()), WaitPidFlag::WSTOPPED | WaitPidFlag::WNOHANG);
            if looked != Ok(WaitStatus::StillAlive) {
                break;
            }
            thread::sleep(STOP_LOOK);
        }
        Ok(())
    }

    fn id(&self) -> Pid {
        Pid::from_raw(self.child.id().cast_signed())
    }

    /// Writes a line to its standard input. Any makes a candidate of this crate say its requests.
    pub(crate) fn tell(&mut self, line: &str) -> Result<()> {
        let told = match self.child.stdin.as_mut() {
            Some(stdin) => stdin.write_all(format!("{line}\n").as_bytes()),
            None => Err(Error::other("it has no input")),
        };
        told.map_err(|source| self.failed("tell it something", source))
    }

    /// Closes its standard input, on which it ends.
    pub(crate) fn end(&mut self) {
        self.child.stdin = None;
    }

    fn failed(&self, operation: &'static str, source: Error) -> TrialError {
        TrialError::Process { candidate: self.name.clone(), operation, source }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Both fail only for a process that is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_process_that_was_stopped_runs_no_more() {
        let mut command = Command::new("sh");
        command.args(["-c", "while :; do :; done"]);
        let (events, _heard) = std::sync::mpsc::channel();
        let process = Process::start(command, "busy", ProcessId(0), events).unwrap();
        for _ in 0..20 {
            process.stop().unwrap();
            let stat = std::fs::read_to_string(format!("/proc/{}/stat", process.pid())).unwrap();
            assert!(stat.contains(") T "), "{stat}");
            process.send(Signal::SIGCONT).unwrap();
        }
    }
}
