//! One row, played.

use std::fs::{self, File};
use std::os::unix::process::CommandExt as _;
use std::time::Duration;

use elector::clock::Moment;
use rustix::process::{Pid, Signal};

use super::{Code, Election, Next, Row};
use crate::running::{Running, record, record_file};
use crate::scene::{Scene, alive, is_stopped, now, until};

/// Shell functions of the commands.
///
/// Each writes down the signals that it got. `polite` dies by the first one, `deaf` by none. Both write down if the
/// election is released while they live, and with `ended` that they end by themselves: who has not, was killed.
pub(super) const FUNCTIONS: &str = r#"
saw() { echo $1 >> "$SCENE/saw"; }
ended() { note "$1-ended" yes; }
look() { while read -r line; do case $line in released*) : > "$SCENE/early";; esac; done < "$SCENE/elector/test.election"; }
wait_for_ever() { here "$1"; while :; do [ -e "$SCENE/elector/test.election" ] && look; sleep 0.03; done; }
polite() {
  for s in TERM INT HUP QUIT USR1 USR2; do trap "saw $s; ended $1; trap - $s; kill -$s \$\$" $s; done
  wait_for_ever "$1"
}
deaf() { for s in TERM INT HUP QUIT USR1 USR2; do trap "saw $s" $s; done; wait_for_ever "$1"; }
deaf_and_looking() { trap "saw TERM" TERM; here "$1"; while :; do look; done; }
"#;

/// The next candidate's command writes down whether it is alone.
const NEXT: &str = r#"
alive=; for pid in $(cat "$SCENE"/cmd.pid "$SCENE"/left.pid 2>/dev/null); do
  kill -0 $pid 2>/dev/null && alive="$alive $pid"
done
note found "${alive:-nobody}"
"#;

/// Long: whatever happens before it has run out, happens for another reason.
const LONG: &str = "60s";
pub(super) const SHORT: &str = "2s";
/// Well below the long lease.
const AT_ONCE: Duration = Duration::from_secs(20);

/// A row that is being played: candidate `a` is the one that ends.
pub(super) struct Play {
    row: &'static Row,
    pub(super) scene: Scene,
    pub(super) lease: &'static str,
    a: Option<Running>,
    /// The next candidate.
    b: Option<Running>,
    /// Another that leads meanwhile.
    pub(super) other: Option<Running>,
    suspended: bool,
}

impl Play {
    pub(super) fn new(row: &'static Row) -> Self {
        let waits = row.next == Next::WhenTheLeaseHasRunOut || row.election == Election::Kept;
        let lease = if waits { SHORT } else { LONG };
        let scene = Scene::new();
        Self { row, scene, lease, a: None, b: None, other: None, suspended: false }
    }

    /// Acts, and compares every column.
    pub(super) fn through(mut self) {
        let what = self.row.what;
        let begin = now();
        (self.row.act)(&mut self);
        let code = match self.row.code {
            Code::Is(_) => Code::Is(self.a().code()),
            Code::GoesOn => {
                assert!(self.a().is_running(), "{what}");
                Code::GoesOn
            }
        };
        assert_eq!(code, self.row.code, "{what}: {}", self.log());
        self.compare_election();
        self.compare_next(begin);
        assert_eq!(self.sent(), self.row.sent, "{what}");
        assert!(!self.scene.file("early").exists(), "{what}: released under running work");
    }

    /// Starts `a` with these flags and this command.
    pub(super) fn start(&mut self, flags: &[&str], command: &[&str]) {
        let flags = [&["--lease-duration", self.lease], flags].concat();
        let mut program = Running::command(&self.scene, "a", &flags, command);
        if self.lease == LONG {
            program.env("ELECTOR__ELECTION__STOP_BUDGET", "500ms");
        }
        // As a shell starts it, which continues what it stops.
        program.process_group(0);
        program.stderr(File::create(self.scene.file("log")).unwrap());
        self.a = Some(Running::of(&mut program));
    }

    /// Starts `a`, which leads with a script of this body.
    pub(super) fn lead(&mut self, flags: &[&str], body: &str) {
        let script = self.scene.script("cmd", &format!("{FUNCTIONS}\n{body}"));
        self.start(flags, &["sh", &script]);
    }

    /// The same, and waits until the process called `cmd` is there.
    pub(super) fn lead_until_there(&mut self, flags: &[&str], body: &str) -> Pid {
        self.lead(flags, body);
        let command = self.scene.process("cmd");
        if self.row.next == Next::WhenTheLeaseHasRunOut {
            self.start_next();
            until("the next candidate watches", || {
                fs::read_to_string(self.scene.file("next-log"))
                    .ok()?
                    .contains("following")
                    .then_some(())
            });
        }
        command
    }

    /// Starts `a` behind another that leads.
    pub(super) fn wait_behind_another(&mut self, flags: &[&str]) {
        let script = self.scene.script("other", "here other; exec sleep 1000");
        self.other = Some(Running::start(&self.scene, "x", &[], &["sh", &script]));
        self.scene.process("other");
        self.lead(flags, "deaf cmd");
        if self.row.code != Code::Is(69) {
            let pid = self.a().pid();
            until("it listens to signals", || listens(pid).then_some(()));
        }
    }

    pub(super) fn a(&mut self) -> &mut Running {
        self.a.as_mut().unwrap()
    }

    pub(super) fn send(&mut self, signal: Signal) {
        self.a().send(signal);
        let pid = self.a().pid();
        let pending = || signals(pid, "ShdPnd") & (1 << (signal.as_raw() - 1)) != 0;
        until("the signal has arrived", || (!alive(pid) || !pending()).then_some(()));
    }

    /// Waits until CMD has seen this many signals.
    pub(super) fn until_saw(&self, number: usize) {
        until("CMD has seen the signal", || {
            let saw = fs::read_to_string(self.scene.file("saw")).ok()?;
            (saw.lines().count() == number).then_some(())
        });
    }

    /// Waits until `a` and CMD are stopped.
    pub(super) fn until_suspended(&mut self, command: Pid) {
        for pid in [command, self.a().pid()] {
            until("it is stopped", || is_stopped(pid).then_some(()));
        }
        self.suspended = true;
    }

    /// Waits until `a` and CMD go on.
    pub(super) fn until_awake(&mut self, command: Pid) {
        for pid in [command, self.a().pid()] {
            until("it goes on", || (!is_stopped(pid)).then_some(()));
        }
    }

    /// Waits until the next candidate's command has run.
    pub(super) fn until_next(&self) {
        assert_eq!(self.scene.note("found"), "nobody");
    }

    fn start_next(&mut self) {
        let script = self.scene.script("next", NEXT);
        let flags = ["--lease-duration", self.lease];
        let mut program = Running::command(&self.scene, "b", &flags, &["sh", &script]);
        program.stderr(File::create(self.scene.file("next-log")).unwrap());
        self.b = Some(Running::of(&mut program));
    }

    fn log(&self) -> String {
        fs::read_to_string(self.scene.file("log")).unwrap_or_default()
    }

    fn compare_election(&self) {
        let record = record(&self.scene);
        let by = |name: &str| record.contains(&format!("\"{name}\""));
        let released = record.contains("\nreleased = ");
        let found = match self.row.election {
            Election::Released => released,
            Election::Kept => {
                until("it is renewed", || (self::record(&self.scene) != record).then_some(()));
                by("a") && !self::record(&self.scene).contains("\nreleased = ")
            }
            // Whoever waited leads by now; that it waited for the lease is compared with the last column.
            Election::NotReleased => self.b.is_some() || (by("a") && !released),
            Election::Untouched => record.is_empty() || by("x"),
            Election::Anothers => by("rival"),
            Election::Deleted => self.b.is_some() || !record_file(&self.scene).exists(),
        };
        assert!(found, "{}: {:?}\n{record}", self.row.what, self.row.election);
    }

    fn compare_next(&mut self, begin: Moment) {
        let what = self.row.what;
        match self.row.next {
            Next::AtOnce => {
                let free = now();
                self.start_next();
                self.until_next();
                assert!(now().since(free) < AT_ONCE, "{what}");
            }
            Next::WhenTheLeaseHasRunOut => {
                self.until_next();
                // A lease counts from the renewal before the end.
                assert!(now().since(begin) > Duration::from_secs(1), "{what}");
            }
            Next::Already => assert!(!record(&self.scene).contains("\"a\""), "{what}"),
            Next::NotYet => assert!(self.b.is_none(), "{what}"),
        }
        if let Some(b) = &mut self.b {
            assert_eq!(b.code(), 0, "{what}");
        }
    }

    /// What the tree was sent, as far as it could tell, and KILL if one of it died of that.
    fn sent(&self) -> Vec<String> {
        let saw = fs::read_to_string(self.scene.file("saw")).unwrap_or_default();
        let mut sent: Vec<String> = self.suspended.then(|| "TSTP".into()).into_iter().collect();
        sent.extend(saw.lines().map(str::to_owned));
        let killed = |name: &&str| {
            let there = self.scene.file(&format!("{name}.pid")).exists();
            there
                && !self.scene.file(&format!("{name}-ended")).exists()
                && !alive(self.scene.process(name))
        };
        sent.extend(["cmd", "left"].iter().find(|name| killed(name)).map(|_| "KILL".to_owned()));
        sent
    }
}

/// Whether the handler of USR2 is set.
fn listens(pid: Pid) -> bool {
    signals(pid, "SigCgt") & (1 << (Signal::USR2.as_raw() - 1)) != 0
}

/// A mask of signals of a process.
fn signals(pid: Pid, field: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", pid.as_raw_pid()));
    let status = status.unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
    u64::from_str_radix(mask.unwrap_or("0").trim(), 16).unwrap()
}
