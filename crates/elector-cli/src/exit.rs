//! The exit codes of the program: the one table.

use std::process::ExitCode;

/// How the program ends. [`TABLE`] says what the codes mean.
///
/// 64 to 78 have the meanings of BSD's `sysexits.h`; 126, 127 and 128 + n are the shell's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// CMD's own code.
    Command(u8),
    /// CMD, or the program while it waited, was ended by this signal.
    Signal(i32),
    /// Everything that was to be shown was shown.
    Success,
    /// A demo saw what must not happen.
    Broken,
    /// Nobody leads.
    Nobody,
    /// The command line is wrong (`EX_USAGE`).
    Usage,
    /// Leadership was not acquired in the time given (`EX_UNAVAILABLE`).
    NotAcquired,
    /// The leader did not resign in the time given (`EX_UNAVAILABLE`).
    NotHonoured,
    /// Something failed that nobody planned for (`EX_SOFTWARE`).
    Internal,
    /// Leadership was lost (`EX_TEMPFAIL`).
    Lost,
    /// The configuration cannot work (`EX_CONFIG`).
    Config,
    /// The command cannot be executed.
    NotExecutable,
    /// The command was not found.
    NotFound,
}

impl Exit {
    /// The code that the caller of the program sees.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Command(code) => code,
            // Signal numbers end at 64.
            Self::Signal(number) => u8::try_from(128 + number).unwrap_or(u8::MAX),
            Self::Success => 0,
            Self::Broken | Self::Nobody => 1,
            Self::Usage => 64,
            Self::NotAcquired | Self::NotHonoured => 69,
            Self::Internal => 70,
            Self::Lost => 75,
            Self::Config => 78,
            Self::NotExecutable => 126,
            Self::NotFound => 127,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// What a code means when a command ends with it; `None` is every command.
const TABLE: &[(&str, Option<&str>, &str)] = &[
    ("CMD's own", Some("run"), "CMD ended by itself, or after a signal that was forwarded to it"),
    ("128 + n", Some("run"), "CMD died by signal n, or signal n ended elector while no CMD ran"),
    ("0", Some("demo"), "all went well"),
    ("0", Some("leader"), "somebody leads"),
    ("0", Some("observe"), "it was told to end, by TERM or INT"),
    ("0", Some("resign"), "the leader's term is over"),
    ("0", Some("check"), "the settings can work"),
    ("1", Some("demo"), "two leaders at once, a token that did not rise, or no leader in time"),
    ("1", Some("leader"), "nobody leads, and nobody came to lead within --timeout"),
    ("1", Some("resign"), "nobody leads"),
    ("64", None, "wrong usage of the command line"),
    ("69", Some("run"), "leadership was not acquired within --acquire-timeout"),
    ("69", Some("resign"), "the leader did not resign within --wait, or cannot be asked"),
    ("70", None, "an error of the store or of the system, or inside elector"),
    ("75", Some("run"), "leadership was lost, and CMD stopped for it"),
    ("78", None, "bad configuration"),
    ("126, 127", Some("run"), "CMD cannot be executed, was not found"),
];

/// The table of all commands, as `elector --help` shows it.
pub(crate) fn table() -> String {
    rows(TABLE.iter().map(|(code, command, meaning)| {
        let before = command.map(|command| format!("{command}: ")).unwrap_or_default();
        (*code, format!("{before}{meaning}"))
    }))
}

/// What follows the flags in the help of one command: examples, and its part of the table.
pub(crate) fn help_of(command: &str, examples: &str) -> String {
    let own = TABLE.iter().filter(|(_, of, _)| of.is_none_or(|of| of == command));
    let table = rows(own.map(|(code, _, meaning)| (*code, (*meaning).to_owned())));
    format!("Examples:\n{examples}\n\n{table}")
}

fn rows(rows: impl Iterator<Item = (&'static str, String)>) -> String {
    let mut text = "Exit codes:".to_owned();
    let mut last = "";
    for (code, meaning) in rows {
        let shown = if code == last { "" } else { code };
        text.push_str(&format!("\n  {shown:<9}  {meaning}"));
        last = code;
    }
    text
}
