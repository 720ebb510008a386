//! `elector run` as people use it: from an interactive shell, and in pipes.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::Pid;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use crate::asking::program;
use crate::running::record;
use crate::scene::{Scene, alive, is_stopped, until, until_dead};

const ELECTOR: &str = env!("CARGO_BIN_EXE_elector");
const FLAGS: &str = "run --election test --lease-duration 60s";
/// CMD writes down each signal that it gets, and dies by it.
const CMD: &str = r#"
for s in TERM INT HUP; do trap "echo $s >> $SCENE/saw-$1; trap - $s; kill -$s \$\$" $s; done
here "$1"; while :; do sleep 0.02; done
"#;
const CTRL_C: &str = "\x03";
const CTRL_Z: &str = "\x1a";

/// An interactive shell in a terminal of its own, in which `$RUN NAME` runs CMD.
struct Terminal {
    keyboard: Option<File>,
    shell: Child,
}

impl Terminal {
    fn open(scene: &Scene) -> Self {
        let script = scene.script("cmd", CMD);
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
        let master = openpt(flags).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let path = ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
        let screen = File::options().read(true).write(true).open(path).unwrap();
        let end = || Stdio::from(screen.try_clone().unwrap());
        let shell = Command::new("setsid")
            .args(["--ctty", "sh", "-i"])
            .env("RUN", format!("{ELECTOR} {FLAGS} -- sh {script}"))
            .env("ELECTOR__BACKEND__LOCAL__FOLDER", scene.file("elector"))
            .env("ELECTOR_LOG", "off")
            .current_dir(scene.path())
            .stdin(end())
            .stdout(end())
            .stderr(end())
            .spawn()
            .unwrap();
        Self { keyboard: Some(File::from(master)), shell }
    }

    fn enter(&self, line: &str) {
        self.press(&format!("{line}\n"));
    }

    fn press(&self, keys: &str) {
        self.keyboard.as_ref().unwrap().write_all(keys.as_bytes()).unwrap();
    }

    /// Types a line that runs CMD, and waits until it runs.
    fn run(&self, scene: &Scene, line: &str, name: &str) -> Pid {
        self.enter(line);
        scene.process(name)
    }

    fn close(&mut self) {
        self.keyboard = None;
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.close();
        let _ = self.shell.kill();
        let _ = self.shell.wait();
    }
}

fn saw(scene: &Scene, name: &str) -> String {
    fs::read_to_string(scene.file(&format!("saw-{name}"))).unwrap_or_default()
}

fn parent(pid: Pid) -> Pid {
    let stat = fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_pid())).unwrap();
    let (_, fields) = stat.rsplit_once(") ").unwrap();
    Pid::from_raw(fields.split(' ').nth(1).unwrap().parse().unwrap()).unwrap()
}

#[test]
fn ctrl_c_in_one_shell_lets_the_other_lead() {
    let scene = Scene::new();
    let (one, two) = (Terminal::open(&scene), Terminal::open(&scene));
    let first = one.run(&scene, "$RUN one; echo $? > code.new; mv code.new code", "one");
    two.enter("$RUN two");
    one.press(CTRL_C);
    // The shell goes on, and CMD was asked once: the terminal does not reach it besides.
    assert_eq!(scene.note("code"), "130");
    assert_eq!(saw(&scene, "one"), "INT\n");
    assert!(!alive(first));
    let second = scene.process("two");
    two.press(CTRL_C);
    until_dead(second);
}

#[test]
fn ctrl_z_stops_the_command_and_fg_continues_it() {
    let scene = Scene::new();
    let terminal = Terminal::open(&scene);
    let command = terminal.run(&scene, "$RUN cmd", "cmd");
    let elector = parent(parent(command));
    terminal.press(CTRL_Z);
    for pid in [command, elector] {
        until("it is stopped", || is_stopped(pid).then_some(()));
    }
    terminal.enter("fg");
    for pid in [command, elector] {
        until("it goes on", || (!is_stopped(pid)).then_some(()));
    }
    terminal.press(CTRL_C);
    until_dead(command);
    until_dead(elector);
    assert_eq!(saw(&scene, "cmd"), "INT\n");
}

#[test]
fn ctrl_z_without_a_shell_stops_nobody() {
    let scene = Scene::new();
    let terminal = Terminal::open(&scene);
    // Nobody is left who could continue it.
    let command = terminal.run(&scene, "exec $RUN cmd", "cmd");
    let elector = parent(parent(command));
    terminal.press(CTRL_Z);
    terminal.press(CTRL_C);
    until_dead(command);
    until_dead(elector);
    assert_eq!(saw(&scene, "cmd"), "INT\n");
}

#[test]
fn a_closed_terminal_ends_the_command() {
    let scene = Scene::new();
    let mut terminal = Terminal::open(&scene);
    let command = terminal.run(&scene, "$RUN cmd", "cmd");
    let elector = parent(parent(command));
    terminal.close();
    until_dead(command);
    until_dead(elector);
    assert_eq!(saw(&scene, "cmd"), "HUP\n");
    assert!(record(&scene).contains("\nreleased = "));
}

#[test]
fn in_the_background_it_is_a_job_like_others() {
    let scene = Scene::new();
    let terminal = Terminal::open(&scene);
    let command = terminal.run(&scene, "$RUN cmd &", "cmd");
    terminal.press(CTRL_C);
    // A shell forgets what it has read when Ctrl-C comes late, so it is asked more than once.
    until("the shell answers", || {
        terminal.enter("touch answered");
        std::thread::sleep(Duration::from_millis(50));
        scene.file("answered").exists().then_some(())
    });
    assert!(alive(command));
    terminal.enter("kill %1");
    until_dead(command);
    assert_eq!(saw(&scene, "cmd"), "TERM\n");
}

#[test]
fn it_stands_in_a_pipe_like_its_command() {
    let scene = Scene::new();
    let pipe = format!(
        "(echo forty-two | {ELECTOR} {FLAGS} -- cat; echo $? > first; {ELECTOR} {FLAGS} -- yes; echo $? > second) | head -n 3"
    );
    let mut shell = Command::new("sh");
    for (name, value) in program(&scene).get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    let mut shell = shell
        .args(["-c", &pipe])
        .env("ELECTOR_LOG", "off")
        .current_dir(scene.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = String::new();
    shell.stdout.take().unwrap().read_to_string(&mut said).unwrap();
    shell.wait().unwrap();
    assert_eq!(said, "forty-two\ny\ny\n");
    assert_eq!(scene.note("first"), "0");
    assert_eq!(scene.note("second"), "141", "CMD died of the closed pipe");
    assert!(record(&scene).contains("\nreleased = "));
}
