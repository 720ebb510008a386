//! Processes that stand for one election, what they say of their terms, and whether two of them led at once.
#![allow(dead_code, unused_imports, reason = "not every test uses all of it")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Duration;

use elector::clock::{BootClock, Clock as _};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::candidate::{PATIENCE, Process};

mod standing;
mod term;

pub(crate) use standing::stand;
pub(crate) use term::Term;

/// The lease of these processes.
pub(crate) const LEASE: Duration = Duration::from_secs(2);
const NAME: &str = "ELECTOR_TEST_NAME";
const DISTRUST: &str = "ELECTOR_TEST_DISTRUST";

/// Now, on the clock that all processes of a host share: the time since its boot.
pub(crate) fn now() -> Duration {
    Duration::from_nanos(BootClock::new().now().as_nanos())
}

/// Runs `test` on all `cases` at once: they mostly wait.
pub(crate) fn at_once<T: Send>(cases: impl IntoIterator<Item = T>, test: impl Fn(T) + Sync) {
    thread::scope(|scope| {
        for case in cases {
            let test = &test;
            scope.spawn(move || test(case));
        }
    });
}

/// Processes that stand for the election of one folder.
#[derive(Debug)]
pub(crate) struct Crowd {
    folder: PathBuf,
    role: &'static str,
    processes: Vec<Process>,
    pub(crate) terms: Vec<Term>,
    /// How many terms the test was told of.
    told: usize,
    /// Whatever else they said, and who.
    pub(crate) lines: Vec<(usize, String)>,
}

impl Crowd {
    /// Nobody yet. The test called `role` calls [`stand`](standing::stand).
    pub(crate) fn of(role: &'static str, folder: &Path) -> Self {
        let folder = folder.to_owned();
        Self { folder, role, processes: Vec::new(), terms: Vec::new(), told: 0, lines: Vec::new() }
    }

    /// Another process under this name; which one.
    pub(crate) fn join(&mut self, name: &str) -> usize {
        self.join_with(name, |_| {})
    }

    /// Another process that distrusts a record that is missing when it starts.
    pub(crate) fn join_distrustful(&mut self, name: &str) -> usize {
        self.join_with(name, |command| {
            command.env(DISTRUST, "yes");
        })
    }

    /// Another process, whose command is changed before it is run.
    pub(crate) fn join_with(&mut self, name: &str, change: impl FnOnce(&mut Command)) -> usize {
        let mut command = Process::command(self.role, &self.folder);
        change(command.env(NAME, name));
        self.processes.push(Process::run(&mut command));
        self.processes.len() - 1
    }

    /// A first process that leads, and `followers` that have seen it lead.
    pub(crate) fn led(role: &'static str, folder: &Path, followers: usize) -> Self {
        let mut crowd = Self::of(role, folder);
        crowd.join("leader");
        let token = crowd.leader().token;
        for number in 0..followers {
            let who = crowd.join(&format!("follower-{number}"));
            crowd.follows(who, token);
        }
        crowd
    }

    /// The process itself.
    pub(crate) fn process(&mut self, who: usize) -> &mut Process {
        &mut self.processes[who]
    }

    /// Waits until this process has seen the term with `token`.
    pub(crate) fn follows(&mut self, who: usize, token: u64) {
        self.hears(who, &format!("follows {token}"));
    }

    /// Waits until this process has said a line with `text` in it.
    pub(crate) fn hears(&mut self, who: usize, text: &str) {
        self.wait(text, |crowd| (crowd.said(who, text) > 0).then_some(()));
    }

    /// How many lines of this process have `text` in them.
    pub(crate) fn said(&self, who: usize, text: &str) -> usize {
        self.lines.iter().filter(|(from, line)| *from == who && line.contains(text)).count()
    }

    /// Waits for the next term that somebody begins, or has begun since the last one that this returned.
    pub(crate) fn leader(&mut self) -> Term {
        let next = self.wait("nobody leads", |crowd| crowd.terms.get(crowd.told).cloned());
        self.told += 1;
        next
    }

    /// Waits until this process has told of the end of its latest term that [`leader`](Self::leader) returned: on a
    /// quick disk it may lead again already.
    pub(crate) fn ended(&mut self, who: usize) -> Term {
        self.wait("its term does not end", |crowd| {
            let term = crowd.terms[..crowd.told].iter().rev().find(|term| term.who == who)?;
            term.until.map(|_| term.clone())
        })
    }

    /// Whether nobody begins a term for so long.
    pub(crate) fn nobody_begins(&mut self, wait: Duration) -> bool {
        let until = now() + wait;
        while now() < until {
            self.listen();
        }
        self.terms.len() == self.told
    }

    /// `kill -9`, waited for. Its term, if it has one, ends before.
    pub(crate) fn kill(&mut self, who: usize) -> Duration {
        self.listen();
        let at = now();
        self.process(who).kill();
        self.process(who).ends();
        let running = |term: &&mut Term| term.who == who && term.until.is_none();
        if let Some(term) = self.terms.iter_mut().find(running) {
            (term.until, term.why) = (Some(at), "killed".to_owned());
        }
        at
    }

    /// `SIGSTOP`, or the signal that thaws.
    pub(crate) fn signal(&mut self, who: usize, signal: Signal) {
        kill(Pid::from_raw(self.process(who).pid().cast_signed()), signal).unwrap();
    }

    /// No term began while an earlier one was found valid, and tokens rose.
    pub(crate) fn judge(&mut self) {
        self.wait("not all earlier terms have ended", |crowd| {
            let latest = crowd.terms.iter().map(|term| term.from).max();
            let over = |term: &Term| term.until.is_some() || Some(term.from) == latest;
            crowd.terms.iter().all(over).then_some(())
        });
        term::judge(&mut self.terms);
    }

    fn wait<T>(&mut self, not: &str, mut what: impl FnMut(&Self) -> Option<T>) -> T {
        let until = now() + PATIENCE;
        loop {
            self.listen();
            if let Some(found) = what(self) {
                return found;
            }
            assert!(now() < until, "within {PATIENCE:?}: {not}: {:?} {:?}", self.terms, self.lines);
        }
    }

    /// Takes in what was said.
    fn listen(&mut self) {
        for who in 0..self.processes.len() {
            while let Some(line) = self.processes[who].line() {
                match line.strip_prefix("term ") {
                    Some(said) => self.heard(who, said),
                    None => self.lines.push((who, line)),
                }
            }
        }
        thread::sleep(Duration::from_millis(2));
    }

    fn heard(&mut self, who: usize, said: &str) {
        let words: Vec<&str> = said.split(' ').collect();
        let token = words[1].parse().unwrap();
        let at = Duration::from_nanos(words[2].parse().unwrap());
        if words[0] == "begins" {
            self.terms.push(Term { who, token, from: at, until: None, why: String::new() });
            return;
        }
        let term = self.terms.iter_mut().find(|term| term.token == token && term.who == who);
        let term = term.unwrap();
        (term.until, term.why) = (Some(at), words[3].to_owned());
    }
}
