//! A folder in which scripts leave their process ids, and ways to wait for what they do.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use elector::clock::{BootClock, Clock as _, Moment};
use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// How long a test waits for something that must happen: long, because a loaded machine can stall for many seconds.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Shell functions for the scripts of the tests.
///
/// `here NAME` leaves the shell's process id; `stubborn NAME` goes on for ever, whatever it is asked.
const PRELUDE: &str = r#"
here() { echo $$ > "$SCENE/$1.new" && mv "$SCENE/$1.new" "$SCENE/$1.pid"; }
note() { echo "$2" > "$SCENE/$1.new" && mv "$SCENE/$1.new" "$SCENE/$1"; }
stubborn() { trap '' TERM INT HUP QUIT USR1 USR2; here "$1"; while :; do sleep 1; done; }
"#;

/// The folder. When it is dropped, every process that left its id is killed.
pub(crate) struct Scene {
    dir: TempDir,
}

impl Scene {
    pub(crate) fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    /// Takes the store's folder away, or puts it back: at once, so that no record is ever missing. A loop of links stands in
    /// its place meanwhile, which nobody can read, root included.
    pub(crate) fn swap_store(&self) {
        let (folder, away) = (self.file("elector"), self.file("away"));
        if fs::symlink_metadata(&away).is_err() {
            std::os::unix::fs::symlink(&folder, &away).unwrap();
        }
        renameat_with(CWD, &folder, CWD, &away, RenameFlags::EXCHANGE).unwrap();
    }

    /// A script file with the shell functions; started as `sh FILE`.
    pub(crate) fn script(&self, name: &str, body: &str) -> String {
        let path = self.file(&format!("{name}.sh"));
        fs::write(&path, format!("SCENE='{}'\n{PRELUDE}\n{body}\n", self.path().display()))
            .unwrap();
        path.to_str().unwrap().into()
    }

    /// The process that called `here NAME`.
    pub(crate) fn process(&self, name: &str) -> Pid {
        let path = self.file(&format!("{name}.pid"));
        let text = self.text_of(&path);
        Pid::from_raw(text.parse().unwrap()).unwrap()
    }

    /// What a script wrote with `note NAME TEXT`.
    pub(crate) fn note(&self, name: &str) -> String {
        self.text_of(&self.file(name))
    }

    fn text_of(&self, path: &Path) -> String {
        until(&format!("{} is there", path.display()), || fs::read_to_string(path).ok())
            .trim()
            .to_owned()
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        for entry in fs::read_dir(self.path()).into_iter().flatten().flatten() {
            let path = entry.path();
            let left = path.extension().is_some_and(|extension| extension == "pid");
            if !left {
                continue;
            }
            let pid = fs::read_to_string(&path).ok().and_then(|text| text.trim().parse().ok());
            if let Some(pid) = pid.and_then(Pid::from_raw).filter(|pid| alive(*pid)) {
                let _ = kill_process(pid, Signal::KILL);
            }
        }
    }
}

/// Runs a test that holds a deadline of less than seconds. When it fails while the whole machine stood still, which no
/// timer survives, it is run again.
pub(crate) fn on_a_steady_machine(test: impl Fn()) {
    const STALL: Duration = Duration::from_millis(100);
    for _ in 0..10 {
        let (longest, over) =
            (Arc::new(Mutex::new(Duration::ZERO)), Arc::new(AtomicBool::new(false)));
        let watcher = std::thread::spawn({
            let (longest, over) = (Arc::clone(&longest), Arc::clone(&over));
            move || {
                while !over.load(Ordering::Relaxed) {
                    let before = now();
                    std::thread::sleep(Duration::from_millis(5));
                    let mut longest = longest.lock().unwrap();
                    *longest = longest.max(now().since(before));
                }
            }
        });
        let outcome = catch_unwind(AssertUnwindSafe(&test));
        over.store(true, Ordering::Relaxed);
        watcher.join().unwrap();
        let longest = *longest.lock().unwrap();
        match outcome {
            Ok(()) => return,
            Err(failure) if longest < STALL => resume_unwind(failure),
            Err(_) => eprintln!("the machine stood still for {longest:?}: once more"),
        }
    }
    panic!("the machine stands still all the time");
}

pub(crate) fn now() -> Moment {
    BootClock::new().now()
}

/// Whether a process runs; a dead one that nobody reaped does not.
pub(crate) fn alive(pid: Pid) -> bool {
    state(pid).is_some_and(|state| !"ZX".contains(state))
}

/// The kernel's letter for what a process does.
pub(crate) fn state(pid: Pid) -> Option<char> {
    let stat = fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_pid())).ok()?;
    stat.rsplit_once(") ")?.1.chars().next()
}

/// Whether a process is stopped. A shell that waits for its child to become another program (vfork) is, with that child.
pub(crate) fn is_stopped(pid: Pid) -> bool {
    match state(pid) {
        Some('T') => true,
        Some('D') => children(pid).into_iter().any(|child| state(child) == Some('T')),
        _ => false,
    }
}

/// The children of a process.
pub(crate) fn children(pid: Pid) -> Vec<Pid> {
    let tasks = fs::read_dir(format!("/proc/{}/task", pid.as_raw_pid()));
    let lists = tasks.into_iter().flatten().flatten();
    let lists = lists.filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
    let list: String = lists.collect();
    list.split_whitespace().filter_map(|number| Pid::from_raw(number.parse().ok()?)).collect()
}

/// Waits until `condition` gives a value.
pub(crate) fn until<T>(what: &str, mut condition: impl FnMut() -> Option<T>) -> T {
    let patient_until = now() + PATIENCE;
    loop {
        if let Some(value) = condition() {
            return value;
        }
        assert!(now() < patient_until, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Waits until a process is dead.
pub(crate) fn until_dead(pid: Pid) {
    until(&format!("process {pid:?} is dead"), || (!alive(pid)).then_some(()));
}
