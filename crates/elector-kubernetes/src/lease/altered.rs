//! Whether a Lease was stored as it was sent.

use k8s_openapi::api::coordination::v1::Lease;

use super::seen;

/// What was stored otherwise than it was sent, if anything that matters was: by a webhook that changes objects, or by a
/// proxy that answers for another one. A rival counts down what is stored, not what was sent.
pub(crate) fn altered(sent: &Lease, stored: &Lease) -> Option<&'static str> {
    if sent.metadata.name != stored.metadata.name {
        return Some("name");
    }
    if sent.metadata.uid.is_some() && sent.metadata.uid != stored.metadata.uid {
        return Some("uid");
    }
    let mut sent = sent.clone();
    sent.metadata.uid.clone_from(&stored.metadata.uid);
    sent.metadata.resource_version.clone_from(&stored.metadata.resource_version);
    let (Ok(sent), Ok(stored)) = (seen(&sent, ""), seen(stored, "")) else {
        return Some("token or version");
    };
    let (Some(sent), Some(stored)) = (sent.record, stored.record) else { return Some("record") };
    let kept = [
        ("holder", sent.leader == stored.leader),
        ("token", sent.token == stored.token),
        ("renewTime or acquireTime", sent.beat == stored.beat),
        ("leaseDurationSeconds", sent.lease_duration <= stored.lease_duration),
        (
            "mark of its release",
            sent.released == stored.released && sent.reserved == stored.reserved,
        ),
        ("request to its leader", sent.request == stored.request),
    ];
    kept.into_iter().find_map(|(what, kept)| (!kept).then_some(what))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use elector::FencingToken;
    use elector::store::{Beat, Leader, Record, SessionId};

    use super::*;
    use crate::lease::{Write, empty};

    fn led() -> Lease {
        let token = FencingToken::new(8).unwrap();
        let leader = Leader::new("a").with_term(SessionId::from_u128(1), token);
        let record = Record::led(leader, token, Beat::new("x"), Duration::from_secs(15));
        let write =
            Write { record: &record, labels: &BTreeMap::new(), now: jiff::Timestamp::UNIX_EPOCH };
        let mut lease = write.over(&empty("billing", "scheduler"));
        lease.metadata.uid = Some("u".to_owned());
        lease.metadata.resource_version = Some("7".to_owned());
        lease
    }

    fn stored(change: impl FnOnce(&mut Lease)) -> Option<&'static str> {
        let mut stored = led();
        stored.metadata.resource_version = Some("8".to_owned());
        change(&mut stored);
        altered(&led(), &stored)
    }

    #[test]
    fn what_a_webhook_may_change_and_what_it_may_not() {
        let spec = |change: fn(&mut k8s_openapi::api::coordination::v1::LeaseSpec)| {
            stored(|lease| change(lease.spec.get_or_insert_default()))
        };
        assert_eq!(stored(|_| {}), None);
        assert_eq!(stored(|l| l.metadata.labels.get_or_insert_default().clear()), None);
        assert_eq!(spec(|spec| spec.lease_duration_seconds = Some(60)), None);
        let shorter = spec(|spec| spec.lease_duration_seconds = Some(10));
        assert_eq!(shorter, Some("leaseDurationSeconds"));
        assert_eq!(spec(|spec| spec.holder_identity = Some("b".to_owned())), Some("holder"));
        assert_eq!(spec(|spec| spec.renew_time = None), Some("renewTime or acquireTime"));
        assert_eq!(stored(|l| l.metadata.annotations = None), Some("holder"));
        assert_eq!(stored(|l| l.metadata.name = Some("other".to_owned())), Some("name"));
        assert_eq!(stored(|l| l.metadata.uid = Some("v".to_owned())), Some("uid"));
    }
}
