//! How clients are told where the server is.

use std::fs;
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{ApiServer, Result, ServerError};

impl ApiServer {
    /// A kubeconfig, as YAML, with which a client is `user`. Its namespace is `default`.
    ///
    /// # Errors
    ///
    /// When there is no such user.
    pub fn kubeconfig(&self, user: &str) -> Result<String> {
        Ok(self.kubeconfig_with(self.url(), self.known(user)?))
    }

    /// A kubeconfig for any `token`, such as a service account's, and any `url`, such as a proxy's on 127.0.0.1.
    pub fn kubeconfig_with(&self, url: &str, token: &str) -> String {
        let ca = STANDARD.encode(self.ca_pem());
        format!(
            "\
apiVersion: v1
kind: Config
current-context: test
clusters:
- name: test
  cluster:
    server: {url}
    certificate-authority-data: {ca}
users:
- name: test
  user:
    token: {token}
contexts:
- name: test
  context:
    cluster: test
    user: test
    namespace: default
"
        )
    }

    /// Writes [`ApiServer::kubeconfig`] to a file in the server's folder, which goes with the server.
    ///
    /// # Errors
    ///
    /// When there is no such user, or the file cannot be written.
    pub fn write_kubeconfig(&self, user: &str) -> Result<PathBuf> {
        let text = self.kubeconfig(user)?;
        let path = self.folder().join(format!("{user}.kubeconfig"));
        match fs::write(&path, text) {
            Ok(()) => Ok(path),
            Err(source) => {
                let message = format!("{} cannot be written", path.display());
                Err(ServerError::new("write a kubeconfig", message).because(source))
            }
        }
    }
}
