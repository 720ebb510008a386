//! Which Lease an election is.

use elector::Result;

use crate::error;

/// The longest name of a Kubernetes object.
const LONGEST: usize = 253;

/// The name of the Lease for the election called `election`.
///
/// A name of Kubernetes' own form (RFC 1123: `a-z`, `0-9`, `-` and `.` between them) stands for itself, unless it has
/// `--` in it. In other names what does not fit is written as `--` and two hexadecimal digits: `billing/scheduler` is
/// the Lease `billing--2fscheduler`. No two elections share a Lease.
///
/// # Errors
///
/// [`ErrorKind::Invalid`](elector::ErrorKind::Invalid) for a name that is empty, or longer than 253 bytes so written.
pub(crate) fn lease_name(election: &str) -> Result<String> {
    let bytes = election.as_bytes();
    let plain = |at: usize| bytes.get(at).is_some_and(|byte| is_plain(*byte));
    let fits = |at: usize| {
        let between = matches!(bytes[at], b'-' | b'.') && at > 0 && plain(at - 1) && plain(at + 1);
        plain(at) || between
    };
    let mut name = String::with_capacity(bytes.len());
    // A Lease's name cannot begin with an escape: an `x` comes before it. So that this `x` is no other name's, one that
    // stands there by itself is escaped.
    let is_taken_for_ours = bytes.first() == Some(&b'x') && bytes.len() > 1 && !fits(1);
    for (at, byte) in bytes.iter().enumerate() {
        if fits(at) && !(at == 0 && is_taken_for_ours) {
            name.push(char::from(*byte));
        } else {
            if name.is_empty() {
                name.push('x');
            }
            name.push_str(&format!("--{byte:02x}"));
        }
    }
    if name.is_empty() || name.len() > LONGEST {
        let message = format!(
            "the election {election:?} would be a Lease with a name of {} characters: 1 to {LONGEST} are allowed",
            name.len()
        );
        return Err(error::invalid("election", message));
    }
    Ok(name)
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What a Lease's name stands for.
    fn election(lease: &str) -> String {
        let mut bytes = Vec::new();
        let mut rest = match lease.strip_prefix("x--") {
            Some(_) => &lease[1..],
            None => lease,
        };
        while let Some(first) = rest.chars().next() {
            if let Some(escaped) = rest.strip_prefix("--") {
                bytes.push(u8::from_str_radix(&escaped[..2], 16).unwrap());
                rest = &escaped[2..];
            } else {
                bytes.push(first as u8);
                rest = &rest[1..];
            }
        }
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn kubernetes_names_stand_for_themselves() {
        for name in ["scheduler", "a", "7", "kube-scheduler", "f0f1.example.com", "x", "xa"] {
            assert_eq!(lease_name(name).unwrap(), name);
        }
    }

    #[test]
    fn others_are_escaped() {
        let written = |name| lease_name(name).unwrap();
        assert_eq!(written("billing/scheduler"), "billing--2fscheduler");
        assert_eq!(written("/a"), "x--2fa");
        assert_eq!(written("x/a"), "x--78--2fa");
        assert_eq!(written("A"), "x--41");
        assert_eq!(written("a-"), "a--2d");
        assert_eq!(written("a--2f"), "a--2d--2d2f");
        assert_eq!(written("a..b"), "a--2e--2eb");
    }

    #[test]
    fn too_long_or_empty() {
        assert!(lease_name("").is_err());
        assert!(lease_name(&"a".repeat(LONGEST)).is_ok());
        assert!(lease_name(&"a".repeat(LONGEST + 1)).is_err());
        assert!(lease_name(&"/".repeat(LONGEST / 4 + 1)).is_err());
    }

    proptest! {
        #[test]
        fn no_two_elections_share_a_lease(name in "[ax2f/._A-]{1,12}|\\PC{1,20}") {
            let lease = lease_name(&name).unwrap();
            prop_assert_eq!(election(&lease), name);
            prop_assert!(lease.starts_with(|c: char| c.is_ascii_alphanumeric()));
            prop_assert!(lease.ends_with(|c: char| c.is_ascii_alphanumeric()));
            prop_assert!(!lease.contains("..") && !lease.contains(".-") && !lease.contains("-."));
            prop_assert!(lease.bytes().all(|b| is_plain(b) || b == b'-' || b == b'.'));
        }
    }
}
