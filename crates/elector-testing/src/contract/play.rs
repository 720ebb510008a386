//! Plays one case on one fixture.

use std::sync::Arc;
use std::time::Duration;

use super::cases::ALL;
use super::{Case, Stage};
use crate::{Fixture, Skip};

/// How long a case may take: in a paused runtime this only tells a hung case from a long one.
const TIMEOUT: Duration = Duration::from_secs(120);

/// Plays the case called `name`, or says why it does not apply.
///
/// # Panics
///
/// When the backend breaks its contract.
pub async fn play<F: Fixture>(name: &str, fixture: Result<F, Skip>) {
    let Some(stage) = stage(fixture).await else { return };
    let case = ALL.iter().find(|case| case.name == name).expect("a case of this name");
    if let Some(reason) = stage.lacks(case) {
        say(&format!("not applicable: {name}: {reason}"));
        return;
    }
    let run = tokio::time::timeout(TIMEOUT, (case.run)(stage));
    run.await.unwrap_or_else(|_| panic!("{name} did not end within {TIMEOUT:?}"));
}

/// Checks that the cases which the fixture cannot play are those that were `listed`, and prints what does not apply.
///
/// # Panics
///
/// When they are not.
pub async fn applicability<F: Fixture>(listed: &[&str], fixture: Result<F, Skip>) {
    let Some(stage) = stage(fixture).await else { return };
    let lacking = |case: &'static Case| stage.lacks(case).map(|reason| (case.name, reason));
    let mut found: Vec<_> = ALL.iter().filter_map(lacking).collect();
    let mut listed = listed.to_vec();
    found.sort_unstable();
    listed.sort_unstable();
    let report: String =
        found.iter().map(|(name, reason)| format!("\n  {name}: {reason}")).collect();
    let applying = ALL.len() - found.len();
    say(&format!("{} cases, {applying} apply, {} do not:{report}", ALL.len(), found.len()));
    // The others follow from what the store says of itself.
    let unplayable =
        |case: &&'static Case| stage.plays_expiry_of(case) && stage.lacks(case).is_some();
    let mut unplayable: Vec<_> = ALL.iter().filter(unplayable).map(|case| case.name).collect();
    unplayable.sort_unstable();
    assert_eq!(
        unplayable, listed,
        "the fixture cannot play (left) other cases than listed (right)"
    );
}

async fn stage<F: Fixture>(fixture: Result<F, Skip>) -> Option<Stage> {
    match fixture {
        Ok(fixture) => Some(Stage::new(Arc::new(fixture)).await),
        Err(skip) => {
            let required = std::env::var("ELECTOR_TEST_REQUIRE").is_ok_and(|value| value == "1");
            assert!(!required, "ELECTOR_TEST_REQUIRE=1, but {skip}");
            say(&format!("skipped: {skip}"));
            None
        }
    }
}

#[allow(clippy::print_stdout)]
fn say(line: &str) {
    println!("{line}");
}
