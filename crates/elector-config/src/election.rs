//! The sections that every file has: `[election]` and `[candidate]`.

use std::time::Duration;

use elector::{Budget, BudgetError, FencingToken, OnOverrun, Violation};
use serde::Deserialize;

use crate::duration;

/// `[election]`: the election and its time budget.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ElectionSettings {
    /// The name of the election, such as `billing/scheduler`.
    pub name: String,
    /// How long a lease lasts. 15 s unless set.
    #[serde(deserialize_with = "duration::required")]
    pub lease_duration: Duration,
    /// Every term's token is greater than this one. For a fleet that changes its store.
    #[serde(default)]
    pub token_floor: FencingToken,
    /// What happens when the work ignores its stop: `report`, unless set, or `abort`.
    #[serde(default, with = "OnOverrunName")]
    pub on_overrun: OnOverrun,
    /// Whether a record that is missing at the start is waited for like one that was deleted under a leader.
    #[serde(default)]
    pub distrust_missing: bool,
    /// Instead of [`Budget::clock_rate_ppm`], in millionths.
    #[serde(default)]
    pub clock_rate_ppm: Option<u32>,
    /// Instead of [`Budget::renew_interval`].
    #[serde(default, deserialize_with = "duration::optional")]
    pub renew_interval: Option<Duration>,
    /// Instead of [`Budget::renew_deadline`].
    #[serde(default, deserialize_with = "duration::optional")]
    pub renew_deadline: Option<Duration>,
    /// Instead of [`Budget::attempt_timeout`].
    #[serde(default, deserialize_with = "duration::optional")]
    pub attempt_timeout: Option<Duration>,
    /// Instead of [`Budget::backoff`].
    #[serde(default, deserialize_with = "duration::optional")]
    pub backoff: Option<Duration>,
    /// Instead of [`Budget::stop_budget`].
    #[serde(default, deserialize_with = "duration::optional")]
    pub stop_budget: Option<Duration>,
    /// Instead of [`Budget::pause_allowance`].
    #[serde(default, deserialize_with = "duration::optional")]
    pub pause_allowance: Option<Duration>,
}

/// The names of [`OnOverrun`] in a file.
#[derive(Deserialize)]
#[serde(remote = "OnOverrun", rename_all = "lowercase")]
enum OnOverrunName {
    Report,
    Abort,
}

/// `[candidate]`: who stands.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct CandidateSettings {
    /// The candidate's name, for people. `POD_NAME` unless set, or else the host's name.
    pub name: String,
    /// Text for followers and observers, such as an address.
    #[serde(default)]
    pub metadata: Option<String>,
}

impl ElectionSettings {
    pub(crate) fn budget(&self) -> Result<Budget, BudgetError> {
        let mut budget = Budget::builder(self.lease_duration);
        if let Some(part) = self.clock_rate_ppm {
            budget = budget.clock_rate_ppm(part);
        }
        if let Some(part) = self.renew_interval {
            budget = budget.renew_interval(part);
        }
        if let Some(part) = self.renew_deadline {
            budget = budget.renew_deadline(part);
        }
        if let Some(part) = self.attempt_timeout {
            budget = budget.attempt_timeout(part);
        }
        if let Some(part) = self.backoff {
            budget = budget.backoff(part);
        }
        if let Some(part) = self.stop_budget {
            budget = budget.stop_budget(part);
        }
        if let Some(part) = self.pause_allowance {
            budget = budget.pause_allowance(part);
        }
        budget.build()
    }

    /// What is wrong with the budget, without a line that only says what another one did to a value nobody set.
    pub(crate) fn told(&self, error: &BudgetError) -> String {
        let broken = error.violations();
        let is_spent = |violation: &Violation| violation.line.ends_with("<= hold");
        let spent = self.pause_allowance.is_none() && broken.iter().any(is_spent);
        let lines = broken.iter().filter(|violation| !(spent && violation.line == NO_PAUSE));
        let lines: Vec<_> = lines
            .map(|Violation { line, numbers, .. }| format!("{line} is broken ({numbers})"))
            .collect();
        format!("the time budget cannot hold: {}", lines.join("; "))
    }

    /// Whether the value of `key` has a part in what is wrong with the budget.
    pub(crate) fn is_at_fault(&self, key: &str, error: &BudgetError) -> bool {
        // The hold, and all that is not set, follow from these two.
        let from_these = ["lease_duration", "clock_rate_ppm"];
        from_these.contains(&key)
            || error.violations().iter().any(|violation| violation.line.contains(key))
    }
}

/// The line that a pause allowance of nothing breaks.
const NO_PAUSE: &str = "pause_allowance > 0";
