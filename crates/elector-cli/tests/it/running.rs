//! `elector run` as a process, on the local store of a scene.

use std::fs::File;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, ExitStatus, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::scene::{Scene, alive, children, until};

/// A running `elector run`. When it is dropped it is killed, and its guardian sees to the rest.
pub(crate) struct Running {
    child: Child,
    status: Option<ExitStatus>,
}

impl Running {
    /// Starts `elector run` with these flags; the candidate is called `name`.
    pub(crate) fn start(scene: &Scene, name: &str, flags: &[&str], command: &[&str]) -> Self {
        Self::of(&mut Self::command(scene, name, flags, command))
    }

    /// The same with its log, and what the command writes to standard error, in the file `log` of the scene.
    pub(crate) fn start_logged(
        scene: &Scene,
        name: &str,
        flags: &[&str],
        command: &[&str],
    ) -> Self {
        let log = File::create(scene.file("log")).unwrap();
        Self::of(Self::command(scene, name, flags, command).stderr(log))
    }

    /// The same before it is started.
    pub(crate) fn command(scene: &Scene, name: &str, flags: &[&str], command: &[&str]) -> Command {
        let mut elector = Command::new(env!("CARGO_BIN_EXE_elector"));
        elector.args(["run", "--election", "test", "--name", name]).args(flags).arg("--");
        elector.args(command);
        elector.env("ELECTOR__BACKEND__LOCAL__FOLDER", scene.path().join("elector"));
        elector
    }

    /// Starts what ends up as `elector run`.
    pub(crate) fn of(command: &mut Command) -> Self {
        let child = command.env_remove("ELECTOR_CONFIG").stdin(Stdio::null()).spawn().unwrap();
        Self { child, status: None }
    }

    pub(crate) fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    pub(crate) fn send(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }

    /// Its guardian: the one child it has.
    pub(crate) fn guardian(&self) -> Pid {
        until("the guardian is there", || children(self.pid()).first().copied())
    }

    pub(crate) fn is_running(&self) -> bool {
        alive(self.pid())
    }

    /// Its exit code; 128 + n if it died by signal n.
    pub(crate) fn code(&mut self) -> i32 {
        let child = &mut self.child;
        let status = until("elector run has ended", || child.try_wait().unwrap());
        self.status = Some(status);
        status.code().unwrap_or_else(|| 128 + status.signal().unwrap())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.status.is_none() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// The record of the election in the scene.
pub(crate) fn record(scene: &Scene) -> String {
    std::fs::read_to_string(record_file(scene)).unwrap_or_default()
}

pub(crate) fn record_file(scene: &Scene) -> std::path::PathBuf {
    scene.path().join("elector/test.election")
}
