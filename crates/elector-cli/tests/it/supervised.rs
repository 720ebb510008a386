//! `elector run` under a service manager, and the unit file in the docs.

use std::fs;
use std::os::unix::process::CommandExt as _;
use std::process::Command;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::running::{Running, record};
use crate::scene::{Scene, alive, children, now, until_dead};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/running-a-command.md");

/// A command with a child in a session of its own; it writes down each TERM.
const SERVICE: &str = r#"
trap 'echo TERM >> $SCENE/saw-$ELECTOR_NAME; exit 0' TERM
setsid sh -c 'echo $$ > $0.new; mv $0.new $0; exec sleep 1000' $SCENE/$ELECTOR_NAME-child.pid &
here $ELECTOR_NAME; while :; do sleep 0.02; done
"#;

/// What a unit file says of signals.
#[derive(Clone, Copy, PartialEq)]
enum KillMode {
    /// TERM to all processes.
    ControlGroup,
    /// TERM to the main process.
    Mixed,
}

/// A service manager with one service: what systemd does with a unit, and no more.
struct Manager<'a> {
    scene: &'a Scene,
    name: &'a str,
    command: Vec<&'a str>,
    main: Running,
}

impl<'a> Manager<'a> {
    fn start(scene: &'a Scene, name: &'a str, command: &[&'a str]) -> Self {
        let main = Self::launch(scene, name, command);
        Self { scene, name, command: command.to_vec(), main }
    }

    fn launch(scene: &Scene, name: &str, command: &[&str]) -> Running {
        let flags = ["--lease-duration", "60s"];
        let mut program = Running::command(scene, name, &flags, command);
        program.env("ELECTOR__ELECTION__STOP_BUDGET", "500ms");
        Running::of(program.process_group(0))
    }

    /// All processes of the service.
    fn processes(&self) -> Vec<Pid> {
        let mut found = vec![self.main.pid()];
        let mut next = 0;
        while let Some(pid) = found.get(next) {
            found.extend(children(*pid));
            next += 1;
        }
        found
    }

    /// Sends TERM, and KILL to whoever is left after `timeout`; then nobody of the service may be left. Its exit code.
    fn stop(&mut self, mode: KillMode, timeout: Duration) -> i32 {
        let all = self.processes();
        assert!(all.len() >= 3, "elector, its guardian and CMD: {all:?}");
        let asked = if mode == KillMode::ControlGroup { &all[..] } else { &all[..1] };
        asked.iter().for_each(|pid| send(*pid, Signal::TERM));
        let begin = now();
        while self.main.is_running() && now().since(begin) < timeout {
            std::thread::sleep(Duration::from_millis(5));
        }
        let left = all.iter().filter(|pid| alive(**pid));
        left.for_each(|pid| send(*pid, Signal::KILL));
        let code = self.main.code();
        all.into_iter().for_each(until_dead);
        code
    }

    /// Waits until the service ends, and starts it again if the unit in the docs says so. Its exit code.
    fn ended(&mut self) -> (i32, bool) {
        let code = self.main.code();
        let restarts = unit().restarts_after(code);
        if restarts {
            self.main = Self::launch(self.scene, self.name, &self.command);
        }
        (code, restarts)
    }
}

fn send(pid: Pid, signal: Signal) {
    // It may have ended meanwhile.
    let _ = kill_process(pid, signal);
}

/// The unit in the docs.
struct Unit(String);

fn unit() -> Unit {
    let page = fs::read_to_string(PAGE).unwrap();
    let (_, rest) = page.split_once("```ini\n").unwrap();
    Unit(rest.split_once("```").unwrap().0.to_owned())
}

impl Unit {
    fn value(&self, key: &str) -> &str {
        let line = self.0.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
        line.unwrap_or_else(|| panic!("{key} is not in the unit"))
    }

    fn codes(&self, key: &str) -> Vec<i32> {
        self.value(key).split(' ').map(|code| code.parse().unwrap()).collect()
    }

    /// What `Restart=on-failure` means.
    fn restarts_after(&self, code: i32) -> bool {
        assert_eq!(self.value("Restart"), "on-failure");
        let good = code == 0 || self.codes("SuccessExitStatus").contains(&code);
        !good && !self.codes("RestartPreventExitStatus").contains(&code)
    }
}

#[test]
fn a_stopped_service_hands_the_election_over() {
    for (mode, asked) in [(KillMode::Mixed, 1), (KillMode::ControlGroup, 2)] {
        let scene = Scene::new();
        let script = scene.script("service", SERVICE);
        let mut one = Manager::start(&scene, "one", &["sh", &script]);
        scene.process("one");
        let child = scene.process("one-child");
        let mut two = Manager::start(&scene, "two", &["sh", &script]);
        assert_eq!(one.stop(mode, Duration::from_secs(30)), 0);
        assert!(!alive(child));
        // Who asks everybody asks CMD twice, as what is passed on comes besides. CMD may be gone by then.
        let saw = fs::read_to_string(scene.file("saw-one")).unwrap();
        assert!((1..=asked).contains(&saw.lines().count()), "{saw}");
        scene.process("two");
        let child = scene.process("two-child");
        assert_eq!(two.stop(mode, Duration::from_secs(30)), 0);
        assert!(!alive(child));
        assert!(record(&scene).contains("\nreleased = "));
    }
}

#[test]
fn a_service_that_does_not_stop_is_killed_and_the_next_one_leads() {
    let scene = Scene::new();
    let script =
        scene.script("deaf", "trap '' TERM; here $ELECTOR_NAME; while :; do sleep 0.02; done");
    let mut one = Manager::start(&scene, "one", &["sh", &script]);
    scene.process("one");
    let begin = now();
    assert_eq!(one.stop(KillMode::Mixed, Duration::from_millis(300)), 137);
    let two = Manager::start(&scene, "two", &["sh", &script]);
    scene.process("two");
    assert!(now().since(begin) < Duration::from_secs(30), "the lease is longer");
    let all = two.processes();
    drop(two);
    all.into_iter().for_each(until_dead);
}

#[test]
fn the_exit_code_tells_a_manager_whether_to_start_again() {
    let scene = Scene::new();
    let script = scene.script(
        "cmd",
        "echo $ELECTOR_TOKEN >> $SCENE/tokens; [ $(wc -l < $SCENE/tokens) -eq 1 ] && exit 7; exit 0",
    );
    let mut service = Manager::start(&scene, "one", &["sh", &script]);
    assert_eq!(service.ended(), (7, true));
    assert_eq!(service.ended(), (0, false));
    let tokens = scene.note("tokens");
    let tokens: Vec<u64> = tokens.lines().map(|token| token.parse().unwrap()).collect();
    assert!(tokens.len() == 2 && tokens.is_sorted_by(|one, two| one < two), "{tokens:?}");

    let missing = ["no-such-program-anywhere"];
    assert_eq!(Manager::start(&scene, "two", &missing).ended(), (127, false));
    let unit = unit();
    for (code, restarts) in [(143, false), (64, false), (78, false), (126, false)] {
        assert_eq!(unit.restarts_after(code), restarts, "{code}");
    }
    for code in [1, 69, 70, 75, 137] {
        assert!(unit.restarts_after(code), "{code}");
    }
}

#[test]
fn a_service_manager_understands_the_unit() {
    let scene = Scene::new();
    let text = unit().0.replace("/usr/local/bin/elector", env!("CARGO_BIN_EXE_elector"));
    let text = text.replace("/opt/scheduler/scheduler", "/bin/true");
    let file = scene.file("scheduler.service");
    fs::write(&file, text).unwrap();
    let verified =
        Command::new("systemd-analyze").arg("verify").arg("--man=no").arg(&file).output();
    let Ok(verified) = verified else {
        eprintln!("skipped: there is no systemd-analyze");
        return;
    };
    let said = String::from_utf8(verified.stderr).unwrap();
    let about = said.lines().filter(|line| line.contains("scheduler.service"));
    assert_eq!(about.collect::<Vec<_>>(), Vec::<&str>::new(), "{said}");
    assert!(verified.status.success(), "{said}");
}
