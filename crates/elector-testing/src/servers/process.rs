//! A server as a child process that cannot outlive the test.

use std::ffi::OsString;
use std::fs;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tempfile::TempDir;

use super::{Result, ServerError};

/// Starts and signals the server as it is told on its standard input, and answers each order with the server's
/// process id. When its input ends, because this process dropped it or is dead, however it died, it kills the server
/// and removes the folder. It ignores the signals of a terminal and is in a process group of its own, so that nothing
/// meant for the tests ends it first.
const KEEPER: &str = r#"
trap '' HUP INT QUIT TERM
folder=$1 log=$2
shift 2
server=
while read -r order; do
    case $order in
    START) "$@" </dev/null >>"$log" 2>&1 & server=$! ;;
    KILL) kill -s KILL "$server"; wait "$server"; server= ;;
    *) kill -s "$order" "$server" ;;
    esac
    echo "$server"
done
[ -z "$server" ] || { kill -s KILL "$server"; wait "$server"; }
rm -rf "$folder"
"#;

/// How much of the begin and of the end of a log goes into an error.
const LOG_LINES: (usize, usize) = (3, 15);

/// A server, running or killed. Dropping it kills it, waits for its end and removes its folder.
#[derive(Debug)]
pub(crate) struct Process {
    name: &'static str,
    folder: PathBuf,
    log: PathBuf,
    keeper: Mutex<Keeper>,
}

#[derive(Debug)]
struct Keeper {
    shell: Child,
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    server: Option<u32>,
}

impl Process {
    /// Starts `program`, which gets `folder`.
    pub(crate) fn start(
        name: &'static str,
        folder: TempDir,
        program: &Path,
        args: impl IntoIterator<Item = impl Into<OsString>>,
    ) -> Result<Self> {
        let log = folder.path().join(format!("{name}.log"));
        let failed =
            |source| ServerError::new(format!("start {name}"), "no process").because(source);
        let mut shell = Command::new("sh")
            .args(["-c", KEEPER, "sh"])
            .args([folder.path(), &log, program])
            .args(args.into_iter().map(Into::into))
            .current_dir("/")
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(failed)?;
        let (Some(orders), Some(answers)) = (shell.stdin.take(), shell.stdout.take()) else {
            return Err(failed(io::Error::other("its shell has no pipes")));
        };
        let answers = BufReader::new(answers);
        let keeper = Mutex::new(Keeper { shell, orders: Some(orders), answers, server: None });
        let process = Self { name, folder: folder.keep(), log, keeper };
        process.start_again()?;
        Ok(process)
    }

    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Starts it once more after [`Process::kill`].
    pub(crate) fn start_again(&self) -> Result<()> {
        let mut keeper = self.keeper();
        if keeper.server.is_some() {
            return Err(self.failed("start", "it was not killed before"));
        }
        self.order(&mut keeper, "START")
    }

    /// Ends it by SIGKILL; returns when it is gone.
    pub(crate) fn kill(&self) -> Result<()> {
        self.signal("KILL")
    }

    /// Stops it by SIGSTOP.
    pub(crate) fn freeze(&self) -> Result<()> {
        self.signal("STOP")
    }

    /// Lets it go on, by SIGCONT.
    pub(crate) fn thaw(&self) -> Result<()> {
        self.signal("CONT")
    }

    /// Its process id, while it was not killed.
    pub(crate) fn pid(&self) -> Option<u32> {
        self.keeper().server
    }

    /// Whether it ended without having been killed by us. Known on Linux; elsewhere always false.
    pub(crate) fn is_dead(&self) -> bool {
        // The shell has not waited for it, so its id is not another's.
        let stat = |pid| fs::read_to_string(format!("/proc/{pid}/stat"));
        cfg!(target_os = "linux")
            && self.pid().is_some_and(|pid| match stat(pid) {
                Ok(stat) => stat.contains(") Z "),
                Err(_) => true,
            })
    }

    /// The begin and the end of what it wrote: a refused flag is told before the help that follows.
    pub(crate) fn log(&self) -> String {
        let text = fs::read(&self.log).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let mut lines: Vec<_> = text.lines().collect();
        let left_out = lines.len().saturating_sub(LOG_LINES.0 + LOG_LINES.1);
        if left_out > 0 {
            lines.splice(LOG_LINES.0..LOG_LINES.0 + left_out, ["…"]);
        }
        lines.join("\n")
    }

    fn signal(&self, signal: &str) -> Result<()> {
        let mut keeper = self.keeper();
        if keeper.server.is_none() {
            return Err(self.failed(signal, "it does not run"));
        }
        self.order(&mut keeper, signal)
    }

    fn order(&self, keeper: &mut Keeper, order: &str) -> Result<()> {
        let lost = |source| self.failed(order, "its shell is gone").because(source);
        let Some(orders) = keeper.orders.as_mut() else {
            return Err(self.failed(order, "its shell was told to end"));
        };
        orders.write_all(format!("{order}\n").as_bytes()).map_err(lost)?;
        let mut answer = String::new();
        if keeper.answers.read_line(&mut answer).map_err(lost)? == 0 {
            return Err(lost(io::ErrorKind::UnexpectedEof.into()));
        }
        keeper.server = answer.trim().parse().ok();
        Ok(())
    }

    fn keeper(&self) -> MutexGuard<'_, Keeper> {
        self.keeper.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn failed(&self, order: &str, message: &str) -> ServerError {
        ServerError::new(format!("{} {}", order.to_lowercase(), self.name), message)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let keeper = self.keeper.get_mut().unwrap_or_else(PoisonError::into_inner);
        keeper.orders = None;
        // Fails only when somebody else waited for it.
        let _ = keeper.shell.wait();
    }
}
