//! A service account with the rights of the published manifests.

use std::path::Path;

use elector_kubernetes::Kubernetes;
use elector_testing::servers::kubernetes::{ADMIN, ApiServer};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::{Mutex, MutexGuard};

use crate::patience::until;

/// The namespace, the service account, the election and its Lease, as the manifests have them.
pub(crate) const NAMESPACE: &str = "billing";
pub(crate) const ELECTION: &str = "scheduler";
pub(crate) const ROLE: &str =
    "/apis/rbac.authorization.k8s.io/v1/namespaces/billing/roles/scheduler-election";

/// The objects of a manifest.
pub(crate) fn objects(name: &str) -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/kubernetes").join(name);
    let text = std::fs::read_to_string(path).unwrap();
    serde_saphyr::from_multiple(&text).unwrap()
}

/// Makes an object as it stands in a manifest; returns what the server made of it.
pub(crate) async fn apply(server: &ApiServer, object: &Value) -> Value {
    let version = object["apiVersion"].as_str().unwrap();
    let root = if version.contains('/') { "apis" } else { "api" };
    let namespace = object["metadata"]["namespace"].as_str();
    let namespace = namespace.map(|name| format!("/namespaces/{name}")).unwrap_or_default();
    let plural = format!("{}s", object["kind"].as_str().unwrap().to_lowercase());
    let path = format!("/{root}/{version}{namespace}/{plural}?fieldValidation=Strict");
    let reply = server.call(ADMIN, "POST", &path, Some(&object.to_string())).await.unwrap();
    assert_eq!(reply.status, 201, "{object:#}: {}", reply.body);
    serde_json::from_str(&reply.body).unwrap()
}

/// What tests leave in the namespace, and in the cluster.
const LEFT: [&str; 7] = [
    "/apis/coordination.k8s.io/v1/namespaces/billing/leases",
    "/api/v1/namespaces/billing/events",
    "/api/v1/namespaces/billing/serviceaccounts",
    "/apis/rbac.authorization.k8s.io/v1/namespaces/billing/roles",
    "/apis/rbac.authorization.k8s.io/v1/namespaces/billing/rolebindings",
    "/apis/apps/v1/namespaces/billing/deployments",
    "/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas/billing-scheduler-election",
];

/// The namespace in which `role.yaml` was applied, and nothing else is. One test at a time has it: the manifests name it.
pub(crate) struct Account {
    pub(crate) server: &'static ApiServer,
    folder: TempDir,
    _alone: MutexGuard<'static, ()>,
}

impl Account {
    pub(crate) async fn new() -> Self {
        static ALONE: Mutex<()> = Mutex::const_new(());
        let alone = ALONE.lock().await;
        let server = ApiServer::shared().await.unwrap();
        let namespace = json!({ "metadata": { "name": NAMESPACE } }).to_string();
        // It is there already, except for the first test.
        server.call(ADMIN, "POST", "/api/v1/namespaces", Some(&namespace)).await.unwrap();
        for path in LEFT {
            server.call(ADMIN, "DELETE", path, None).await.unwrap();
        }
        for object in objects("role.yaml") {
            apply(server, &object).await;
        }
        let account = Self { server, folder: tempfile::tempdir().unwrap(), _alone: alone };
        account.write_kubeconfig(&account.token("scheduler").await);
        account
    }

    /// A token of a service account in the namespace.
    pub(crate) async fn token(&self, name: &str) -> String {
        let path = format!("/api/v1/namespaces/{NAMESPACE}/serviceaccounts/{name}/token");
        let ask = json!({ "spec": { "expirationSeconds": 3600 } }).to_string();
        let reply = self.server.call(ADMIN, "POST", &path, Some(&ask)).await.unwrap();
        assert_eq!(reply.status, 201, "{}", reply.body);
        let answer: Value = serde_json::from_str(&reply.body).unwrap();
        answer["status"]["token"].as_str().unwrap().to_owned()
    }

    /// Writes the kubeconfig of the stores that were made and of those to come.
    pub(crate) fn write_kubeconfig(&self, token: &str) {
        let text = self.server.kubeconfig_with(self.server.url(), token);
        std::fs::write(self.folder.path().join("kubeconfig"), text).unwrap();
    }

    /// A store with these rights, as one more process would make it.
    pub(crate) fn store(&self) -> Kubernetes {
        self.builder().build().unwrap()
    }

    pub(crate) fn builder(&self) -> elector_kubernetes::Builder {
        let kubeconfig = self.folder.path().join("kubeconfig");
        Kubernetes::builder().kubeconfig(kubeconfig).namespace(NAMESPACE)
    }

    /// Sends a request with all rights; the answer must be one of success.
    pub(crate) async fn admin(&self, method: &str, path: &str, json: Option<&Value>) -> Value {
        let body = json.map(Value::to_string);
        let reply = self.server.call(ADMIN, method, path, body.as_deref()).await.unwrap();
        assert!((200..300).contains(&reply.status), "{method} {path}: {}", reply.body);
        serde_json::from_str(&reply.body).unwrap()
    }

    /// The rules of the Role from now on.
    pub(crate) async fn set_rules(&self, rules: &Value) {
        self.admin("PATCH", ROLE, Some(&json!({ "rules": rules }))).await;
    }

    /// Waits until the server knows that the service account may, or may not, do this in the namespace.
    pub(crate) async fn may(&self, verb: &str, group: &str, resource: &str, may: bool) {
        let review = json!({ "spec": {
            "user": format!("system:serviceaccount:{NAMESPACE}:scheduler"),
            "resourceAttributes": {
                "namespace": NAMESPACE, "verb": verb, "group": group, "resource": resource,
            },
        } });
        let path = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
        until(&format!("{verb} {resource} is {may}"), || async {
            let answer = self.admin("POST", path, Some(&review)).await;
            (answer["status"]["allowed"] == json!(may)).then_some(())
        })
        .await;
    }
}
