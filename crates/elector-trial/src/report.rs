//! What came of a trial, as a table and as JSON.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use comfy_table::{CellAlignment, Table, presets};
use serde_json::{Value, json};

use crate::candidate::SAMPLING;
use crate::counted::Requests;
use crate::faults::{Fault, Mended};
use crate::judge::Verdict;
use crate::timeline::Step;
use crate::times::{Times, millis, text};

/// What the columns mean that do not say it themselves.
const LEGEND: &str = "overshoot: time over the earliest moment at which a rival may start, worst (known for a freeze); \
                      calls/s: requests to the store";

/// What came of a trial.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Report {
    /// The backend's short name.
    pub backend: &'static str,
    /// How long a lease lasted.
    pub lease_duration: Duration,
    /// What happened, step by step.
    pub steps: Vec<Step>,
    /// The faults that were mended.
    pub mended: Vec<Mended>,
    /// What the judge says.
    pub verdict: Verdict,
    /// What each candidate asked of the store.
    pub loads: Vec<Load>,
    /// Why the trial broke off, if it did.
    pub failure: Option<String>,
}

/// What one candidate asked of the store.
#[derive(Clone, Debug, PartialEq)]
pub struct Load {
    /// Its name.
    pub candidate: String,
    /// For how long it was counted, over all its processes.
    pub over: Duration,
    /// The numbers.
    pub requests: Requests,
}

impl Load {
    /// Calls a second.
    pub fn per_second(&self) -> f64 {
        let seconds = self.over.as_secs_f64();
        if seconds > 0.0 { self.requests.calls() as f64 / seconds } else { 0.0 }
    }
}

impl Report {
    /// Whether the trial came to its end, and the judge found nothing.
    pub fn is_good(&self) -> bool {
        self.failure.is_none() && self.verdict.is_clean() && !self.mended.is_empty()
    }

    /// The report for machines. Durations are in milliseconds.
    pub fn to_json(&self) -> Value {
        let faults: BTreeMap<_, _> = self
            .faults()
            .into_iter()
            .map(|(fault, times, overshoot)| {
                let key = serde_json::to_value(fault).ok();
                let key = key.as_ref().and_then(Value::as_str).unwrap_or_default().to_owned();
                (key, json!({ "failover": times.summary(), "overshoot": overshoot.summary() }))
            })
            .collect();
        let loads: Vec<_> = self
            .loads
            .iter()
            .map(|load| {
                json!({
                    "candidate": load.candidate,
                    "over_ms": millis(load.over),
                    "calls_per_second": (load.per_second() * 100.0).round() / 100.0,
                    "requests": load.requests,
                })
            })
            .collect();
        let (total, worst) = self.verdict.two_leaders();
        json!({
            "good": self.is_good(),
            "failure": self.failure,
            "backend": self.backend,
            "lease_duration_ms": millis(self.lease_duration),
            "faults": faults,
            "two_leaders_ms": { "total": total as f64 / 1e6, "worst": worst as f64 / 1e6 },
            "verdict": self.verdict,
            "candidates": loads,
            "timeline": self.steps,
        })
    }

    /// The times of each fault, and by how much they overshot what is permitted.
    fn faults(&self) -> Vec<(Fault, Times, Times)> {
        let mut kinds: Vec<_> = self.mended.iter().map(|mended| mended.fault).collect();
        kinds.sort_unstable();
        kinds.dedup();
        let of = |fault| self.mended.iter().filter(move |mended| mended.fault == fault);
        kinds
            .into_iter()
            .map(|fault| {
                let times = of(fault).map(|mended| mended.took).collect();
                (fault, times, of(fault).filter_map(|mended| mended.overshoot).collect())
            })
            .collect()
    }

    fn fault_table(&self) -> Table {
        let mut table = table(["fault", "n", "next leader after: median", "worst", "overshoot"]);
        for (fault, times, overshoot) in self.faults() {
            let told = |time: Option<Duration>| time.map_or("–".to_owned(), text);
            table.add_row([
                fault.as_str().to_owned(),
                times.summary().map_or(0, |summary| summary.n).to_string(),
                told(times.percentile(50)),
                told(times.percentile(100)),
                told(overshoot.percentile(100)),
            ]);
        }
        right_aligned(table)
    }

    fn load_table(&self) -> Table {
        let mut table = table(["candidate", "calls/s", "acquire", "renew", "release", "watch"]);
        for load in &self.loads {
            let Requests { acquire, renew, release, watch, .. } = load.requests;
            let mut row = vec![load.candidate.clone(), format!("{:.2}", load.per_second())];
            row.extend([acquire, renew, release, watch].map(|count| count.to_string()));
            table.add_row(row);
        }
        right_aligned(table)
    }
}

fn table<const N: usize>(head: [&str; N]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_BORDERS_ONLY).set_header(head);
    table
}

/// All columns but the first hold numbers.
fn right_aligned(mut table: Table) -> Table {
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lease = text(self.lease_duration);
        writeln!(f, "{} backend, lease {lease}\n", self.backend)?;
        writeln!(f, "{}", self.fault_table())?;
        writeln!(f, "{}", self.load_table())?;
        writeln!(f, "{LEGEND}\n")?;
        let Verdict { terms, overlaps, not_risen, frozen, woke_valid, .. } = &self.verdict;
        let Verdict { too_early, too_long, .. } = &self.verdict;
        let (total, worst) = self.verdict.two_leaders();
        if overlaps.is_empty() {
            let sampling = SAMPLING.as_millis();
            writeln!(
                f,
                "two leaders at once: never, in {terms} terms, checked about every {sampling} ms"
            )?;
        } else {
            let [total, worst] = [total, worst].map(|nanos| text(Duration::from_nanos(nanos)));
            writeln!(f, "TWO LEADERS AT ONCE for {total}, at worst {worst}: {overlaps:?}")?;
        }
        if not_risen.is_empty() {
            writeln!(f, "tokens: always rising")?;
        } else {
            writeln!(f, "TOKENS THAT DID NOT RISE: {not_risen:?}")?;
        }
        if woke_valid.is_empty() {
            writeln!(f, "frozen leaders that still led when they woke: 0 of {frozen}")?;
        } else {
            writeln!(f, "FROZEN LEADERS THAT STILL LED WHEN THEY WOKE: tokens {woke_valid:?}")?;
        }
        if !too_early.is_empty() {
            writeln!(f, "TAKEOVERS BEFORE A FROZEN LEADER'S LEASE WAS OVER: {too_early:?}")?;
        }
        if !too_long.is_empty() {
            writeln!(f, "TERMS SAID TO BE VALID FOR TOO LONG: {too_long:?}")?;
        }
        if let Some(failure) = &self.failure {
            writeln!(f, "BROKEN OFF: {failure}")?;
        }
        Ok(())
    }
}
