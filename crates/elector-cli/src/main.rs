//! The `elector` program.
#![forbid(unsafe_code)]

mod cli;
mod demo;
mod exit;
#[cfg(target_os = "linux")]
mod guardian;
#[cfg(target_os = "linux")]
mod run;
mod settings;

use std::io;
use std::process::ExitCode;

use clap::Parser as _;
use clap::error::ErrorKind;
use tracing_subscriber::EnvFilter;

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
    log_to_stderr();
    match cli.action {
        Action::Demo(demo) => demo::main(&cli.election, &demo).into(),
        Action::Candidate { folder } => demo::candidate(&cli.election, &folder).into(),
        #[cfg(target_os = "linux")]
        Action::Run(run) => run::main(&cli.election, &run).into(),
        #[cfg(target_os = "linux")]
        Action::Guardian { command } => guardian::main(&command).into(),
        #[cfg(target_os = "linux")]
        Action::Launch { guardian, command } => guardian::launch(guardian, &command).into(),
    }
}

/// Sends the program's own messages to standard error, as `ELECTOR_LOG` filters them.
fn log_to_stderr() {
    let filter = EnvFilter::try_from_env("ELECTOR_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).init();
}
