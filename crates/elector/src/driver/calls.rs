//! The one call in flight.

use std::future::pending;
use std::sync::{Arc, OnceLock};

use futures_core::future::BoxFuture;
use tracing::{debug, info, warn};

use crate::clock::Clock;
use crate::error::{Error, ErrorKind};
use crate::metrics::Meters;
use crate::protocol::{Answer, Call, Event};
use crate::store::Backend;

pub(super) struct Calls {
    backend: Arc<dyn Backend>,
    clock: Arc<dyn Clock>,
    meters: Meters,
    in_flight: Option<BoxFuture<'static, Answered>>,
    operation: &'static str,
    /// The kind of doubt the store was last answered with, so that an outage is told once.
    trouble: Option<ErrorKind>,
    latest: Option<Error>,
}

struct Answered {
    number: u64,
    answer: Answer,
    error: Option<Error>,
}

impl Calls {
    pub(super) fn new(backend: Arc<dyn Backend>, clock: Arc<dyn Clock>, meters: Meters) -> Self {
        Self { backend, clock, meters, in_flight: None, operation: "", trouble: None, latest: None }
    }

    pub(super) fn start(&mut self, number: u64, call: Call) {
        let backend = Arc::clone(&self.backend);
        let clock = Arc::clone(&self.clock);
        let meters = self.meters.clone();
        self.operation = match &call {
            Call::Acquire(_) => "acquire",
            Call::Renew(..) => "renew",
            Call::Release(_) => "release",
        };
        let operation = self.operation;
        self.in_flight = Some(Box::pin(async move {
            let sent = clock.now();
            let (answer, error) = match call {
                Call::Acquire(bid) => {
                    let (answer, error) = split(backend.acquire(&bid).await);
                    (Answer::Acquired(answer), error)
                }
                Call::Renew(bid, lease) => {
                    let (answer, error) = split(backend.renew(&bid, &lease).await);
                    (Answer::Renewed(answer), error)
                }
                Call::Release(release) => {
                    let (answer, error) = split(backend.release(&release).await);
                    (Answer::Released(answer), error)
                }
            };
            let (doubt, took) = (error.as_ref().map(Error::kind), clock.now().since(sent));
            meters.answered(operation, doubt, took);
            debug!(election = backend.election(), operation, ?doubt, ?took, "the store answered");
            Answered { number, answer, error }
        }));
    }

    /// Drops the call in flight: it took too long, or its answer is not wanted any more.
    pub(super) fn abandon(&mut self, overdue: bool) {
        if self.in_flight.take().is_some() {
            self.meters.abandoned(self.operation);
            if !overdue {
                return;
            }
            let message = "no answer before the deadline";
            let backend = self.backend.guarantees().backend;
            self.note(Some(Error::new(ErrorKind::Unavailable, backend, self.operation, message)));
        }
    }

    /// The answer to the call in flight.
    pub(super) async fn next(&mut self) -> Event {
        let Some(call) = &mut self.in_flight else { return pending().await };
        let Answered { number, answer, error } = call.await;
        self.in_flight = None;
        self.note(error);
        Event::Answered(number, answer)
    }

    /// Keeps the latest error as the reason why the election has failed.
    pub(super) fn take_failure(&mut self, failure: &OnceLock<Error>) {
        if let Some(error) = self.latest.take() {
            let _ = failure.set(error);
        }
    }

    /// Tells an outage once when it begins and once when it is over.
    fn note(&mut self, error: Option<Error>) {
        match error {
            Some(error) => {
                if self.trouble != Some(error.kind()) {
                    let cause = std::error::Error::source(&error).map(ToString::to_string);
                    // Whether it goes on after this one is for the election to say.
                    match error.kind() {
                        kind @ ErrorKind::Invalid => warn!(%kind, cause, "{error}"),
                        kind => warn!(%kind, cause, "{error}; goes on trying"),
                    }
                    self.trouble = Some(error.kind());
                }
                self.latest = Some(error);
            }
            None => {
                if self.trouble.take().is_some() {
                    info!("the store answers again");
                }
            }
        }
    }
}

fn split<T>(result: Result<T, Error>) -> (Result<T, ErrorKind>, Option<Error>) {
    match result {
        Ok(value) => (Ok(value), None),
        Err(error) => (Err(error.kind()), Some(error)),
    }
}
