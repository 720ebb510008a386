//! Which values are never printed.

use crate::decode::list;
use crate::node::{Node, Value};

/// What is printed instead of a secret.
pub(crate) const HIDDEN: &str = "[not shown]";

const WORDS: [&str; 8] =
    ["password", "passwd", "passphrase", "secret", "token", "credential", "apikey", "auth"];

/// The shortest secret that is looked for inside of other text: a shorter one is found everywhere.
const FINDABLE: usize = 4;

/// Whether the value of the dotted `key` is hidden. Only backends have secrets; `election.token_floor` is none.
pub(crate) fn hides(key: &str) -> bool {
    key.starts_with("backend.") && key.split('.').any(sounds_secret)
}

/// Whether a name, or a line of a file, speaks of a secret.
pub(crate) fn sounds_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let is_key = |word: &str| matches!(word, "key" | "keys" | "pass" | "pwd");
    WORDS.iter().any(|word| name.contains(word))
        || name.split(|c: char| !c.is_ascii_alphanumeric()).any(is_key)
}

/// `text` without the user and the password of a URL in it.
pub(crate) fn without_user_info(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("://") {
        let (before, after) = rest.split_at(start + 3);
        clean.push_str(before);
        let end = after
            .find(|c: char| c == '/' || c == '"' || c == '\'' || c == ',' || c.is_whitespace())
            .unwrap_or(after.len());
        // The last @ counts: a password may hold one.
        let host = after[..end].rfind('@');
        if host.is_some() {
            clean.push_str(HIDDEN);
        }
        rest = &after[host.unwrap_or(0)..];
    }
    clean.push_str(rest);
    clean
}

/// `text` without any secret that stands under `node`, whose dotted key is `key`.
pub(crate) fn scrub(text: &str, key: &str, node: &Node) -> String {
    let mut clean = without_user_info(text);
    visit(key, node, &mut |key, secret| {
        if hides(key) && secret.len() >= FINDABLE {
            clean = clean.replace(secret, HIDDEN);
            // As `Debug` writes it.
            clean = clean.replace(&secret.escape_debug().to_string(), HIDDEN);
        }
    });
    clean
}

fn visit(key: &str, node: &Node, see: &mut impl FnMut(&str, &str)) {
    match &node.value {
        Value::Text(text) => {
            see(key, text);
            list(text).iter().for_each(|item| see(key, item));
        }
        Value::String(text) => see(key, text),
        Value::Integer(number) => see(key, &number.to_string()),
        Value::Float(number) => see(key, &number.to_string()),
        Value::Bool(_) => {}
        Value::List(items) => items.iter().for_each(|item| visit(key, item, see)),
        Value::Table(table) => {
            table.iter().for_each(|(name, entry)| visit(&format!("{key}.{name}"), entry, see));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_secrets() {
        for key in
            ["password", "db_password", "token_file", "secret", "api_key", "key", "authToken"]
        {
            assert!(hides(&format!("backend.redis.{key}")), "{key}");
        }
        for key in ["keepalive", "monkey", "folder", "poll_interval", "passive"] {
            assert!(!hides(&format!("backend.redis.{key}")), "{key}");
        }
        assert!(!hides("election.token_floor"));
        assert!(hides("backend.redis.auth.value"));
    }

    #[test]
    fn user_info_of_urls() {
        for (text, clean) in [
            ("redis://u:p@h:1/0", "redis://[not shown]@h:1/0"),
            ("\"redis://u:p@ss@h\", \"b\"", "\"redis://[not shown]@h\", \"b\""),
            ("http://h:1/@x and http://:p@i", "http://h:1/@x and http://[not shown]@i"),
            ("no url, a@b", "no url, a@b"),
        ] {
            assert_eq!(without_user_info(text), clean);
        }
    }
}
