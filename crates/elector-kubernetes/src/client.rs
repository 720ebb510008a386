//! The connection to the API server.

use std::fmt;
use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use elector::{Connection, Error, ErrorKind, Result};
use http::HeaderValue;
use http::header::USER_AGENT;
use k8s_openapi::api::coordination::v1::Lease;
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::core::Status;
use kube::{Api, Client, Config};

use crate::error;

/// How long opening a TCP and TLS connection may take; the elector's own deadline is shorter.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Who writes, in a Lease's `managedFields`.
pub(crate) const FIELD_MANAGER: &str = "elector";

/// Where a client comes from.
#[derive(Clone)]
pub(crate) enum Origin {
    /// The user's own.
    Given(Client),
    /// Made of a kubeconfig, or of what a pod finds in itself.
    Made { kubeconfig: Option<PathBuf>, context: Option<String> },
}

/// What the API server answered: what was asked for, or why not.
pub(crate) type Answer<T> = Result<T, Box<Status>>;

/// The clients of one namespace, opened at the first call and replaced when they go quiet.
#[derive(Debug)]
pub(crate) struct Access {
    connection: Connection<Client>,
    namespace: String,
}

impl Access {
    /// Opens nothing yet.
    pub(crate) fn new(origin: Origin, namespace: String) -> Self {
        let origin = Arc::new(origin);
        let connection = Connection::new(move || {
            let origin = Arc::clone(&origin);
            async move { origin.open().await }
        });
        Self { connection, namespace }
    }

    pub(crate) fn namespace(&self) -> &str {
        &self.namespace
    }

    /// Makes one request to the Leases of the namespace.
    ///
    /// # Errors
    ///
    /// When nobody answered. A refusal is an answer.
    pub(crate) async fn leases<T, F>(
        &self,
        operation: &'static str,
        request: impl FnOnce(Api<Lease>) -> F,
    ) -> Result<Answer<T>>
    where
        F: Future<Output = Result<T, kube::Error>>,
    {
        self.call(operation, |client| request(Api::namespaced(client, &self.namespace))).await
    }

    /// Makes one request.
    ///
    /// # Errors
    ///
    /// When nobody answered. A refusal is an answer.
    pub(crate) async fn call<T, F>(
        &self,
        operation: &'static str,
        request: impl FnOnce(Client) -> F,
    ) -> Result<Answer<T>>
    where
        F: Future<Output = Result<T, kube::Error>>,
    {
        let call = |client: Arc<Client>| {
            let answer = request(Client::clone(&client));
            async move {
                match answer.await {
                    Ok(value) => Ok(Ok(value)),
                    Err(kube::Error::Api(status)) => Ok(Err(status)),
                    Err(source) => Err(error::unanswered(operation, source)),
                }
            }
        };
        let answer = self.connection.call(call).await?;
        if answer.as_ref().is_err_and(|status| status.code == 401) {
            // A kubeconfig or a token that was replaced is read by the next client.
            self.connection.replace();
        }
        Ok(answer)
    }
}

impl Origin {
    async fn open(&self) -> Result<Client> {
        let (kubeconfig, context) = match self {
            Self::Given(client) => return Ok(client.clone()),
            Self::Made { kubeconfig, context } => (kubeconfig, context),
        };
        // Nothing was sent, and nothing will be until somebody mends it.
        let wrong = |what: String, source: elector::Source| {
            error::invalid("connect", what).with_source(source)
        };
        let options =
            KubeConfigOptions { context: context.clone(), ..KubeConfigOptions::default() };
        let config = match kubeconfig {
            Some(path) => {
                let unreadable = || format!("cannot use the kubeconfig {}", path.display());
                let read = Kubeconfig::read_from(path)
                    .map_err(|source| wrong(unreadable(), Box::new(source)))?;
                let config = Config::from_custom_kubeconfig(read, &options).await;
                config.map_err(|source| wrong(unreadable(), Box::new(source)))?
            }
            None if context.is_some() => {
                Config::from_kubeconfig(&options).await.map_err(|source| {
                    let what = format!("cannot use the kubeconfig (KUBECONFIG, else ~/.kube/config) with {context:?}");
                    wrong(what, Box::new(source))
                })?
            }
            None => Config::infer().await.map_err(|source| {
                let what = "no kubeconfig that can be used (`kubeconfig`, else KUBECONFIG, else ~/.kube/config), and no \
                            service account of a pod: set one";
                wrong(what.to_owned(), Box::new(source))
            })?,
        };
        let unusable = |source: elector::Source| {
            let what = "cannot make a client of the kubeconfig";
            Error::new(ErrorKind::Unavailable, error::BACKEND, "connect", what).with_source(source)
        };
        // Here kube waits for the program that prints the token, if the kubeconfig names one.
        let made = tokio::task::spawn_blocking(move || Client::try_from(frugal(config))).await;
        made.map_err(|error| unusable(Box::new(error)))?.map_err(|error| unusable(Box::new(error)))
    }
}

/// A client whose requests are one attempt each: the elector decides when to try again.
fn frugal(mut config: Config) -> Config {
    config.default_retry = false;
    config.connect_timeout = Some(CONNECT_TIMEOUT);
    if !config.headers.iter().any(|(name, _)| *name == USER_AGENT) {
        let agent = concat!("elector/", env!("CARGO_PKG_VERSION"), " leader-election");
        config.headers.push((USER_AGENT, HeaderValue::from_static(agent)));
    }
    config
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Given(_) => f.write_str("Given"),
            Self::Made { kubeconfig, context } => f
                .debug_struct("Made")
                .field("kubeconfig", kubeconfig)
                .field("context", context)
                .finish(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[tokio::test]
    async fn a_kubeconfig_that_cannot_work_is_told_with_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let (missing, garbage) = (folder.path().join("missing"), folder.path().join("garbage"));
        fs::write(&garbage, "not: [a kubeconfig").unwrap();
        for path in [missing, garbage] {
            let origin = Origin::Made { kubeconfig: Some(path.clone()), context: None };
            let Err(error) = origin.open().await else { panic!("opened {path:?}") };
            assert_eq!(error.kind(), ErrorKind::Invalid);
            assert!(error.to_string().contains(&path.display().to_string()), "{error}");
        }
    }
}
