//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;
use jiff::SignedDuration;

use crate::exit;

/// Run a command only while this process leads, and see who leads.
#[derive(Debug, Parser)]
#[command(name = "elector", version, after_help = format!("{ENVIRONMENT}\n\n{}", exit::table()))]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) election: ElectionArgs,
    #[command(subcommand)]
    pub(crate) action: Action,
}

/// What every part of the program can be told about the election. A flag is stronger than the environment
/// (`ELECTOR__SECTION__KEY`), which is stronger than the file.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Election")]
pub(crate) struct ElectionArgs {
    /// The configuration file. Without --config: the local store in /tmp/elector-UID; only candidates of this user on
    /// this host are rivals.
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// The election to take part in (`election.name`).
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) election: Option<String>,
    /// This candidate's name (`candidate.name`). On the local store HOST-PID unless set.
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// How long a lease lasts, as 15s (`election.lease_duration`).
    #[arg(long, global = true, value_name = "DURATION")]
    pub(crate) lease_duration: Option<String>,
    /// The folder of the local store, an absolute path (`backend.local.folder`). A service or container with a /tmp of
    /// its own needs it to meet the others.
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) folder: Option<PathBuf>,
}

const ENVIRONMENT: &str = "\
Environment:
  ELECTOR_CONFIG         the configuration file, unless --config names one
  ELECTOR__SECTION__KEY  a key of the configuration, as ELECTOR__ELECTION__NAME;
                         stronger than the file, weaker than a flag
  ELECTOR_LOG            what is logged: error, warn, info (unless set), debug, trace
                         or off, also for a part alone, as info,elector_local=debug
  NO_COLOR               no colours, as without a terminal";

/// The parts of the program.
#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    /// Watch candidate processes elect a leader, and lose it to a kill, a freeze and a resignation.
    ///
    /// On the local store in a temporary folder, unless --config, --folder or the environment names another. Always an
    /// election of its own, so --election and --name are refused: no other election is touched. The lease is 2 s unless
    /// --lease-duration says otherwise, whatever is configured.
    #[command(after_help = exit::help_of("demo", DEMO))]
    Demo(DemoArgs),
    /// One candidate of a demo.
    #[command(hide = true)]
    Candidate,
    /// Run CMD only while this process leads.
    #[cfg(target_os = "linux")]
    #[command(after_help = exit::help_of("run", RUN))]
    Run(RunArgs),
    /// Print the name of the leader.
    ///
    /// On a store where nothing expires by itself, a leader that was frozen, or died without proof of its death, is
    /// still shown until a rival has taken the election.
    #[command(after_help = exit::help_of("leader", LEADER))]
    Leader(LeaderArgs),
    /// Print a line whenever somebody else leads, or nobody.
    ///
    /// Starts no election and stands for none. Goes on through an outage of the store, of which it tells the beginning
    /// and the end, and ends on TERM or INT.
    #[command(after_help = exit::help_of("observe", OBSERVE))]
    Observe(ObserveArgs),
    /// Ask the leader to stop its work and give the election up, and wait until it has.
    ///
    /// The request reaches no later term. A candidate that resigned leaves the election to the others for a moment,
    /// and leads again if nobody wants it.
    #[command(after_help = exit::help_of("resign", RESIGN))]
    Resign(ResignArgs),
    /// Check the settings without touching the store, and explain what they mean.
    ///
    /// Prints every value that is set with where it comes from, the time budget line by line, and what the store
    /// promises.
    #[command(after_help = exit::help_of("check", CHECK))]
    Check(CheckArgs),
    /// Print a completion script for a shell.
    #[command(after_help = exit::help_of("completions", COMPLETIONS))]
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Print the manual page of the program, or of one command.
    #[command(after_help = exit::help_of("man", MAN))]
    Man {
        /// The command.
        command: Option<String>,
    },
    /// The process that owns CMD.
    #[cfg(target_os = "linux")]
    #[command(hide = true)]
    Guardian {
        #[arg(last = true, required = true)]
        command: Vec<OsString>,
    },
    /// The step that becomes CMD.
    #[cfg(target_os = "linux")]
    #[command(hide = true)]
    Launch {
        guardian: i32,
        #[arg(last = true, required = true)]
        command: Vec<OsString>,
    },
}

impl Action {
    /// Whether the program itself starts it.
    pub(crate) fn is_inner(&self) -> bool {
        match self {
            Self::Candidate => true,
            #[cfg(target_os = "linux")]
            Self::Guardian { .. } | Self::Launch { .. } => true,
            _ => false,
        }
    }

    /// Whether the command goes on until something happens, so that its log needs times.
    pub(crate) fn goes_on(&self) -> bool {
        use Action::{Check, Completions, Leader, Man, Resign};
        !matches!(self, Leader(_) | Resign(_) | Check(_) | Completions { .. } | Man { .. })
    }
}

/// The flags of `elector demo`.
#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// How many candidate processes there are.
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(2..=9))]
    pub(crate) candidates: u32,
    /// How often each fault is repeated.
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) rounds: u32,
    /// Print one JSON object at the end, and nothing else.
    #[arg(long)]
    pub(crate) json: bool,
}

/// The flags of `elector run`.
#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// Contend again after leadership was lost, and run CMD anew, instead of ending with code 75.
    #[arg(long)]
    pub(crate) restart: bool,
    /// End with code 69 when leadership is not acquired in this time, as 30s. Waits without end unless set.
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(crate) acquire_timeout: Option<Duration>,
    /// The command and its arguments.
    #[arg(last = true, required = true, value_name = "CMD")]
    pub(crate) command: Vec<OsString>,
}

/// The flags of `elector leader`.
#[derive(Debug, Args)]
pub(crate) struct LeaderArgs {
    /// How long to wait for an answer of the store, and for somebody to lead.
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "2s")]
    pub(crate) timeout: Duration,
    /// Print one JSON object: the leader's name, token, session and metadata; when nobody leads, the last token.
    #[arg(long)]
    pub(crate) json: bool,
}

/// The flags of `elector observe`.
#[derive(Debug, Args)]
pub(crate) struct ObserveArgs {
    /// Print one JSON object a line.
    #[arg(long)]
    pub(crate) json: bool,
}

/// The flags of `elector resign`.
#[derive(Debug, Args)]
pub(crate) struct ResignArgs {
    /// How long to wait until the leader's term is over. The length of its lease unless set.
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(crate) wait: Option<Duration>,
}

/// The flags of `elector check`.
#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// The configuration file that the fleet runs with now: say what changing to this one needs. The environment and
    /// the flags count for both.
    #[arg(long, value_name = "OLD.toml")]
    pub(crate) was: Option<PathBuf>,
}

const DEMO: &str = "  elector demo
  elector demo --candidates 5 --rounds 10
  elector demo --json";
#[cfg(target_os = "linux")]
const RUN: &str = "  elector run --election billing/scheduler -- ./scheduler --serve
  elector run --config elector.toml --restart -- ./scheduler --serve
  elector run --election nightly --acquire-timeout 30s -- sh -c 'echo \"token $ELECTOR_TOKEN\"'";
const LEADER: &str = "  elector leader --election billing/scheduler
  elector leader --config elector.toml --json
  elector leader --election nightly >/dev/null || echo nobody";
const OBSERVE: &str = "  elector observe --election billing/scheduler
  elector observe --config elector.toml --json | jq .leader.name";
const RESIGN: &str = "  elector resign --election billing/scheduler
  elector resign --config elector.toml --wait 1m";
const CHECK: &str = "  elector check --config elector.toml
  elector check --config new.toml --was elector.toml
  elector check --election nightly --lease-duration 5s";
const COMPLETIONS: &str =
    "  elector completions bash > ~/.local/share/bash-completion/completions/elector
  elector completions fish > ~/.config/fish/completions/elector.fish
  elector completions zsh > ~/.zfunc/_elector";
const MAN: &str = "  elector man > ~/.local/share/man/man1/elector.1
  elector man run > ~/.local/share/man/man1/elector-run.1";

/// Reads a duration as configuration files have it.
fn duration(text: &str) -> Result<Duration, String> {
    let parsed = text.parse::<SignedDuration>().ok();
    let duration = parsed.and_then(|duration| Duration::try_from(duration).ok());
    duration.ok_or_else(|| format!("{text:?} is no duration: write it as 500ms, 30s, 1m30s or 2h"))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn durations_need_a_unit() {
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("1m30s"), Ok(Duration::from_secs(90)));
        for wrong in ["", "5", "s", "-5s", "5 parsecs", "99999999999999999999s"] {
            assert!(duration(wrong).is_err(), "{wrong:?}");
        }
    }
}
