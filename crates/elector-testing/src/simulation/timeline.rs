//! The last entries of a journal, for people.

use super::fact::Entry;
use super::sim::Setting;

/// One line an entry: true time, whose, its own time, what.
pub(crate) fn lines<'a>(
    entries: impl Iterator<Item = &'a Entry>,
    setting: &Setting,
) -> Vec<String> {
    let mut lines = vec![
        format!("{setting:?}"),
        format!("{:>16}  {:<10} {:>20}  what", "true time", "who", "own time"),
    ];
    for entry in entries {
        let (who, own) = match entry.who {
            Some(who) => (format!("node-{}#{}", who.slot, who.life), seconds(entry.own)),
            None => (String::from("-"), String::new()),
        };
        lines.push(format!("{:>16}  {who:<10} {own:>20}  {:?}", seconds(entry.at), entry.fact));
    }
    lines
}

fn seconds(nanos: u64) -> String {
    format!("{}.{:09}", nanos / 1_000_000_000, nanos % 1_000_000_000)
}
