//! How an API server is started.

use std::fs;
use std::path::Path;

use super::super::authority::{Authority, key_pair};
use super::super::{blocking, folder, install};
use super::{ADMIN, ApiServer, Etcd, Http, Port, Process, Result, ServerError};

/// How to start an [`ApiServer`].
#[derive(Clone, Debug, Default)]
#[must_use = "a builder starts nothing"]
pub struct Builder {
    users: Vec<String>,
    flags: Vec<String>,
}

impl Builder {
    /// One more user, who may do what RBAC objects allow: at first nothing but to ask what it may do.
    ///
    /// The name has no comma, quote or line break.
    pub fn user(mut self, name: impl Into<String>) -> Self {
        self.users.push(name.into());
        self
    }

    /// One more flag of kube-apiserver, as `--max-requests-inflight=10`. It wins over the same flag of ours.
    pub fn flag(mut self, flag: impl Into<String>) -> Self {
        self.flags.push(flag.into());
        self
    }

    /// Starts it, with an etcd; returns when it is ready, in some seconds.
    ///
    /// # Errors
    ///
    /// Without the programs (see [`install`]), or when a server is not ready within 60 s; the error has the ends of its
    /// log.
    ///
    /// # Cancel safety
    ///
    /// What was started is ended.
    pub async fn start(self) -> Result<ApiServer> {
        let users = self.users()?;
        let program = blocking(install::kube_apiserver).await?;
        let etcd = Etcd::start().await?;
        let port = Port::reserve().map_err(|source| {
            ServerError::new("reserve a port", "the system gives none").because(source)
        })?;
        let folder = folder("kube-apiserver")?;
        let authority = Authority::new()?;
        write_files(folder.path(), &authority, &users)?;
        let at = |name| folder.path().join(name).display().to_string();
        let args = [
            format!("--etcd-servers={}", etcd.url()),
            format!("--secure-port={}", port.number()),
            "--bind-address=127.0.0.1".to_owned(),
            "--permit-port-sharing=true".to_owned(),
            // A machine without a network has no other address; nothing is to find this server by its endpoints.
            "--advertise-address=127.0.0.1".to_owned(),
            "--endpoint-reconciler-type=none".to_owned(),
            "--service-cluster-ip-range=10.99.0.0/24".to_owned(),
            format!("--tls-cert-file={}", at("server.crt")),
            format!("--tls-private-key-file={}", at("server.key")),
            format!("--token-auth-file={}", at("tokens.csv")),
            "--service-account-issuer=https://elector.test".to_owned(),
            format!("--service-account-key-file={}", at("accounts.pub")),
            format!("--service-account-signing-key-file={}", at("accounts.key")),
            "--service-account-extend-token-expiration=false".to_owned(),
            "--authorization-mode=RBAC".to_owned(),
            "--disable-admission-plugins=ServiceAccount".to_owned(),
            // It would keep a lease of its own, and be counted with it.
            "--feature-gates=APIServerIdentity=false".to_owned(),
        ];
        let args = args.into_iter().chain(self.flags);
        let url = format!("https://127.0.0.1:{}", port.number());
        let ca = authority.pem().to_owned();
        let http = Http::new(&url, Some(&ca))?;
        let process = Process::start("kube-apiserver", folder, &program, args)?;
        let server = ApiServer { process, etcd, http, url, port, ca, users };
        server.ready().await?;
        Ok(server)
    }

    /// Each user's name and token.
    fn users(&self) -> Result<Vec<(String, String)>> {
        let mut users = vec![(ADMIN.to_owned(), token())];
        for name in &self.users {
            if name.is_empty() || name.contains([',', '"', '\n', '\r']) {
                let message =
                    format!("{name:?} is no name: it is empty, or has a comma or a quote");
                return Err(ServerError::new("add a user", message));
            }
            if users.iter().any(|(known, _)| known == name) {
                return Err(ServerError::new("add a user", format!("there are two of {name}")));
            }
            users.push((name.clone(), token()));
        }
        Ok(users)
    }
}

fn token() -> String {
    format!("{:032x}", rand::random::<u128>())
}

fn write_files(folder: &Path, authority: &Authority, users: &[(String, String)]) -> Result<()> {
    let server = authority.server()?;
    let (signing, public) = key_pair()?;
    let tokens = users.iter().map(|(name, token)| {
        let group = if name == ADMIN { ",system:masters" } else { "" };
        format!("{token},{name},{name}{group}\n")
    });
    let files = [
        ("server.crt", server.certificate),
        ("server.key", server.key),
        ("accounts.key", signing),
        ("accounts.pub", public),
        ("tokens.csv", tokens.collect()),
    ];
    for (name, text) in files {
        fs::write(folder.join(name), text).map_err(|source| {
            ServerError::new("write the server's files", "the system refused").because(source)
        })?;
    }
    Ok(())
}
