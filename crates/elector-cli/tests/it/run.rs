//! What `elector run` does for its caller: exit codes, environment, signals, release.

use std::fs;
use std::process::{Command, Stdio};
use std::time::Duration;

use rustix::process::Signal;

use crate::running::{Running, record, record_file};
use crate::scene::{Scene, now, on_a_steady_machine, until};

/// A command that says it is there and goes on until it is asked to end.
const POLITE: &str = "trap 'exit 5' TERM; here cmd; while :; do sleep 0.01; done";

#[test]
fn a_caller_that_ignores_the_death_of_children_changes_nothing() {
    let scene = Scene::new();
    // Longer than the test may take: what is noticed only by a timer comes too late.
    let arguments = ["--lease-duration", "120s", "run", "--election", "test", "--"];
    let begin = now();
    let mut running = Running::of(
        Command::new("env")
            .args(["--ignore-signal=CHLD", env!("CARGO_BIN_EXE_elector")])
            .args(arguments)
            .args(["sh", "-c", "exit 3"])
            .env("ELECTOR__BACKEND__LOCAL__FOLDER", scene.path().join("elector")),
    );
    assert_eq!(running.code(), 3);
    assert!(now().since(begin) < Duration::from_secs(10));
}

#[test]
fn mistakes_of_the_caller_have_codes_of_their_own() {
    let scene = Scene::new();
    assert_eq!(Running::start(&scene, "a", &["--no-such-flag"], &["true"]).code(), 64);
    assert_eq!(Running::start(&scene, "a", &[], &[]).code(), 64);
    assert_eq!(Running::start(&scene, "a", &["--config", "/no/such/file"], &["true"]).code(), 78);
    assert_eq!(Running::start(&scene, "a", &["--lease-duration", "soon"], &["true"]).code(), 78);
    assert_eq!(Running::start(&scene, "a", &["--lease-duration", "1ms"], &["true"]).code(), 78);
}

/// `elector` without settings but these arguments and variables: its exit code, and its standard error.
fn bare(arguments: &[&str], variables: &[(&str, &str)]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_elector"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("ELECTOR") {
            command.env_remove(name);
        }
    }
    command.args(arguments).envs(variables.iter().copied());
    let output = command.stdin(Stdio::null()).output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

/// Files outside of a scene that a test leaves.
struct Removed([String; 2]);

impl Drop for Removed {
    fn drop(&mut self) {
        for file in &self.0 {
            let _ = fs::remove_file(file);
        }
    }
}

#[test]
fn without_settings_all_of_one_user_meet_in_one_folder() {
    let scene = Scene::new();
    let elsewhere = scene.path().to_str().unwrap();
    let election = format!("elector-test-{}", std::process::id());
    let folder = format!("/tmp/elector-{}", rustix::process::geteuid().as_raw());
    let _files = Removed(["election", "token"].map(|end| format!("{folder}/{election}.{end}")));
    let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    let names: Vec<_> = [&[][..], &[("XDG_RUNTIME_DIR", elsewhere), ("TMPDIR", elsewhere)][..]]
        .into_iter()
        .map(|variables| {
            let (code, log) = bare(&["run", "--election", &election, "--", "true"], variables);
            assert_eq!(code, Some(0), "{log}");
            assert!(!log.contains('\x1b'), "{log}");
            let stands = log.lines().find_map(|line| line.split_once(" standing for ")).unwrap().1;
            let name = stands.split(' ').nth(2).unwrap().to_owned();
            assert_eq!(
                stands,
                format!(
                    "{election} as {name} (local store in {folder}); stops after at most 13.5 s without \
                     the store; a rival may start after 15 s"
                )
            );
            assert!(name.starts_with(&format!("{}-", host.trim())), "{name}");
            name
        })
        .collect();
    assert_ne!(names[0], names[1], "candidates of one host differ");
}

#[test]
fn mistakes_are_told_plainly() {
    let quiet = ("ELECTOR_LOG", "off");
    let refusal = |arguments: &[&str], variables: &[(&str, &str)]| {
        let arguments = [&["run"], arguments, &["--", "true"]].concat();
        let (code, told) = bare(&arguments, &[&[quiet], variables].concat());
        assert_eq!(code, Some(78), "{told}");
        told.strip_suffix('\n').unwrap().to_owned()
    };
    let missing = "elector: election.name: missing, give --election NAME, or set it as \
                   ELECTOR__ELECTION__NAME";
    assert_eq!(refusal(&[], &[]), missing);
    assert_eq!(refusal(&[], &[("ELECTOR_CONFIG", "")]), missing);
    assert_eq!(
        refusal(&[], &[("ELECTOR_NAME", "a")]),
        format!("{missing}; ELECTOR_NAME is what elector tells its command, and sets nothing")
    );
    assert_eq!(refusal(&["--election", ""], &[]), "elector: --election: must not be empty");
    assert_eq!(
        refusal(&["--election", "two\nlines"], &[]),
        "elector: --election: must be one line, without control characters"
    );
    let (code, told) = bare(&["run", "--election", "a", "--", "no-such-program"], &[quiet]);
    assert_eq!(code, Some(127), "{told}");
    assert_eq!(
        told,
        "elector: cannot run no-such-program: not found in PATH; give its path, or run a shell's own command with sh -c\n"
    );
    assert_eq!(
        refusal(&["--election", "a", "--folder", "f"], &[]),
        "elector: --folder: folder must be an absolute path such as \"/var/lib/elector\", found \"f\""
    );
    assert_eq!(
        refusal(&["--election", "a", "--lease-duration", "1ms"], &[]),
        "elector: --lease-duration: lease_duration is 1ms, but the local store grants no lease below 100ms"
    );
    assert_eq!(
        refusal(&["--election", "a"], &[("ELECTOR__BACKEND__KIND", "lokal")]),
        "elector: environment variable ELECTOR__BACKEND__KIND: backend.kind: unknown kind \"lokal\", \
         did you mean \"local\"? this program knows \"kubernetes\", \"local\""
    );
}

#[test]
fn a_store_that_can_never_work_is_not_said_to_be_tried_again() {
    let scene = Scene::new();
    fs::write(scene.file("file"), "").unwrap();
    let folder = scene.file("file");
    let folder = folder.to_str().unwrap();
    let (code, told) = bare(&["run", "--election", "a", "--folder", folder, "--", "true"], &[]);
    assert_eq!(code, Some(78), "{told}");
    assert!(told.contains("is not a folder") && !told.contains("goes on trying"), "{told}");
}

#[test]
fn a_command_without_its_dashes_is_told_where_it_belongs() {
    let (code, told) = bare(&["run", "--election", "a", "true", "--serve"], &[]);
    assert_eq!(code, Some(64), "{told}");
    assert!(told.contains("put the command after `--`: elector run [OPTIONS] -- true"), "{told}");
    let (code, told) = bare(&["demo", "true"], &[]);
    assert_eq!(code, Some(64), "{told}");
    assert!(!told.contains("after `--`"), "{told}");
    let (code, told) = bare(&["run", "--election", "a"], &[]);
    assert_eq!((code, told.as_str()), (Some(64), NO_COMMAND));
    let (code, told) = bare(&["leader", "billing"], &[]);
    assert_eq!(code, Some(64), "{told}");
    assert_eq!(told, "elector: the election is a flag: elector leader --election billing\n");
}

const NO_COMMAND: &str = "elector: there is no command to run: elector run [OPTIONS] -- CMD\n";

#[test]
fn a_wrong_log_level_is_told() {
    let arguments = ["--folder", "f", "demo", "--name", "x"];
    let (_, told) = bare(&arguments, &[("ELECTOR_LOG", "inof")]);
    assert!(told.contains("WARN ELECTOR_LOG=\"inof\" is not understood"), "{told}");
}

#[test]
fn the_command_is_told_about_its_term() {
    let scene = Scene::new();
    let script =
        scene.script("cmd", r#"note env "$ELECTOR_ELECTION $ELECTOR_NAME $ELECTOR_TOKEN""#);
    let mut first = None;
    for _ in 0..2 {
        assert_eq!(Running::start(&scene, "node-1", &[], &["sh", &script]).code(), 0);
        let told = scene.note("env");
        let token: u64 = told.strip_prefix("test node-1 ").unwrap().parse().unwrap();
        assert!(first.replace(token).is_none_or(|first| first < token));
    }
}

#[test]
fn the_lease_is_kept_until_a_slow_command_has_ended() {
    on_a_steady_machine(|| {
        let scene = Scene::new();
        // Longer than the lease.
        let script = scene
            .script("cmd", "trap 'sleep 2; exit 5' TERM; here cmd; while :; do sleep 0.01; done");
        let mut leader = Running::start(&scene, "a", &["--lease-duration", "1s"], &["sh", &script]);
        scene.process("cmd");
        let mut other = Running::start(&scene, "b", &["--lease-duration", "1s"], &["true"]);
        leader.send(Signal::TERM);
        assert_eq!(leader.code(), 5);
        assert_eq!(other.code(), 0);
    });
}

#[test]
fn signals_reach_the_command_and_only_some_end_the_program() {
    on_a_steady_machine(|| {
        let scene = Scene::new();
        let script = scene.script(
        "cmd",
        "for s in HUP USR1 USR2 INT QUIT; do trap \"note got-$s yes\" $s; done; trap 'exit 6' TERM; here cmd; while :; do sleep 0.01; done",
    );
        let mut leader = Running::start(&scene, "a", &["--lease-duration", "1s"], &["sh", &script]);
        scene.process("cmd");
        for (signal, name) in [
            (Signal::HUP, "HUP"),
            (Signal::USR1, "USR1"),
            (Signal::USR2, "USR2"),
            (Signal::INT, "INT"),
            (Signal::QUIT, "QUIT"),
        ] {
            leader.send(signal);
            assert_eq!(scene.note(&format!("got-{name}")), "yes");
            assert!(leader.is_running());
        }
        leader.send(Signal::TERM);
        assert_eq!(leader.code(), 6);
    });
}

#[test]
fn whoever_waits_for_a_deaf_command_is_told_so_once() {
    let scene = Scene::new();
    let script = scene.script(
        "cmd",
        "for s in INT TERM; do trap \"note got-$s yes\" $s; done; here cmd; while :; do sleep 0.01; done",
    );
    let lease = ["--lease-duration", "60s"];
    let mut leader = Running::start_logged(&scene, "a", &lease, &["sh", &script]);
    let command = scene.process("cmd");
    for (signal, note) in [(Signal::INT, "got-INT"), (Signal::TERM, "got-TERM")] {
        leader.send(signal);
        assert_eq!(scene.note(note), "yes");
    }
    rustix::process::kill_process(command, Signal::KILL).unwrap();
    assert_eq!(leader.code(), 137);
    let log = scene.note("log");
    assert!(log.contains("SIGINT passed on to the command; waiting for it to end"), "{log}");
    assert_eq!(log.matches("passed on").count(), 1, "{log}");
}

#[test]
fn the_election_is_free_as_soon_as_the_command_has_ended() {
    let scene = Scene::new();
    let script = scene.script("cmd", POLITE);
    let lease = ["--lease-duration", "60s"];
    let mut leader = Running::start(&scene, "a", &lease, &["sh", &script]);
    let command = scene.process("cmd");
    let next = scene.script("next", "here next; exit 0");
    let mut other = Running::start(&scene, "b", &lease, &["sh", &next]);
    until("the other waits", || record(&scene).contains("\"a\"").then_some(()));
    let begin = now();
    rustix::process::kill_process(command, Signal::KILL).unwrap();
    scene.process("next");
    let handed_over = now().since(begin);
    eprintln!("CMD killed to the next CMD running: {handed_over:?}");
    assert!(handed_over < Duration::from_secs(10));
    assert_eq!(leader.code(), 137);
    assert_eq!(other.code(), 0);
}

#[test]
fn with_restart_the_command_runs_again_in_a_new_term() {
    on_a_steady_machine(|| {
        let scene = Scene::new();
        let script = scene.script("cmd", "trap 'exit 5' TERM; here cmd-$ELECTOR_TOKEN; note token $ELECTOR_TOKEN; while :; do sleep 0.01; done");
        let flags = ["--restart", "--lease-duration", "1s"];
        let mut leader = Running::start(&scene, "a", &flags, &["sh", &script]);
        let first: u64 = scene.note("token").parse().unwrap();
        fs::remove_file(record_file(&scene)).unwrap();
        let second = until("a new term", || {
            scene.note("token").parse().ok().filter(|token: &u64| *token != first)
        });
        assert!(second > first);
        leader.send(Signal::TERM);
        assert_eq!(leader.code(), 5);
    });
}
