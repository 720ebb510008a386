//! An etcd of one member.

use std::path::PathBuf;

use super::http::Http;
use super::port::Port;
use super::process::Process;
use super::ready::ready;
use super::{Result, ServerError, blocking, folder, install};

/// How to start an [`Etcd`].
#[derive(Clone, Debug, Default)]
#[must_use = "a builder starts nothing"]
pub struct Builder {
    flags: Vec<String>,
}

impl Builder {
    /// One more flag of etcd, as `--quota-backend-bytes=1000000`.
    pub fn flag(mut self, flag: impl Into<String>) -> Self {
        self.flags.push(flag.into());
        self
    }

    /// Starts it; returns when it serves.
    ///
    /// # Errors
    ///
    /// Without the program (see [`install`]), or when the server is not ready within 60 s; the error has the ends of its
    /// log.
    pub async fn start(self) -> Result<Etcd> {
        let program = blocking(install::etcd).await?;
        let reserve = || Port::reserve().map_err(|source| no_port().because(source));
        let (client, peer) = (reserve()?, reserve()?);
        let url = format!("http://127.0.0.1:{}", client.number());
        let peer_url = format!("http://127.0.0.1:{}", peer.number());
        let folder = folder("etcd")?;
        let args = [
            format!("--data-dir={}", folder.path().join("data").display()),
            format!("--listen-client-urls={url}"),
            format!("--advertise-client-urls={url}"),
            format!("--listen-peer-urls={peer_url}"),
            format!("--initial-advertise-peer-urls={peer_url}"),
            format!("--initial-cluster=default={peer_url}"),
            "--socket-reuse-port=true".to_owned(),
            // Its folder is gone before a power loss could matter.
            "--unsafe-no-fsync=true".to_owned(),
        ];
        let http = Http::new(&url, None)?;
        let process = Process::start("etcd", folder, &program, args.into_iter().chain(self.flags))?;
        let etcd = Etcd { process, http, url, client, _peer: peer };
        etcd.ready().await?;
        Ok(etcd)
    }
}

fn no_port() -> ServerError {
    ServerError::new("reserve a port", "the system gives none")
}

/// An etcd of one member on loopback, without TLS and without users. Gone when dropped.
///
/// Its data are not synced to disk, but survive [`Etcd::kill`].
#[derive(Debug)]
pub struct Etcd {
    process: Process,
    http: Http,
    url: String,
    client: Port,
    _peer: Port,
}

impl Etcd {
    /// Starts one with default settings.
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

    /// Where clients reach it, as `http://127.0.0.1:2379`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The port of [`Etcd::url`].
    pub fn port(&self) -> u16 {
        self.client.number()
    }

    /// Its process id, while it was not killed.
    pub fn pid(&self) -> Option<u32> {
        self.process.pid()
    }

    /// The folder of its data and its log. Others may be put there; it goes with the server.
    pub fn folder(&self) -> PathBuf {
        self.process.folder().to_owned()
    }

    /// Ends it by SIGKILL, frozen or not; returns when it is gone. Its data stay.
    ///
    /// # Errors
    ///
    /// When it was killed before.
    pub fn kill(&self) -> Result<()> {
        self.process.kill()
    }

    /// Starts it again after [`Etcd::kill`], on the same ports with the same data; returns when it serves.
    ///
    /// # Errors
    ///
    /// When it was not killed, and as [`Builder::start`].
    pub async fn start_again(&self) -> Result<()> {
        self.process.start_again()?;
        self.ready().await
    }

    /// Freezes it by SIGSTOP. What it does at this instant may still be done.
    ///
    /// # Errors
    ///
    /// When it was killed before.
    pub fn freeze(&self) -> Result<()> {
        self.process.freeze()
    }

    /// Lets it go on after [`Etcd::freeze`].
    ///
    /// # Errors
    ///
    /// When it was killed before.
    pub fn thaw(&self) -> Result<()> {
        self.process.thaw()
    }

    /// What it counts, in the text format of Prometheus.
    ///
    /// # Errors
    ///
    /// When it does not answer.
    pub async fn metrics(&self) -> Result<String> {
        self.http.send("GET", "/metrics", None, None).await?.expect(200, "read the metrics")
    }

    async fn ready(&self) -> Result<()> {
        ready(&self.process, &self.http, "/health", None).await
    }
}
