//! `elector man` and `elector completions`: what a package installs beside the program.

use std::io::{self, Write as _};

use clap::{Command, CommandFactory as _};
use clap_complete::Shell;
use clap_mangen::Man;

use crate::cli::Cli;
use crate::exit::Exit;

/// Prints the manual page of the program, or of one of its commands.
pub(crate) fn page(command: Option<&str>) -> Exit {
    let mut program = Cli::command();
    program.build();
    let described = match command {
        None => program,
        Some(name) => {
            let found =
                program.get_subcommands().find(|of| of.get_name() == name && !of.is_hide_set());
            let Some(found) = found else {
                tracing::error!("there is no command {name:?}");
                return Exit::Usage;
            };
            found.clone().display_name(format!("elector-{name}"))
        }
    };
    let mut text = Vec::new();
    written(Man::new(described).render(&mut text), &text)
}

/// Prints the completion script for a shell.
pub(crate) fn completions(shell: Shell) -> Exit {
    let program = Cli::command();
    // The generators know nothing of hidden commands and would offer them.
    let visible = program.get_subcommands().filter(|command| !command.is_hide_set()).cloned();
    let mut offered = Command::new("elector")
        .version(env!("CARGO_PKG_VERSION"))
        .args(program.get_arguments().cloned())
        .subcommands(visible);
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut offered, "elector", &mut text);
    written(Ok(()), &text)
}

fn written(rendered: io::Result<()>, text: &[u8]) -> Exit {
    match rendered.and_then(|()| io::stdout().write_all(text)) {
        Ok(()) => Exit::Success,
        Err(error) => {
            tracing::error!("cannot write: {error}");
            Exit::Internal
        }
    }
}
