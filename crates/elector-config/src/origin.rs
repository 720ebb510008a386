//! Where a value comes from.

use std::fmt;
use std::path::PathBuf;

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// A file, and the line in it that sets the value, counted from 1.
    File {
        /// The path as it was given to the loader.
        path: PathBuf,
        /// The line, where one is known.
        line: Option<usize>,
    },
    /// The environment variable with this name.
    Variable(String),
    /// The flag with this name, such as `--name`.
    Flag(String),
    /// The name of the host.
    HostName,
    /// What holds where nothing is set.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, line: Some(line) } => write!(f, "{}:{line}", path.display()),
            Self::File { path, line: None } => write!(f, "{}", path.display()),
            Self::Variable(name) => write!(f, "environment variable {name}"),
            Self::Flag(name) => f.write_str(name),
            Self::HostName => f.write_str("host name"),
            Self::Default => f.write_str("default"),
        }
    }
}
