//! What was measured, beside what is promised.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use comfy_table::{ContentArrangement, Table, presets};
use elector_trial::candidate::SAMPLING;
use elector_trial::faults::{Fault, Mended};
use elector_trial::{Summary, Times, Verdict};
use serde::Serialize;

/// Everything that was measured.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    rows: Vec<Row>,
    /// The judge's verdict on all trials with candidates.
    verdict: Verdict,
    /// How long nobody led after each fault, and how long nobody may.
    mended: BTreeMap<(Fault, Duration), Vec<Duration>>,
}

#[derive(Debug, Serialize)]
struct Row {
    what: String,
    goal: String,
    found: String,
    /// Absent where nothing is promised.
    met: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    times: Option<Summary>,
}

impl Findings {
    /// Takes note of a finding; `met` is absent where nothing is promised.
    pub(crate) fn add(&mut self, what: &str, goal: &str, found: String, met: Option<bool>) {
        eprintln!("{what}: {found}");
        let (what, goal) = (what.to_owned(), goal.to_owned());
        self.rows.push(Row { what, goal, found, met, times: None });
    }

    /// Takes note of times of which 99 of 100 shall be below `goal_ms`.
    pub(crate) fn add_times(&mut self, what: &str, goal_ms: f64, times: &Times) {
        let Some(summary) = times.summary() else { return };
        let Summary { n, p50_ms, p99_ms, max_ms } = summary;
        let found = format!("{n}: p50 {p50_ms:.1}, p99 {p99_ms:.1}, max {max_ms:.1} ms");
        self.add(what, &format!("p99 < {goal_ms} ms"), found, Some(p99_ms < goal_ms));
        if let Some(row) = self.rows.last_mut() {
            row.times = Some(summary);
        }
    }

    /// Takes note of a fault that was mended, and says how long that took.
    pub(crate) fn add_mended(&mut self, mended: &Mended) -> Duration {
        self.mended.entry((mended.fault, mended.bound)).or_default().push(mended.took);
        mended.took
    }

    /// Adds the verdict of one election.
    pub(crate) fn add_verdict(&mut self, verdict: Verdict) {
        self.verdict = std::mem::take(&mut self.verdict).and(verdict);
    }

    /// Says what the judge found in all trials with candidates.
    pub(crate) fn judge(&mut self) {
        let Verdict { terms, overlaps, not_risen, frozen, woke_valid, .. } = self.verdict.clone();
        let (total, worst) = self.verdict.two_leaders();
        let sampling = SAMPLING.as_millis();
        let found = format!(
            "{} in {terms} terms checked about every {sampling} ms, {total} ns, worst {worst} ns",
            overlaps.len()
        );
        self.add("overlaps of is_current() windows", "0", found, Some(overlaps.is_empty()));
        for ((fault, bound), took) in &std::mem::take(&mut self.mended) {
            let in_time = took.iter().filter(|took| *took <= bound).count();
            let worst = took.iter().max().map_or(0.0, Duration::as_secs_f64);
            let what = format!("after each {}: exactly one leader", fault.as_str());
            let goal = format!("within {:.3} s", bound.as_secs_f64());
            let found = format!("{in_time} of {}, worst {worst:.3} s", took.len());
            let met = in_time == took.len() && overlaps.is_empty();
            self.add(&what, &goal, found, Some(met));
        }
        let found = format!("{} of {terms}", not_risen.len());
        self.add("tokens that did not rise", "0", found, Some(not_risen.is_empty()));
        let found = format!("{} of {frozen}", woke_valid.len());
        let what = "frozen past its term, is_current() on waking";
        self.add(what, "0", found, Some(woke_valid.is_empty()));
        let Verdict { too_early, too_long, .. } = self.verdict.clone();
        let what = "takeovers before a frozen leader's lease was over";
        self.add(what, "0", format!("{too_early:?}"), Some(too_early.is_empty()));
        let what = "terms said to be valid for longer than the hold";
        self.add(what, "0", format!("{too_long:?}"), Some(too_long.is_empty()));
    }

    /// Whether every promise was kept.
    pub(crate) fn all_met(&self) -> bool {
        self.rows.iter().all(|row| row.met != Some(false))
    }

    pub(crate) fn to_json(&self) -> String {
        let findings = serde_json::json!({ "findings": self.rows, "verdict": self.verdict });
        serde_json::to_string_pretty(&findings).unwrap()
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::new();
        table
            .load_style(presets::UTF8_BORDERS_ONLY)
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(118)
            .set_header(["", "goal", "found", ""]);
        for Row { what, goal, found, met, .. } in &self.rows {
            let met = match met {
                Some(true) => "met",
                Some(false) => "NOT MET",
                None => "",
            };
            table.add_row([what, goal, found, met]);
        }
        write!(f, "{table}")
    }
}
