//! A candidate process, seen from its parent.

use std::io::{BufRead as _, BufReader, Error, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::Sender;
use std::thread;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::error::{Result, TrialError};
use crate::line::{Event, ProcessId};

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
        let pid = Pid::from_raw(self.child.id().cast_signed());
        kill(pid, signal).map_err(|errno| self.failed("send it a signal", errno.into()))
    }

    /// Makes it say its requests.
    pub(crate) fn ask(&mut self) -> Result<()> {
        let stdin = self.child.stdin.as_mut();
        let asked = match stdin {
            Some(stdin) => stdin.write_all(b"\n"),
            None => Err(Error::other("it has no input")),
        };
        asked.map_err(|source| self.failed("ask it", source))
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
