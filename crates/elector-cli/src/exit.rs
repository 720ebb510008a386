//! The exit codes of the program: the one table.

use std::process::ExitCode;

/// How the program ends.
///
/// | code | meaning |
/// |---|---|
/// | CMD's own | CMD ended by itself, or after a signal that was forwarded to it |
/// | 128 + n | CMD died by signal n, or signal n ended the program while no CMD ran |
/// | 0, 1 | `demo` saw all go well; or saw two leaders, a token that did not rise, or no leader in time |
/// | 64 | wrong usage of the command line |
/// | 69 | leadership was not acquired within `--acquire-timeout` |
/// | 70 | an error inside the program, or of the system |
/// | 75 | leadership was lost, and CMD stopped for it |
/// | 78 | bad configuration |
/// | 126 | CMD was found but cannot be executed |
/// | 127 | CMD was not found |
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
    /// The command line is wrong (`EX_USAGE`).
    Usage,
    /// Leadership was not acquired in the time given (`EX_UNAVAILABLE`).
    NotAcquired,
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
            Self::Broken => 1,
            Self::Usage => 64,
            Self::NotAcquired => 69,
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

/// The table as `--help` shows it.
pub(crate) const TABLE: &str = "\
Exit codes:
  CMD's own  CMD ended by itself, or after a signal that was forwarded to it
  128 + n    CMD died by signal n, or signal n ended elector while no CMD ran
  0, 1       demo saw all go well; or saw two leaders, a token that did not rise,
             or no leader in time
  64         wrong usage of the command line
  69         leadership was not acquired within --acquire-timeout
  70         an error inside elector, or of the system
  75         leadership was lost, and CMD stopped for it
  78         bad configuration
  126, 127   CMD cannot be executed, was not found";
