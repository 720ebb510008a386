//! A kube-apiserver with an etcd of its own.

mod accounts;
mod builder;
mod kubeconfig;
mod requests;

pub use builder::Builder;
pub use requests::Requests;

use std::path::PathBuf;

use tokio::sync::OnceCell;

use super::etcd::Etcd;
use super::http::{Http, Reply};
use super::port::Port;
use super::process::Process;
use super::ready::ready;
use super::{Result, ServerError};

/// The name of the user who may do everything; there is always one.
pub const ADMIN: &str = "admin";

/// A kube-apiserver on loopback. Gone when dropped, with its etcd.
///
/// RBAC is on. No controller runs: a namespace or an object with an owner is not cleared away when it is deleted, and a
/// new namespace has no service account `default`. No lease is kept by the server itself, so
/// [`ApiServer::requests`] counts those of the tests alone.
#[derive(Debug)]
pub struct ApiServer {
    // Dropped first, before the etcd that it needs.
    process: Process,
    etcd: Etcd,
    http: Http,
    url: String,
    port: Port,
    ca: String,
    users: Vec<(String, String)>,
}

impl ApiServer {
    /// Starts one with default settings, and [`ADMIN`] as its only user.
    ///
    /// # Errors
    ///
    /// As [`Builder::start`].
    pub async fn start() -> Result<Self> {
        Self::builder().start().await
    }

    /// Starts one with other settings.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// The one server that the tests of this process share, started by whoever asks first.
    ///
    /// For tests that leave the server as it is and work in a [`namespace`](Self::namespace) of their own. It ends with
    /// the process.
    ///
    /// # Errors
    ///
    /// As [`Builder::start`]; a failure is told to all, and not tried again.
    pub async fn shared() -> Result<&'static Self> {
        static SHARED: OnceCell<Result<ApiServer>> = OnceCell::const_new();
        SHARED.get_or_init(Self::start).await.as_ref().map_err(ServerError::clone)
    }

    /// Where clients reach it, as `https://127.0.0.1:6443`. Its certificate is also for `localhost`, and for any port,
    /// so that a proxy in between need not know of it.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The port of [`ApiServer::url`].
    pub fn port(&self) -> u16 {
        self.port.number()
    }

    /// The certificate of the authority that signed the server's, as PEM.
    pub fn ca_pem(&self) -> &str {
        &self.ca
    }

    /// The token of a user, if there is one of this name.
    pub fn token(&self, user: &str) -> Option<&str> {
        self.users.iter().find(|(name, _)| name == user).map(|(_, token)| token.as_str())
    }

    /// Its process id, while it was not killed.
    pub fn pid(&self) -> Option<u32> {
        self.process.pid()
    }

    /// The folder of its certificates and its log. It goes with the server.
    pub fn folder(&self) -> PathBuf {
        self.process.folder().to_owned()
    }

    /// The etcd that it keeps its objects in, to be killed, frozen and started again.
    pub fn etcd(&self) -> &Etcd {
        &self.etcd
    }

    /// Ends it by SIGKILL, frozen or not; returns when it is gone. Its etcd goes on.
    ///
    /// # Errors
    ///
    /// When it was killed before.
    pub fn kill(&self) -> Result<()> {
        self.process.kill()
    }

    /// Starts it again after [`ApiServer::kill`], on the same port with the same certificate and users; returns when it
    /// is ready.
    ///
    /// # Errors
    ///
    /// When it was not killed, and as [`Builder::start`].
    pub async fn start_again(&self) -> Result<()> {
        self.process.start_again()?;
        self.ready().await
    }

    /// Freezes it by SIGSTOP. A request that it handles at this instant may still be answered.
    ///
    /// # Errors
    ///
    /// When it was killed before.
    pub fn freeze(&self) -> Result<()> {
        self.process.freeze()
    }

    /// Lets it go on after [`ApiServer::freeze`].
    ///
    /// # Errors
    ///
    /// When it was killed before.
    pub fn thaw(&self) -> Result<()> {
        self.process.thaw()
    }

    /// Returns when it is ready, at once if it is; for after its etcd was away.
    ///
    /// # Errors
    ///
    /// When it is not ready within 60 s, or ended.
    pub async fn ready(&self) -> Result<()> {
        ready(&self.process, &self.http, "/readyz", self.token(ADMIN)).await
    }

    /// Sends a request as `user`, and returns the answer of whatever status. A PATCH is a merge patch. It gives up
    /// after 10 s.
    ///
    /// # Errors
    ///
    /// When there is no such user, or no answer.
    pub async fn call(
        &self,
        user: &str,
        method: &str,
        path: &str,
        json: Option<&str>,
    ) -> Result<Reply> {
        let token = self.known(user)?;
        self.http.send(method, path, Some(token), json.map(str::to_owned)).await
    }

    /// What it has counted since it was started, or started again.
    ///
    /// # Errors
    ///
    /// When it does not answer.
    pub async fn requests(&self) -> Result<Requests> {
        let reply = self.call(ADMIN, "GET", "/metrics", None).await?;
        Ok(Requests::parse(&reply.expect(200, "count the requests")?))
    }

    fn known(&self, user: &str) -> Result<&str> {
        let unknown = || ServerError::new("be this user", format!("there is no user {user}"));
        self.token(user).ok_or_else(unknown)
    }
}
