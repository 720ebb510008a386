//! The last entries of a journal, for people.

use super::fact::{Entry, Fact};
use super::sim::Setting;

/// One line an entry: true time, whose, its own time, what.
pub(crate) fn lines<'a>(
    entries: impl Iterator<Item = &'a Entry>,
    setting: &Setting,
) -> Vec<String> {
    let mut lines = vec![
        format!("{setting:?}"),
        format!("{:>16}  {:<10} {:>18}  what", "true time", "who", "own time"),
    ];
    for entry in entries {
        let (who, own) = match entry.who {
            Some(who) if entry.own == 0 => (format!("{}#{} at store", who.slot, who.life), None),
            Some(who) => (format!("node-{}#{}", who.slot, who.life), Some(entry.own)),
            None => (String::from("-"), None),
        };
        let own = own.map(seconds).unwrap_or_default();
        lines.push(format!(
            "{:>16}  {who:<12} {own:>18}  {}",
            seconds(entry.at),
            what(&entry.fact)
        ));
    }
    lines
}

fn what(fact: &Fact) -> String {
    match fact {
        Fact::Stands { token, until: 0, .. } => format!("term {token} is over"),
        Fact::Stands { token, until, ends } => {
            let (until, ends) = (seconds(*until), seconds(*ends));
            format!("term {token} is valid until {until}, which is true time {ends}")
        }
        Fact::Fault(fault) => format!("FAULT {fault}"),
        fact => short(&format!("{fact:?}")),
    }
}

/// The text with sessions cut to their first digits.
fn short(text: &str) -> String {
    let mut short = String::new();
    let mut digits = 0;
    for letter in text.chars() {
        digits = if letter.is_ascii_hexdigit() { digits + 1 } else { 0 };
        short.push(letter);
        if digits == 32 {
            short.truncate(short.len() - 28);
        }
    }
    short
}

fn seconds(nanos: u64) -> String {
    format!("{}.{:09}", nanos / 1_000_000_000, nanos % 1_000_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_sessions_and_nothing_else() {
        let session = "0123456789abcdef".repeat(2);
        assert_eq!(short(&format!("Beat(\"{session}.17\") faded")), "Beat(\"0123.17\") faded");
    }
}
