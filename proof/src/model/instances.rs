//! The models that are checked, by name, each in one line of text.

use super::parameters::{Faults, Parameters, Ticks, Wrong, rate_ppm};

/// A model by name.
#[derive(Clone, Copy, Debug)]
pub struct Instance<'a> {
    /// Its name on the command line.
    pub name: &'a str,
    /// Whether it takes long, and belongs to the full form alone.
    pub full: bool,
    /// Its parameters, as [`Parameters::parse`] reads them.
    pub text: &'a str,
    /// After how many generated states the search stops, where to see every state is out of reach.
    pub states: Option<usize>,
}

/// Every model.
pub const INSTANCES: &[Instance<'static>] = &[
    ci("drift", "candidates=2 lease=8 patience=1 rates=2"),
    ci("release", "candidates=2 lease=4 patience=1 stops"),
    ci("delete", "candidates=2 lease=4 patience=1 deletions=1"),
    ci("lead", "candidates=2 lease=3 patience=0 deadline=2 stops"),
    ci("drift-release", "candidates=2 lease=6 patience=0 rates=2 deadline=2 stops"),
    ci("withdraw", "candidates=2 lease=1 patience=0 withdrawals=1"),
    ci("resign", "candidates=2 lease=1 patience=0 resigns stops"),
    ci("shutdown", "candidates=2 lease=1 patience=0 shutdowns"),
    ci("crash-delete", "candidates=2 lease=2 patience=0 crashes=1 deletions=1"),
    ci("watch", "candidates=2 lease=1 patience=0 watch"),
    ci("server-news", "candidates=2 lease=1 patience=0 server looks=1 endings=1"),
    ci("news", "candidates=2 lease=1 patience=0 looks=1"),
    ci("stray", "candidates=2 lease=1 patience=0 strays"),
    ci("doubt", "candidates=2 lease=1 patience=0 endings=1 doubts"),
    ci("server", "candidates=2 lease=4 patience=0 rates=2 server late-calls=1"),
    ci("server-delete", "candidates=2 lease=2 patience=0 server late-calls=1 deletions=1"),
    ci("server-twice", "candidates=2 lease=2 patience=0 server repeats=1"),
    ci("server-patient", "candidates=2 lease=4 patience=1 server"),
    ci("server-silent", "candidates=2 lease=2 patience=0 server silent watch-fails stops"),
    full("server-patient-release", "candidates=2 lease=4 patience=1 server stops"),
    full("server-news-silent", "candidates=2 lease=2 patience=0 server silent looks=1 endings=1"),
    full("server-release", "candidates=2 lease=2 patience=0 server late-calls=1 stops"),
    full("shutdown-crash", "candidates=2 lease=1 patience=0 shutdowns crashes=1"),
    full("crash-release", "candidates=2 lease=4 patience=1 stops crashes=1"),
    full("three-server", "candidates=3 lease=2 patience=0 server endings=1 deletions=1"),
    full(
        "three-server-late",
        "candidates=3 lease=1 patience=0 server late-calls=1 endings=1 deletions=1",
    ),
    full("three-delete", "candidates=3 lease=2 patience=0 deletions=1"),
    full("three-release", "candidates=3 lease=2 patience=0 stops"),
    full("three", "candidates=3 lease=2 patience=0 stops deletions=1"),
    cut("server-patient-watch", 20_000_000, "candidates=2 lease=4 patience=1 server watch"),
    cut("three-patient", 20_000_000, "candidates=3 lease=4 patience=1"),
];

const fn ci(name: &'static str, text: &'static str) -> Instance<'static> {
    Instance { name, full: false, text, states: None }
}

const fn full(name: &'static str, text: &'static str) -> Instance<'static> {
    Instance { name, full: true, text, states: None }
}

const fn cut(name: &'static str, states: usize, text: &'static str) -> Instance<'static> {
    Instance { name, full: true, text, states: Some(states) }
}

impl Parameters {
    /// Reads parameters such as `candidates=2 lease=4 patience=1 rates=2 stops crashes=1`.
    ///
    /// `lease`, `patience` (for how many ticks after that of its request an answer is waited for) and `interval` (from
    /// one renewal to the next; the next tick unless given) and `deadline` (the tick at which a leader without an answer stops; the
    /// earliest that the budget's rules allow unless given) make the budget; `bound` is the ratio of clock rates in percent that the budget allows for, `100 * rates` unless given.
    ///
    /// # Errors
    ///
    /// When a word is unknown, a number is none, or no budget can be made of them.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut ticks = Ticks { lease: 4, patience: 1, interval: 0, deadline: 0, rate_ppm: 0 };
        let (mut candidates, mut server, mut silent) = (2, false, false);
        let (mut rates, mut bound, mut wrong) = (1, None, None);
        let mut faults = Faults::default();
        for word in text.split_whitespace() {
            let (key, value) = word.split_once('=').unwrap_or((word, ""));
            let number = || value.parse::<u32>().map_err(|_| format!("{word:?} needs a number"));
            let small =
                || value.parse::<u8>().map_err(|_| format!("{word:?} needs a small number"));
            match key {
                "candidates" => candidates = small()?.clamp(1, 4),
                "lease" => ticks.lease = number()?,
                "patience" => ticks.patience = number()?,
                "interval" => ticks.interval = number()?,
                "deadline" => ticks.deadline = number()?,
                "rates" => rates = number()?.clamp(1, 4),
                "bound" => bound = Some(number()?),
                "server" => server = true,
                "silent" => silent = true,
                "watch" => faults.watch = true,
                "looks" => faults.looks = small()?,
                "watch-fails" => faults.watch_fails = true,
                "late-watch" => faults.late_watch = true,
                "stops" => faults.stops = true,
                "endings" => faults.endings = small()?,
                "resigns" => faults.resigns = true,
                "shutdowns" => faults.shutdowns = true,
                "strays" => faults.strays = true,
                "doubts" => faults.doubts = true,
                "crashes" => faults.crashes = small()?,
                "withdrawals" => faults.withdrawals = small()?,
                "deletions" => faults.deletions = small()?,
                "late-calls" => faults.late_calls = small()?,
                "repeats" => faults.repeats = small()?,
                "wrong" => wrong = Some(Wrong::named(value).ok_or(format!("{word:?} is unknown"))?),
                _ => return Err(format!("{word:?} is unknown")),
            }
        }
        ticks.rate_ppm = rate_ppm(bound.unwrap_or(100 * rates));
        let budget = ticks.budget().map_err(|error| error.to_string())?;
        Ok(Self { candidates, server, silent, rates, budget, faults, wrong })
    }
}
