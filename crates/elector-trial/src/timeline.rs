//! What happened in a trial, line by line.

use std::fmt;
use std::io::Write;
use std::time::Duration;

use serde::Serialize;

use crate::stamp::now;
use crate::times::{as_millis, nanos_as_millis, text};

/// Something that happened to a candidate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// Nanoseconds since the trial began; written in milliseconds, as all durations are.
    #[serde(serialize_with = "nanos_as_millis", rename = "at_ms")]
    pub at_nanos: u64,
    /// Which candidate.
    pub candidate: String,
    /// What happened to it.
    #[serde(flatten)]
    pub what: Happening,
}

/// What can happen to a candidate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Happening {
    /// Its process was started.
    Started,
    /// It leads.
    Leads {
        /// The token of its term.
        token: u64,
        /// How long after the fault on the leader before, or after the start.
        #[serde(serialize_with = "as_millis", rename = "after_ms")]
        after: Duration,
    },
    /// Its process was killed.
    Killed,
    /// Its process was stopped.
    Frozen,
    /// Its process goes on; it has found its term over.
    Woken,
    /// It was asked to resign.
    AskedToResign,
}

impl fmt::Display for Happening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Started => f.write_str("starts"),
            Self::Leads { token, after } => {
                write!(f, "leads after {}, token {token}", text(*after))
            }
            Self::Killed => f.write_str("is killed"),
            Self::Frozen => f.write_str("is frozen"),
            Self::Woken => f.write_str("wakes, and knows that its term is over"),
            Self::AskedToResign => f.write_str("is asked to resign"),
        }
    }
}

/// The steps of a trial, written out as they happen: a column for each candidate, and what happened.
pub struct Timeline {
    out: Option<Box<dyn Write>>,
    colours: bool,
    begin: u64,
    columns: Vec<(String, Mark)>,
    steps: Vec<Step>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    Absent,
    Follows,
    Leads,
    Dead,
    Frozen,
}

impl Mark {
    fn sign(self) -> &'static str {
        match self {
            Self::Absent => " ",
            Self::Follows => "○",
            Self::Leads => "●",
            Self::Dead => "×",
            Self::Frozen => "‖",
        }
    }

    /// The terminal's code for its colour.
    fn colour(self) -> &'static str {
        match self {
            Self::Absent | Self::Follows => "2",
            Self::Leads => "1;32",
            Self::Dead => "31",
            Self::Frozen => "36",
        }
    }
}

impl Timeline {
    /// A timeline of the candidates called `names`, which begins now, written to `out` if there is one.
    pub fn new(names: &[String], out: Option<Box<dyn Write>>, colours: bool) -> Self {
        let columns = names.iter().map(|name| (name.clone(), Mark::Absent)).collect();
        Self { out, colours, begin: now(), columns, steps: Vec::new() }
    }

    /// Writes what the columns and signs mean.
    pub fn head(&mut self) {
        let names: Vec<_> = self.columns.iter().map(|(name, _)| format!("{name:^4}")).collect();
        self.write(&format!(
            "{:>10}  {}   ● leads  ○ follows  ‖ frozen  × dead",
            "",
            names.concat()
        ));
    }

    /// The steps so far, in the order in which they were told.
    pub fn into_steps(self) -> Vec<Step> {
        self.steps
    }

    /// Something happened to a candidate at `at`, in nanoseconds of the host's clock.
    pub fn tell(&mut self, at: u64, candidate: &str, what: Happening) {
        let mark = match &what {
            Happening::Started | Happening::Woken => Mark::Follows,
            Happening::Leads { .. } => Mark::Leads,
            Happening::Killed => Mark::Dead,
            Happening::Frozen => Mark::Frozen,
            Happening::AskedToResign => Mark::Follows,
        };
        for (name, was) in &mut self.columns {
            if name == candidate {
                *was = mark;
            }
        }
        let at_nanos = at.saturating_sub(self.begin);
        let signs: String = self.columns.iter().map(|(_, mark)| self.painted(*mark)).collect();
        let seconds = Duration::from_nanos(at_nanos).as_secs_f64();
        self.write(&format!("{seconds:>8.3} s  {signs}   {candidate} {what}"));
        self.steps.push(Step { at_nanos, candidate: candidate.to_owned(), what });
    }

    fn painted(&self, mark: Mark) -> String {
        let sign = mark.sign();
        if self.colours {
            format!(" \x1b[{}m{sign}\x1b[0m  ", mark.colour())
        } else {
            format!(" {sign}  ")
        }
    }

    fn write(&mut self, line: &str) {
        // A reader that has gone away does not stop the trial.
        if let Some(out) = &mut self.out {
            let _ = writeln!(out, "{line}").and_then(|()| out.flush());
        }
    }
}

impl fmt::Debug for Timeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Timeline").field("steps", &self.steps).finish_non_exhaustive()
    }
}
