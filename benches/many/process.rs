//! A candidate process and what the kernel knows of it.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;

use elector_trial::now;
use serde::{Deserialize, Serialize};

use crate::probe::Calls;

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(180);
/// How often the threads of a process are counted.
const LOOK: Duration = Duration::from_millis(10);

/// What a candidate process says. Stamps are nanoseconds of the host's boot-time clock.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Line {
    Started { at: u64 },
    Leads { election: usize, at: u64 },
    Follows,
    Lost { election: usize, why: String },
    Counts(Calls),
}

/// A child that stands in many elections. Killed when dropped.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    lines: Receiver<Line>,
    pub(crate) started: u64,
    /// When each election was won last, by its number.
    pub(crate) led: Vec<Option<u64>>,
    follows: usize,
    pub(crate) lost: usize,
    calls: Option<Calls>,
    /// The most threads that were seen.
    pub(crate) most_threads: usize,
}

/// What a process has and has used.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Usage {
    pub(crate) descriptors: usize,
    pub(crate) inotify: usize,
    pub(crate) sockets: usize,
    pub(crate) rss_kib: u64,
    pub(crate) cpu: Duration,
}

impl Process {
    pub(crate) fn start(folder: &Path, name: &str, elections: usize, lease: Duration) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .arg("candidate")
            .arg(folder)
            .args([name, &elections.to_string(), &lease.as_millis().to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = mpsc::channel();
        std::thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                let Ok(line) = serde_json::from_str(&line) else { continue };
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        let (led, calls) = (vec![None; elections], None);
        let (started, follows, lost, most_threads) = (0, 0, 0, 0);
        let mut process = Self { child, lines, started, led, follows, lost, calls, most_threads };
        process.until(|process| process.started > 0);
        process
    }

    /// Waits until it leads all its elections.
    pub(crate) fn leads_all(&mut self) {
        self.until(|process| process.led.iter().all(Option::is_some));
    }

    /// Waits until it knows the leader of all its elections.
    pub(crate) fn follows_all(&mut self) {
        self.until(|process| process.follows == process.led.len());
    }

    /// What became of its calls so far.
    pub(crate) fn calls(&mut self) -> Calls {
        self.calls = None;
        self.child.stdin.as_mut().unwrap().write_all(b"\n").unwrap();
        self.until(|process| process.calls.is_some());
        self.calls.unwrap()
    }

    /// `kill -9`; when it was sent.
    pub(crate) fn kill(&mut self) -> u64 {
        let at = now();
        self.child.kill().unwrap();
        at
    }

    /// What it has now.
    pub(crate) fn usage(&self) -> Usage {
        let links = fs::read_dir(format!("/proc/{}/fd", self.child.id())).unwrap().flatten();
        let links: Vec<_> = links.filter_map(|entry| fs::read_link(entry.path()).ok()).collect();
        let inotify = links.iter().filter(|link| link.ends_with("anon_inode:inotify")).count();
        let is_socket = |link: &&PathBuf| link.to_string_lossy().starts_with("socket:");
        let (descriptors, sockets) = (links.len(), links.iter().filter(is_socket).count());
        let (rss_kib, cpu) = (self.status("VmRSS:"), self.cpu());
        Usage { descriptors, inotify, sockets, rss_kib, cpu }
    }

    /// Processor time of all threads so far, the ended ones included, in ticks of 10 ms.
    fn cpu(&self) -> Duration {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        let after_name = stat.rsplit(')').next().unwrap();
        let fields = after_name.split_whitespace().skip(11).take(2);
        Duration::from_millis(10 * fields.map(|ticks| ticks.parse::<u64>().unwrap()).sum::<u64>())
    }

    /// A number of the kernel's status of the process.
    fn status(&self, key: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(key)).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }

    /// Counts its threads.
    pub(crate) fn look(&mut self) {
        self.most_threads = self.most_threads.max(self.status("Threads:") as usize);
    }

    fn until(&mut self, done: impl Fn(&Self) -> bool) {
        let deadline = now() + PATIENCE.as_nanos() as u64;
        while !done(self) {
            assert!(now() < deadline, "not within {PATIENCE:?}");
            match self.lines.recv_timeout(LOOK) {
                Ok(line) => self.take(line),
                Err(RecvTimeoutError::Timeout) => self.look(),
                Err(RecvTimeoutError::Disconnected) => panic!("a candidate process ended"),
            }
        }
    }

    fn take(&mut self, line: Line) {
        match line {
            Line::Started { at } => self.started = at,
            Line::Leads { election, at } => self.led[election] = Some(at),
            Line::Follows => self.follows += 1,
            Line::Lost { election, why } => {
                eprintln!("lost election {election}: {why}");
                self.lost += 1;
            }
            Line::Counts(calls) => self.calls = Some(calls),
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
