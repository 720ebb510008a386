//! Requests to a server.

use std::time::Duration;

use ureq::http::Request;
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::{Agent, Body};

use super::{Result, ServerError};

/// What one request may take, in all.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The metrics of an API server are some megabytes.
const MOST_BYTES: u64 = 64 << 20;

/// What a server answered.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reply {
    /// The status code.
    pub status: u16,
    /// The body.
    pub body: String,
}

impl Reply {
    /// The body, if the status is `wanted`.
    pub(crate) fn expect(self, wanted: u16, operation: &str) -> Result<String> {
        if self.status == wanted {
            return Ok(self.body);
        }
        let message = format!("the server answered {}: {}", self.status, self.body);
        Err(ServerError::new(operation, message))
    }
}

/// A client of one server. Each request has a connection of its own: one to a server that was killed is of no use.
#[derive(Clone, Debug)]
pub(crate) struct Http {
    agent: Agent,
    url: String,
}

impl Http {
    /// `ca` is trusted, and nothing else.
    pub(crate) fn new(url: impl Into<String>, ca: Option<&str>) -> Result<Self> {
        let url = url.into();
        let trusted = ca.map(|pem| Certificate::from_pem(pem.as_bytes())).transpose();
        let trusted = trusted.map_err(|source| {
            ServerError::new(format!("call {url}"), "its certificate is none").because(source)
        })?;
        let tls = trusted.map(|it| RootCerts::new_with_certs(&[it]));
        let tls = TlsConfig::builder().root_certs(tls.unwrap_or(RootCerts::WebPki)).build();
        let agent = Agent::config_builder()
            .tls_config(tls)
            .timeout_global(Some(TIMEOUT))
            .max_idle_connections(0)
            .http_status_as_error(false)
            .proxy(None)
            .build()
            .new_agent();
        Ok(Self { agent, url })
    }

    /// Sends `json`, or nothing, and returns the answer of whatever status.
    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        token: Option<&str>,
        json: Option<String>,
    ) -> Result<Reply> {
        let operation = format!("{method} {}{path}", self.url);
        let failed = |message: &str, source| ServerError::new(&operation, message).because(source);
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.url));
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if json.is_some() {
            let patch = method == "PATCH";
            let kind = if patch { "application/merge-patch+json" } else { "application/json" };
            request = request.header("content-type", kind);
        }
        let agent = self.agent.clone();
        let sent = move || -> std::result::Result<Reply, ureq::Error> {
            let answer = match json {
                Some(json) => agent.run(request.body(json)?),
                None => agent.run(request.body(())?),
            };
            let mut answer: ureq::http::Response<Body> = answer?;
            let body = answer.body_mut().with_config().limit(MOST_BYTES).read_to_string()?;
            Ok(Reply { status: answer.status().as_u16(), body })
        };
        match tokio::task::spawn_blocking(sent).await {
            Ok(answer) => answer.map_err(|source| failed("no answer", source)),
            Err(source) => {
                Err(ServerError::new(&operation, "the call was dropped").because(source))
            }
        }
    }
}
