//! Errors of this store, by what the reader can do about them.

use elector::{Error, ErrorKind};
use kube::core::Status;

/// The short name of this backend.
pub(crate) const BACKEND: &str = "kubernetes";

/// The error for what the API server answered; `lease` is "namespace/name".
pub(crate) fn answered(operation: &'static str, lease: &str, status: &Status) -> Error {
    let said = &status.message;
    let (kind, message) = match status.code {
        // Whatever status the policy chose; 422 unless it says another.
        code if is_admission(said) => (
            ErrorKind::Denied,
            format!(
                "Lease {lease}: an admission policy or webhook of the cluster refuses it ({code}): {said}"
            ),
        ),
        401 => (
            ErrorKind::Denied,
            format!("the API server does not know these credentials (401): renew them; {said}"),
        ),
        403 if said.contains(" cannot ") => (
            ErrorKind::Denied,
            format!("Lease {lease}: a right is missing (403), grant it with a Role: {said}"),
        ),
        403 => (ErrorKind::Denied, format!("Lease {lease}: the API server refuses (403): {said}")),
        404 if is_namespace(status) => (
            ErrorKind::Denied,
            format!(
                "Lease {lease}: its namespace does not exist: make it, or set another one; {said}"
            ),
        ),
        404 => (
            ErrorKind::Unavailable,
            format!("Lease {lease}: the API server has no coordination.k8s.io/v1; {said}"),
        ),
        400 | 413 | 422 => (
            ErrorKind::Invalid,
            format!("Lease {lease}: the API server does not accept it ({}): {said}", status.code),
        ),
        429 => (
            ErrorKind::Unavailable,
            format!("the API server has too much to do (429){}: {said}", retry_after(status)),
        ),
        code => (
            ErrorKind::Unavailable,
            format!("the API server failed ({code}){}: {said}", retry_after(status)),
        ),
    };
    Error::new(kind, BACKEND, operation, message)
}

/// The error for a request that nobody answered, or whose answer makes no sense.
pub(crate) fn unanswered(operation: &'static str, source: kube::Error) -> Error {
    let message = match &source {
        kube::Error::Auth(_) => "no credentials: the kubeconfig or its plug-in gave none",
        kube::Error::SerdeError(_) | kube::Error::FromUtf8(_) => {
            "the answer is none of an API server: is there a proxy between?"
        }
        _ => "the API server did not answer",
    };
    Error::new(ErrorKind::Unavailable, BACKEND, operation, message).with_source(source)
}

/// The error for a write that was applied, but not as it was sent. Doubt: what stands there now is not what the elector
/// would believe.
pub(crate) fn altered(lease: &str, what: &str) -> Error {
    let message = format!(
        "Lease {lease} was stored with another {what} than was sent: exempt it from the webhook or policy that changes it"
    );
    Error::new(ErrorKind::Unavailable, BACKEND, "store", message)
}

/// The error for a Lease that cannot be read as one.
pub(crate) fn corrupt(lease: &str, why: &str) -> Error {
    let message = format!("Lease {lease} {why}");
    Error::new(ErrorKind::Corrupt, BACKEND, "read", message)
}

/// The error for a setting that cannot work.
pub(crate) fn invalid(operation: &'static str, message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Invalid, BACKEND, operation, message)
}

/// Whether a webhook or a ValidatingAdmissionPolicy has refused it: they are mended without a restart of ours.
fn is_admission(said: &str) -> bool {
    said.contains("admission webhook \"") || said.contains("ValidatingAdmissionPolicy '")
}

fn is_namespace(status: &Status) -> bool {
    status.details.as_ref().is_some_and(|details| details.kind == "namespaces")
}

fn retry_after(status: &Status) -> String {
    let seconds = status.details.as_ref().map_or(0, |details| details.retry_after_seconds);
    if seconds == 0 { String::new() } else { format!(", and asks to wait {seconds} s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(code: u16, message: &str) -> Status {
        let mut status = Status::failure(message, "Test");
        status.code = code;
        status
    }

    #[test]
    fn the_kind_says_what_can_be_done() {
        let kind = |code| answered("renew", "a/b", &status(code, "said")).kind();
        assert_eq!([401, 403].map(kind), [ErrorKind::Denied; 2]);
        assert_eq!([400, 413, 422].map(kind), [ErrorKind::Invalid; 3]);
        assert_eq!([404, 429, 500, 503].map(kind), [ErrorKind::Unavailable; 4]);
    }

    #[test]
    fn the_servers_own_words_are_kept() {
        for code in [401, 403, 404, 422, 429, 500] {
            let error =
                answered("renew", "a/b", &status(code, "cannot update resource \"leases\""));
            assert!(error.to_string().contains("cannot update resource"), "{error}");
        }
        let webhook = status(403, "admission webhook \"w\" denied the request: no");
        let policy =
            status(422, "ValidatingAdmissionPolicy 'p' with binding 'b' denied request: no");
        for status in [webhook, policy] {
            let error = answered("renew", "a/b", &status);
            assert_eq!(error.kind(), ErrorKind::Denied);
            let told = error.to_string();
            assert!(
                told.contains("webhook of the cluster refuses it") && !told.contains("Role"),
                "{told}"
            );
        }
    }
}
