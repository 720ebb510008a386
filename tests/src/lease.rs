//! A Lease as anybody sees it.

use serde_json::Value;

/// A Lease that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct LeaseSeen(pub Value);

/// The fields of a spec that client-go writes, in the order in which JSON has them here.
const FIELDS: [&str; 5] =
    ["acquireTime", "holderIdentity", "leaseDurationSeconds", "leaseTransitions", "renewTime"];

impl LeaseSeen {
    /// Whoever holds it; empty when nobody does.
    pub fn holder(&self) -> &str {
        self.spec("holderIdentity").as_str().unwrap_or_default()
    }

    pub fn transitions(&self) -> i64 {
        self.spec("leaseTransitions").as_i64().unwrap_or_default()
    }

    pub fn seconds(&self) -> i64 {
        self.spec("leaseDurationSeconds").as_i64().unwrap_or_default()
    }

    /// As it is written; two of them compare as the times do, when the [`shape`](Self::shape) is right.
    pub fn acquired(&self) -> &str {
        self.spec("acquireTime").as_str().unwrap_or_default()
    }

    /// As [`acquired`](Self::acquired).
    pub fn renewed(&self) -> &str {
        self.spec("renewTime").as_str().unwrap_or_default()
    }

    /// Our token, which candidates in Go carry along.
    pub fn token(&self) -> Option<u64> {
        self.0["metadata"]["annotations"]["elector.rs/token"].as_str()?.parse().ok()
    }

    /// What is not as client-go writes it, field by field.
    pub fn shape(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut fields: Vec<&str> =
            self.0["spec"].as_object().into_iter().flatten().map(|(key, _)| key.as_str()).collect();
        fields.sort_unstable();
        if fields != FIELDS {
            wrong.push(format!("the fields are {fields:?}"));
        }
        for name in ["acquireTime", "renewTime"] {
            let time = self.spec(name).as_str().unwrap_or_default();
            if !is_micro_time(time) {
                wrong.push(format!("{name} is {time:?}"));
            }
        }
        if !self.spec("holderIdentity").is_string() || !self.spec("leaseTransitions").is_i64() {
            wrong.push(format!("the holder or the transitions are missing: {}", self.0["spec"]));
        }
        wrong
    }

    fn spec(&self, field: &str) -> &Value {
        &self.0["spec"][field]
    }
}

/// `2006-01-02T15:04:05.000000Z`, as Go's `metav1.MicroTime` is written.
fn is_micro_time(text: &str) -> bool {
    let like = "0000-00-00T00:00:00.000000Z";
    text.len() == like.len()
        && text.bytes().zip(like.bytes()).all(|(byte, like)| match like {
            b'0' => byte.is_ascii_digit(),
            _ => byte == like,
        })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn other_shapes_are_told() {
        let mut lease = LeaseSeen(json!({ "spec": {
            "holderIdentity": "", "leaseDurationSeconds": 1, "leaseTransitions": 3,
            "acquireTime": "2026-01-02T15:04:05.000001Z", "renewTime": "2026-01-02T15:04:05.000001Z",
        } }));
        assert_eq!(lease.shape(), Vec::<String>::new());
        lease.0["spec"]["renewTime"] = json!("2026-01-02T15:04:05Z");
        lease.0["spec"]["strategy"] = json!("x");
        assert_eq!(lease.shape().len(), 2);
    }
}
