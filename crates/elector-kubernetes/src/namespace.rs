//! In which namespace the Leases are.

use std::path::Path;

use elector::Result;

use crate::error;

/// Where a pod finds the namespace of its service account.
const SERVICE_ACCOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount/namespace";

/// The namespace: as set, else `POD_NAMESPACE`, else the service account's.
///
/// # Errors
///
/// [`ErrorKind::Invalid`](elector::ErrorKind::Invalid) when none of them says it: a default would make two elections
/// of one wherever it is wrong.
pub(crate) fn namespace(set: Option<String>) -> Result<String> {
    find(set, std::env::var("POD_NAMESPACE").ok(), Path::new(SERVICE_ACCOUNT))
}

fn find(set: Option<String>, pod: Option<String>, file: &Path) -> Result<String> {
    let named = |text: String| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    if let Some(set) = set {
        return named(set).ok_or_else(|| error::invalid("config", "namespace is empty"));
    }
    let of_account = || std::fs::read_to_string(file).ok();
    pod.and_then(named).or_else(|| of_account().and_then(named)).ok_or_else(|| {
        let message = "which namespace? Set `namespace`, or POD_NAMESPACE in the environment; there is no service \
                       account here to tell it";
        error::invalid("config", message)
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn the_setting_then_the_pod_then_the_account() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        writeln!(file, "account").unwrap();
        let text = |text: &str| Some(text.to_owned());
        let found = |set, pod| find(set, pod, file.path()).unwrap();
        assert_eq!(found(text("set"), text("pod")), "set");
        assert_eq!(found(None, text("pod")), "pod");
        assert_eq!(found(None, text("")), "account");
        assert_eq!(found(None, None), "account");
        assert!(find(text(" "), text("pod"), file.path()).is_err());
        assert!(find(None, None, Path::new("/nowhere")).is_err());
    }
}
