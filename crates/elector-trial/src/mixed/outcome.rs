//! What came of a mixed trial.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use comfy_table::{Table, presets};
use serde::Serialize;

use crate::faults::{Fault, Mended};
use crate::judge::Verdict;
use crate::ledger::Audit;
use crate::times::{as_millis, text};

/// What came of a mixed trial.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Outcome {
    /// The seed of its faults.
    pub seed: u64,
    /// How long it took; written in milliseconds.
    #[serde(serialize_with = "as_millis", rename = "took_ms")]
    pub took: Duration,
    /// What came of each kind of fault.
    pub faults: BTreeMap<Fault, Count>,
    /// Faults that were mended too late: what it was, the token of the term that it hit, and milliseconds until somebody
    /// led again.
    pub late: Vec<(Fault, u64, u128)>,
    /// Faults in which the store was blocked by a frozen process, so that nobody could lead until it woke.
    pub blocked: u32,
    /// What the judge says of the claims.
    pub verdict: Verdict,
    /// What the ledger says of the register.
    pub audit: Audit,
}

/// Faults of one kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Count {
    /// How many were made.
    pub made: u32,
    /// How many changes of the leader they made; a rolling restart may make several.
    pub changes: u32,
    /// After how many of these somebody led within the bound.
    pub in_time: u32,
    /// The bound; written in milliseconds.
    #[serde(serialize_with = "as_millis", rename = "bound_ms")]
    pub bound: Duration,
    /// After how many of these it was the leader from before, in the same term.
    pub kept: u32,
    /// The longest time until every candidate knew the leader, after the fault was over and somebody led; written in
    /// milliseconds.
    #[serde(serialize_with = "as_millis", rename = "settled_ms")]
    pub settled: Duration,
    /// The longest time without a leader that was told; written in milliseconds.
    #[serde(serialize_with = "as_millis", rename = "worst_ms")]
    pub worst: Duration,
    /// For how long there were two leaders, all together, where that is outside the assumptions; written in milliseconds.
    #[serde(serialize_with = "as_millis", rename = "two_leaders_ms")]
    pub two_leaders: Duration,
}

impl Outcome {
    /// Whether nothing was found that must not be, and every fault was mended within its bound.
    pub fn is_good(&self) -> bool {
        let in_time = self.faults.values().all(|count| count.in_time == count.changes);
        in_time && self.verdict.is_clean() && self.audit.is_clean()
    }

    pub(super) fn count(&mut self, fault: Fault, mended: &[Mended], settled: Duration) {
        let count = self.faults.entry(fault).or_default();
        count.made += 1;
        count.settled = count.settled.max(settled);
        for mended in mended {
            count.changes += 1;
            count.in_time += u32::from(mended.in_time());
            count.kept += u32::from(mended.to.token == mended.from.token);
            count.bound = mended.bound;
            count.worst = count.worst.max(mended.took);
            if !mended.in_time() {
                self.late.push((fault, mended.from.token, mended.took.as_millis()));
            }
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let made: u32 = self.faults.values().map(|count| count.made).sum();
        writeln!(f, "{made} faults in {}, seed {}", text(self.took), self.seed)?;
        let mut table = Table::new();
        table.load_style(presets::ASCII_MARKDOWN);
        table.set_header([
            "fault",
            "times",
            "leads on",
            "one leader again within",
            "found",
            "worst",
            "known to all",
            "two leaders",
        ]);
        for (fault, count) in &self.faults {
            let Count { made, changes, in_time, kept, bound, worst, settled, two_leaders } = *count;
            table.add_row([
                fault.as_str().to_owned(),
                made.to_string(),
                kept.to_string(),
                text(bound),
                format!("{in_time} of {changes}"),
                text(worst),
                text(settled),
                if fault.is_outside() { text(two_leaders) } else { "-".to_owned() },
            ]);
        }
        writeln!(f, "{table}\nwhere two leaders have a time, the assumptions did not hold")?;
        writeln!(f, "later than the bound: {} {:?}", self.late.len(), self.late)?;
        writeln!(f, "blocked by a process frozen in the store's lock: {}", self.blocked)?;
        write!(f, "{}\n{}", self.verdict, self.audit)
    }
}
