use std::time::Duration;

use elector_testing::servers::kubernetes::{ADMIN, ApiServer};

const LEASE: &str = r#"{"metadata": {"name": "l"}, "spec": {"holderIdentity": "a"}}"#;

fn leases(namespace: &str) -> String {
    format!("/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases")
}

async fn status(
    server: &ApiServer,
    user: &str,
    method: &str,
    path: &str,
    json: Option<&str>,
) -> u16 {
    server.call(user, method, path, json).await.unwrap().status
}

/// Whether a read has no good answer within half a second.
async fn is_away(server: &ApiServer, path: &str) -> bool {
    let reading = server.call(ADMIN, "GET", path, None);
    match tokio::time::timeout(Duration::from_millis(500), reading).await {
        Ok(Ok(reply)) => reply.status >= 500,
        Ok(Err(_)) | Err(_) => true,
    }
}

/// Asks until the answer is `wanted`, for a minute.
async fn until(server: &ApiServer, user: &str, path: &str, wanted: u16) {
    let asking = async {
        while status(server, user, "GET", path, None).await != wanted {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), asking).await.expect("the answer never came");
}

#[tokio::test]
async fn the_shared_server_counts_the_requests_of_the_tests_and_no_others() {
    let server = ApiServer::shared().await.unwrap();
    let path = leases(&server.namespace().await.unwrap());
    let before = server.requests().await.unwrap();
    assert_eq!(before.total("leases"), 0);
    assert_eq!(status(server, ADMIN, "POST", &path, Some(LEASE)).await, 201);
    assert_eq!(status(server, ADMIN, "POST", &path, Some(LEASE)).await, 409);
    let one = format!("{path}/l");
    assert_eq!(status(server, ADMIN, "GET", &one, None).await, 200);
    let patch = r#"{"spec": {"holderIdentity": "b"}}"#;
    assert_eq!(status(server, ADMIN, "PATCH", &one, Some(patch)).await, 200);
    let after = server.requests().await.unwrap();
    assert_eq!(after.count("leases", "GET"), 1);
    assert_eq!((after.writes("leases"), after.total("leases")), (3, 4));
    assert_eq!(after.answered_with("leases", 409), 1);
    assert_eq!(after.open_watches("leases"), 0);
}

#[tokio::test]
async fn a_user_may_do_what_it_was_granted_and_the_server_can_be_hurt() {
    let server = ApiServer::builder().user("reader").start().await.unwrap();
    let namespace = server.namespace().await.unwrap();
    let path = leases(&namespace);
    let one = format!("{path}/l");
    assert_eq!(status(&server, ADMIN, "POST", &path, Some(LEASE)).await, 201);
    assert_eq!(status(&server, "reader", "GET", &one, None).await, 403);
    grant(&server, &namespace).await;
    until(&server, "reader", &one, 200).await;
    assert_eq!(status(&server, "reader", "DELETE", &one, None).await, 403);

    // Frozen: no answer, but no end of it either.
    server.freeze().unwrap();
    assert!(is_away(&server, &one).await);
    server.thaw().unwrap();
    assert_eq!(status(&server, ADMIN, "GET", &one, None).await, 200);

    // Killed while frozen, and back with the same port, certificate, users and data.
    server.freeze().unwrap();
    server.kill().unwrap();
    assert_eq!(server.pid(), None);
    server.kill().unwrap_err();
    server.call(ADMIN, "GET", &one, None).await.unwrap_err();
    server.start_again().await.unwrap();
    assert_eq!(status(&server, "reader", "GET", &one, None).await, 200);

    // Its etcd killed, and back with the same data.
    server.etcd().kill().unwrap();
    assert!(is_away(&server, &one).await);
    server.etcd().start_again().await.unwrap();
    server.ready().await.unwrap();
    assert_eq!(status(&server, ADMIN, "DELETE", &one, None).await, 200);
}

/// Lets `reader` read leases.
async fn grant(server: &ApiServer, namespace: &str) {
    let path = format!("/apis/rbac.authorization.k8s.io/v1/namespaces/{namespace}");
    let role = r#"{"metadata": {"name": "r"},
        "rules": [{"apiGroups": ["coordination.k8s.io"], "resources": ["leases"], "verbs": ["get"]}]}"#;
    let binding = r#"{"metadata": {"name": "r"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "r"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "reader"}]}"#;
    for (kind, object) in [("roles", role), ("rolebindings", binding)] {
        let path = format!("{path}/{kind}");
        assert_eq!(status(server, ADMIN, "POST", &path, Some(object)).await, 201);
    }
}

#[tokio::test]
async fn a_token_ends_with_its_service_account() {
    let server = ApiServer::shared().await.unwrap();
    let namespace = server.namespace().await.unwrap();
    let token = server.service_account(&namespace, "runner").await.unwrap();
    let review = serde_json::json!({
        "apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": { "token": token },
    });
    let authenticated = || async {
        let path = "/apis/authentication.k8s.io/v1/tokenreviews";
        let reply = server.call(ADMIN, "POST", path, Some(&review.to_string())).await.unwrap();
        let reply: serde_json::Value = serde_json::from_str(&reply.body).unwrap();
        reply["status"]["authenticated"].as_bool().unwrap_or_default()
    };
    assert!(authenticated().await);
    let account = format!("/api/v1/namespaces/{namespace}/serviceaccounts/runner");
    assert_eq!(status(server, ADMIN, "DELETE", &account, None).await, 200);
    let asking = async {
        while authenticated().await {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), asking).await.expect("the token stays valid");
}

#[tokio::test]
async fn a_kubeconfig_names_the_server_and_the_token() {
    let server = ApiServer::shared().await.unwrap();
    let text = server.kubeconfig(ADMIN).unwrap();
    assert!(text.contains(server.url()) && text.contains(server.token(ADMIN).unwrap()), "{text}");
    let file = server.write_kubeconfig(ADMIN).unwrap();
    assert_eq!(std::fs::read_to_string(file).unwrap(), text);
    server.kubeconfig("nobody").unwrap_err();
}
