//! A server that refuses everything.

use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::{AbortHandle, JoinSet};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// How long clients are asked to wait, in seconds.
const RETRY_AFTER: u32 = 60;
/// How long nobody is accepted after that failed.
const RETRY: Duration = Duration::from_millis(10);

/// Stands in for the API server, with its certificate.
#[derive(Debug)]
pub(super) struct Storm {
    address: SocketAddr,
    code: Arc<AtomicU16>,
    listening: AbortHandle,
}

impl Storm {
    /// Starts it with the certificate in the folder of an API server.
    pub(super) async fn start(folder: &Path) -> io::Result<Self> {
        let acceptor = acceptor(folder)?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let code = Arc::new(AtomicU16::new(StatusCode::SERVICE_UNAVAILABLE.as_u16()));
        let listening = tokio::spawn(listen(listener, acceptor, Arc::clone(&code))).abort_handle();
        Ok(Self { address, code, listening })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers with this status from now on.
    pub(super) fn answer(&self, code: u16) {
        self.code.store(code, Ordering::Relaxed);
    }
}

impl Drop for Storm {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

fn acceptor(folder: &Path) -> io::Result<TlsAcceptor> {
    let certificates = CertificateDer::pem_file_iter(folder.join("server.crt"));
    let certificates = certificates.and_then(Iterator::collect).map_err(io::Error::other)?;
    let key = PrivateKeyDer::from_pem_file(folder.join("server.key")).map_err(io::Error::other)?;
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|config| config.with_no_client_auth().with_single_cert(certificates, key));
    Ok(TlsAcceptor::from(Arc::new(config.map_err(io::Error::other)?)))
}

async fn listen(listener: TcpListener, acceptor: TlsAcceptor, code: Arc<AtomicU16>) {
    // Ends its connections when it is dropped.
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else {
                    tokio::time::sleep(RETRY).await;
                    continue;
                };
                let (acceptor, code) = (acceptor.clone(), Arc::clone(&code));
                connections.spawn(async move {
                    let Ok(stream) = acceptor.accept(stream).await else { return };
                    let refuse = service_fn(|_| async { refusal(code.load(Ordering::Relaxed)) });
                    // Whoever is refused hangs up as he likes.
                    let _ = http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), refuse)
                        .await;
                });
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

/// As an API server says it.
fn refusal(code: u16) -> Result<Response<String>, Infallible> {
    let throttled = code == StatusCode::TOO_MANY_REQUESTS.as_u16();
    let reason = if throttled { "TooManyRequests" } else { "ServiceUnavailable" };
    let status = json!({
        "kind": "Status",
        "apiVersion": "v1",
        "status": "Failure",
        "message": "refused by the trial",
        "reason": reason,
        "details": { "retryAfterSeconds": RETRY_AFTER },
        "code": code,
    });
    let mut response = Response::new(status.to_string());
    *response.status_mut() = StatusCode::from_u16(code).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(hyper::header::RETRY_AFTER, RETRY_AFTER.into());
    Ok(response)
}
