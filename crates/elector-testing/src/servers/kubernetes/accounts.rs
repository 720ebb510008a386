//! Namespaces and service accounts for tests.

use serde_json::{Value, json};

use super::{ADMIN, ApiServer, Result, ServerError};

impl ApiServer {
    /// Makes a namespace that no other test has, and returns its name.
    ///
    /// # Errors
    ///
    /// When the server does not make it.
    pub async fn namespace(&self) -> Result<String> {
        let name = format!("test-{:016x}", rand::random::<u64>());
        let namespace = json!({ "metadata": { "name": name } });
        self.post("/api/v1/namespaces", &namespace).await?;
        Ok(name)
    }

    /// Makes a service account without rights, and returns a token of it that is valid for an hour.
    ///
    /// In RBAC it is `kind: ServiceAccount`, or the user `system:serviceaccount:NAMESPACE:NAME`. To see a token expire,
    /// delete the service account (`DELETE /api/v1/namespaces/NAMESPACE/serviceaccounts/NAME`): the server answers 401
    /// then, 10 s later at most, because it remembers a token that it found good for that long.
    ///
    /// # Errors
    ///
    /// When the server does not make it.
    pub async fn service_account(&self, namespace: &str, name: &str) -> Result<String> {
        let accounts = format!("/api/v1/namespaces/{namespace}/serviceaccounts");
        let account = json!({ "metadata": { "name": name } });
        self.post(&accounts, &account).await?;
        let request = json!({ "spec": { "expirationSeconds": 3600 } });
        let answer = self.post(&format!("{accounts}/{name}/token"), &request).await?;
        let answer: Value = serde_json::from_str(&answer).unwrap_or_default();
        let token = answer["status"]["token"].as_str().map(str::to_owned);
        token.ok_or_else(|| ServerError::new("get a token", "the answer has none"))
    }

    async fn post(&self, path: &str, object: &Value) -> Result<String> {
        let reply = self.call(ADMIN, "POST", path, Some(&object.to_string())).await?;
        reply.expect(201, &format!("POST {path}"))
    }
}
