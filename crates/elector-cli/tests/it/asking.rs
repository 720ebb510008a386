//! Commands that ask and end, on the local store of a scene.

use std::fs::File;
use std::process::{Command, Output};

use serde_json::Value;

use crate::running::Running;
use crate::scene::Scene;

/// What a command has said, and its exit code.
pub(crate) struct Answer {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Answer {
    /// Its output as one JSON value.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap()
    }
}

impl From<Output> for Answer {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// The program, told of nothing but the scene.
pub(crate) fn program(scene: &Scene) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_elector"));
    for (variable, _) in std::env::vars_os() {
        if variable.to_string_lossy().starts_with("ELECTOR") {
            command.env_remove(variable);
        }
    }
    command.env("ELECTOR__BACKEND__LOCAL__FOLDER", scene.path().join("elector"));
    command.current_dir(scene.path());
    command
}

/// Runs the program to its end with these arguments alone.
pub(crate) fn elector(scene: &Scene, arguments: &[&str]) -> Answer {
    program(scene).args(arguments).output().unwrap().into()
}

/// Runs the program to its end, for the election that [`Running`] stands for.
pub(crate) fn ask(scene: &Scene, arguments: &[&str]) -> Answer {
    program(scene).args(["--election", "test"]).args(arguments).output().unwrap().into()
}

/// Starts the program for the same election; what it says goes to `NAME.out` and `NAME.err` in the scene.
pub(crate) fn start(scene: &Scene, name: &str, arguments: &[&str]) -> Running {
    let file = |kind| File::create(scene.file(&format!("{name}.{kind}"))).unwrap();
    let mut command = program(scene);
    command.args(["--election", "test"]).args(arguments).stdout(file("out")).stderr(file("err"));
    Running::of(&mut command)
}

/// A leader called `name` that leads until it is told to end, with a lease of a minute, and its CMD's token.
pub(crate) fn leading(scene: &Scene, name: &str, flags: &[&str]) -> (Running, u64) {
    let cmd = scene.script(
        name,
        &format!(
            "trap 'exit 5' TERM; note {name}-token $ELECTOR_TOKEN; here {name}; while :; do sleep 0.01; done"
        ),
    );
    let flags = [&["--lease-duration", "60s"], flags].concat();
    let running = Running::start(scene, name, &flags, &["sh", &cmd]);
    let token = scene.note(&format!("{name}-token")).parse().unwrap();
    scene.process(name);
    (running, token)
}
