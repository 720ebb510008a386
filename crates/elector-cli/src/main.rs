//! The `elector` program.
#![forbid(unsafe_code)]

mod check;
mod cli;
mod demo;
mod exit;
#[cfg(target_os = "linux")]
mod guardian;
#[cfg(target_os = "linux")]
mod kinship;
mod kubernetes;
mod leader;
mod log;
mod manual;
mod observe;
mod resign;
#[cfg(target_os = "linux")]
mod run;
mod settings;
mod stores;
mod view;

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser as _;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use cli::{Action, Cli};
use exit::Exit;

fn main() -> ExitCode {
    let mut cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return not_understood(&error),
    };
    // clap would call an empty variable an error.
    let file = || std::env::var_os("ELECTOR_CONFIG").filter(|file| !file.is_empty());
    cli.election.config = cli.election.config.or_else(|| file().map(PathBuf::from));
    log::to_stderr(&cli.action);
    match cli.action {
        Action::Demo(demo) => demo::main(&cli.election, &demo).into(),
        Action::Candidate => demo::candidate(&cli.election).into(),
        #[cfg(target_os = "linux")]
        Action::Run(run) => run::main(&cli.election, &run).into(),
        Action::Leader(leader) => leader::main(&cli.election, &leader).into(),
        Action::Observe(observe) => observe::main(&cli.election, &observe).into(),
        Action::Resign(resign) => resign::main(&cli.election, &resign).into(),
        Action::Check(check) => check::main(&cli.election, &check).into(),
        Action::Completions { shell } => manual::completions(shell).into(),
        Action::Man { command } => manual::page(command.as_deref()).into(),
        #[cfg(target_os = "linux")]
        Action::Guardian { command } => guardian::main(&command).into(),
        #[cfg(target_os = "linux")]
        Action::Launch { guardian, command } => guardian::launch(guardian, &command).into(),
    }
}

/// Shows what was asked for instead of an action, or what is wrong with the command line.
fn not_understood(error: &clap::Error) -> ExitCode {
    // A closed standard error leaves nobody to tell.
    let _ = match hint(error) {
        Some(hint) => writeln!(io::stderr(), "elector: {hint}"),
        None => error.print(),
    };
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => ExitCode::SUCCESS,
        _ => Exit::Usage.into(),
    }
}

/// What to do instead, where a word stands that clap did not expect.
fn hint(error: &clap::Error) -> Option<String> {
    let usage = error.get(ContextKind::Usage)?.to_string();
    let command = |name: &str| usage.contains(&format!("elector {name} "));
    if error.kind() == ErrorKind::MissingRequiredArgument && command("run") {
        return Some("there is no command to run: elector run [OPTIONS] -- CMD".to_owned());
    }
    let ContextValue::String(word) = error.get(ContextKind::InvalidArg)? else { return None };
    if error.kind() != ErrorKind::UnknownArgument || word.starts_with('-') {
        return None;
    }
    if command("run") {
        return Some(format!("put the command after `--`: elector run [OPTIONS] -- {word} ..."));
    }
    let name = ["leader", "observe", "resign", "check"].into_iter().find(|name| command(name))?;
    Some(format!("the election is a flag: elector {name} --election {word}"))
}
