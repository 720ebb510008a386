//! How an election stands, for commands that ask and do not stand themselves.

use std::future::Future;
use std::io::{self, Write as _};
use std::sync::Arc;
use std::time::Duration;

use elector::store::{Leader, Observation, Standing};
use elector::{Backend, Error, ErrorKind, FencingToken};
use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::exit::Exit;
use crate::settings::Refused;

/// How long a watch that failed is left alone.
const PAUSE: Duration = Duration::from_millis(100);

/// Looks at an election until it has seen what it looks for.
pub(crate) struct View {
    backend: Arc<dyn Backend>,
    watch: BoxStream<'static, elector::Result<Observation>>,
    latest: Option<Observation>,
    /// What keeps the store from answering, since it last did.
    trouble: Option<Error>,
}

impl View {
    /// Looks through `backend`. Does no I/O yet.
    pub(crate) fn new(backend: &Arc<dyn Backend>) -> Self {
        let backend = Arc::clone(backend);
        Self { watch: backend.watch(), backend, latest: None, trouble: None }
    }

    /// What `look` finds in the observations of at most `time`; `None` if it finds nothing.
    ///
    /// # Errors
    ///
    /// What no waiting mends, and what keeps the store from answering when the time is over: what it said earlier may be
    /// true no more.
    pub(crate) async fn find<T>(
        &mut self,
        time: Duration,
        mut look: impl FnMut(&Observation) -> Option<T>,
    ) -> elector::Result<Option<T>> {
        let looking = async {
            loop {
                match self.watch.next().await {
                    Some(Ok(observation)) => {
                        self.trouble = None;
                        let found = look(self.latest.insert(observation));
                        if found.is_some() {
                            return Ok(found);
                        }
                    }
                    Some(Err(error)) if error.kind() == ErrorKind::Unavailable => {
                        self.trouble = Some(error);
                        tokio::time::sleep(PAUSE).await;
                    }
                    Some(Err(error)) => return Err(error),
                    None => {
                        tokio::time::sleep(PAUSE).await;
                        self.watch = self.backend.watch();
                    }
                }
            }
        };
        match timeout(time, looking).await {
            Ok(found) => found,
            Err(_) => match (self.trouble.take(), &self.latest) {
                (Some(trouble), _) => Err(trouble),
                (None, Some(_)) => Ok(None),
                (None, None) => {
                    let message = format!("the store did not answer within {time:?}");
                    Err(Error::new(ErrorKind::Unavailable, "elector", "watch", message))
                }
            },
        }
    }

    /// What was seen last.
    pub(crate) fn latest(&self) -> Option<&Observation> {
        self.latest.as_ref()
    }

    /// The token of the latest term, whether it is over or not.
    pub(crate) fn last_token(&self) -> Option<FencingToken> {
        match &self.latest.as_ref()?.standing {
            Standing::Led(led) => led.leader.token,
            Standing::Released { token, .. } => Some(*token),
            _ => None,
        }
    }
}

/// The leader, unless it is known to be dead.
pub(crate) fn leader(observation: &Observation) -> Option<&Leader> {
    match &observation.standing {
        Standing::Led(led) if !led.gone => Some(&led.leader),
        _ => None,
    }
}

/// A leader as JSON.
pub(crate) fn to_json(leader: &Leader) -> Value {
    json!({
        "name": &*leader.name,
        "token": leader.token.map(FencingToken::get),
        "session": leader.session.map(|session| session.to_string()),
        "metadata": leader.metadata.as_deref(),
    })
}

/// A leader as text: its name, and its token if its term has one.
pub(crate) fn to_text(leader: &Leader) -> String {
    match leader.token {
        Some(token) => format!("{} (token {token})", leader.name),
        None => leader.name.to_string(),
    }
}

/// Does `work` on a runtime of its own, and says on standard error why it failed.
pub(crate) fn look(work: impl Future<Output = Result<Exit, Failure>>) -> Exit {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            tracing::error!("cannot start: {error}");
            return Exit::Internal;
        }
    };
    let ended = runtime.block_on(work);
    // A read that hangs in the system must not keep the program.
    runtime.shutdown_background();
    ended.unwrap_or_else(|failure| {
        // A closed standard error leaves nobody to tell.
        let _ = writeln!(io::stderr(), "elector: {}", failure.message);
        failure.exit
    })
}

/// Why a command failed.
pub(crate) struct Failure {
    exit: Exit,
    message: String,
}

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Self {
        Self { exit: Exit::Config, message: refused.to_string() }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let exit = if error.kind() == ErrorKind::Invalid { Exit::Config } else { Exit::Internal };
        let mut message = error.to_string();
        let mut cause = std::error::Error::source(&error);
        while let Some(error) = cause {
            message.push_str(&format!(": {error}"));
            cause = error.source();
        }
        Self { exit, message }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        let message = match error.kind() {
            std::io::ErrorKind::BrokenPipe => "nobody reads the output any more".to_owned(),
            _ => error.to_string(),
        };
        Self { exit: Exit::Internal, message }
    }
}
