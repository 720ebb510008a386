//! The `elector` program.
#![forbid(unsafe_code)]

mod check;
mod cli;
mod demo;
mod exit;
#[cfg(target_os = "linux")]
mod guardian;
mod leader;
mod log;
mod manual;
mod observe;
mod resign;
#[cfg(target_os = "linux")]
mod run;
mod settings;
mod view;

use std::process::ExitCode;

use clap::Parser as _;
use clap::error::ErrorKind;

use cli::{Action, Cli};
use exit::Exit;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // A closed standard error leaves nobody to tell.
            let _ = error.print();
            let asked = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
            return if asked { ExitCode::SUCCESS } else { Exit::Usage.into() };
        }
    };
    log::to_stderr(cli.action.goes_on());
    match cli.action {
        Action::Demo(demo) => demo::main(&cli.election, &demo).into(),
        Action::Candidate { folder } => demo::candidate(&cli.election, &folder).into(),
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
