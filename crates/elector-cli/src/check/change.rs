//! What a running fleet needs when its settings change.

use std::collections::BTreeMap;
use std::path::Path;

use elector_config::Settings;

/// Keys of stores that lead to the same record, whatever they say.
const SAME_RECORD: [&str; 4] = [
    "backend.local.allow_weak",
    "backend.local.poll_interval",
    "backend.kubernetes.events",
    "backend.kubernetes.watch",
];
/// A table of such keys.
const LABELS: &str = "backend.kubernetes.labels";

/// What to do, one step a line; `path` is the file of the old settings.
pub(super) fn advice(old: &Settings, new: &Settings, path: &Path) -> String {
    let (before, after) = (values(old), values(new));
    let mut keys: Vec<_> = before.keys().chain(after.keys()).collect();
    keys.sort_unstable();
    keys.dedup();
    let shown = |value: Option<&String>| value.map_or("not set".to_owned(), String::clone);
    let mut lines = Vec::new();
    let mut moves = false;
    for key in keys {
        let (was, is) = (before.get(key), after.get(key));
        if was != is {
            lines.push(format!("{key}: {} -> {}", shown(was), shown(is)));
            moves |= makes_another(key);
        }
    }
    if lines.is_empty() {
        return "nothing changes".to_owned();
    }
    lines.push(String::new());
    if moves {
        lines.extend(steps_of_a_move(old, new, path));
    } else {
        lines.push(
            "The election stays the same: restart the candidates one by one, in any order."
                .to_owned(),
        );
        if old.election().lease_duration != new.election().lease_duration {
            lines.push(
                "Each lease lasts as long as its own record says, so old and new candidates \
                 may run side by side."
                    .to_owned(),
            );
        }
    }
    lines.join("\n")
}

/// The values that count: those of other kinds of store stand in a file without effect.
fn values(settings: &Settings) -> BTreeMap<String, String> {
    let table = format!("backend.{}.", settings.kind());
    let explained = settings.explain();
    let counts = |key: &str| {
        !key.starts_with("backend.") || key == "backend.kind" || key.starts_with(&table)
    };
    let counting = explained.settings().iter().filter(|setting| counts(&setting.key));
    counting.map(|setting| (setting.key.clone(), setting.value.clone())).collect()
}

/// Whether candidates that differ in this key take part in two elections. A key that is not known to be harmless does.
fn makes_another(key: &str) -> bool {
    let place = key == "election.name" || key.starts_with("backend.");
    place && !SAME_RECORD.contains(&key) && !key.starts_with(LABELS)
}

fn steps_of_a_move(old: &Settings, new: &Settings, path: &Path) -> Vec<String> {
    let lease = old.election().lease_duration;
    let (was, is) = (old.election().token_floor, new.election().token_floor);
    let mut lines = vec![
        "This is another election: old and new candidates do not exclude each other.".to_owned(),
        "1. Stop all candidates of the old one.".to_owned(),
        format!(
            "2. Wait {lease:?}, one lease of the old, so that one that you cannot reach has stopped \
             too, and make sure that nobody leads there."
        ),
        format!(
            "3. Set token_floor in [election] to the greatest token seen: `elector leader --json \
             --config {}` prints the leader's, and the last one after a release (last_token); the log \
             of the last leader has it too.",
            path.display()
        ),
    ];
    lines.push(if is < was {
        format!("   It is {is} now, below even the {was} of the old settings: too low.")
    } else {
        format!("   It is {is} now.")
    });
    lines.push("4. Start the candidates of the new one.".to_owned());
    lines
}
