//! What the API server refuses for other reasons than a right, and how it heals without a restart.

use std::sync::Arc;
use std::time::Duration;

use elector::store::{Acquire, Backend, Bid, Candidate, MayTake, Store as _};
use elector::{Elector, ErrorKind};
use elector_testing::servers::kubernetes::ADMIN;
use serde_json::{Value, json};

use crate::account::{Account, ELECTION, NAMESPACE, apply};
use crate::cluster::Cluster;
use crate::patience::until;

fn bid(attempt: u64) -> Bid {
    let candidate = Candidate::new("one");
    Bid::new(candidate, attempt, Duration::from_secs(15)).with_may_take(MayTake::vacant())
}

/// The error of an acquire, once there is one that `told` is part of.
async fn refusal(backend: &Arc<dyn Backend>, told: &str) -> elector::Error {
    until(&format!("it is told: {told}"), || async {
        backend.acquire(&bid(1)).await.err().filter(|error| error.to_string().contains(told))
    })
    .await
}

#[tokio::test]
async fn credentials_that_expire_are_read_anew() {
    let account = Account::new().await;
    let role =
        "/apis/rbac.authorization.k8s.io/v1/namespaces/billing/rolebindings/scheduler-election";
    let spare = account.server.service_account(NAMESPACE, "spare").await.unwrap();
    let subjects = ["scheduler", "spare"]
        .map(|name| json!({ "kind": "ServiceAccount", "name": name, "namespace": NAMESPACE }));
    account.admin("PATCH", role, Some(&json!({ "subjects": subjects }))).await;
    let backend = account.store().election(ELECTION).unwrap();
    until("there is an answer", || async { backend.acquire(&bid(1)).await.ok() }).await;

    let account_of = "/api/v1/namespaces/billing/serviceaccounts/scheduler";
    account.admin("DELETE", account_of, None).await;
    let error = refusal(&backend, "does not know these credentials (401): renew them").await;
    assert_eq!(error.kind(), ErrorKind::Denied);
    // As whoever rotates the credentials does it.
    account.write_kubeconfig(&spare);
    backend.acquire(&bid(2)).await.unwrap();
}

#[tokio::test]
async fn a_namespace_that_is_made_late_is_found() {
    let cluster = Cluster::new().await;
    let name = format!("{}-late", cluster.namespace);
    let backend = cluster.builder().namespace(&name).build().unwrap().election(ELECTION).unwrap();
    let error =
        refusal(&backend, "its namespace does not exist: make it, or set another one").await;
    assert_eq!(error.kind(), ErrorKind::Denied);
    assert!(error.to_string().contains(&name), "{error}");
    let elector = Elector::new(backend, "one");
    let led = tokio::spawn(async move { elector.lead().await.map(|term| (term, elector)) });
    let namespace =
        json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": name } });
    apply(cluster.server(), &namespace).await;
    let (term, elector) = led.await.unwrap().unwrap();
    term.resign().await.unwrap();
    elector.shutdown().await;
}

#[tokio::test]
async fn a_policy_of_the_cluster_is_told_in_its_own_words() {
    let cluster = Cluster::new().await;
    let name = cluster.namespace.clone();
    for object in policy(&name) {
        let kind = object["kind"].as_str().unwrap();
        let plural = if kind.ends_with("Policy") {
            "validatingadmissionpolicies"
        } else {
            "validatingadmissionpolicybindings"
        };
        let path = format!("/apis/admissionregistration.k8s.io/v1/{plural}");
        let made = cluster.server().call(ADMIN, "POST", &path, Some(&object.to_string())).await;
        let made = made.unwrap();
        assert_eq!(made.status, 201, "{}", made.body);
    }
    // The policy is in force a moment later: until then every Lease is made anew.
    let mut attempt = 0;
    let error = loop {
        let election = format!("try-{attempt}");
        let backend = cluster.store().election(&election).unwrap();
        match backend.acquire(&bid(1)).await {
            Err(error) => break error,
            Ok(answer) => assert!(matches!(answer, Acquire::Won(_)), "{answer:?}"),
        }
        attempt += 1;
        assert!(attempt < 3000, "the policy is never in force");
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    assert_eq!(error.kind(), ErrorKind::Denied, "it heals, so it must not end an election");
    let told = error.to_string();
    for part in
        ["an admission policy or webhook of the cluster refuses it", "no elections on Fridays"]
    {
        assert!(told.contains(part), "{part:?} is not in: {told}");
    }
}

/// Refuses every Lease of the namespace called `name`.
fn policy(name: &str) -> [Value; 2] {
    let rule = json!({
        "apiGroups": ["coordination.k8s.io"], "apiVersions": ["v1"],
        "operations": ["CREATE", "UPDATE"], "resources": ["leases"],
    });
    [
        json!({
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": "ValidatingAdmissionPolicy",
            "metadata": { "name": name },
            "spec": {
                "failurePolicy": "Fail",
                "matchConstraints": { "resourceRules": [rule] },
                "validations": [{ "expression": "false", "message": "no elections on Fridays" }],
            },
        }),
        json!({
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": "ValidatingAdmissionPolicyBinding",
            "metadata": { "name": name },
            "spec": {
                "policyName": name,
                "validationActions": ["Deny"],
                "matchResources": {
                    "namespaceSelector": { "matchLabels": { "kubernetes.io/metadata.name": name } },
                },
            },
        }),
    ]
}
