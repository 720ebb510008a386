//! The metrics of every elector and observer of a process, through the `metrics` facade.
//!
//! Install a recorder of your choice, call [`describe`] after it, and every elector reports. Names are constants;
//! durations are in seconds.

use std::sync::Arc;
use std::time::Duration;

use metrics::{
    Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram,
};

use crate::error::ErrorKind;
use crate::protocol::Ended;

/// 1 while this process leads the election, else 0. Labels: `election`.
pub const LEADER: &str = "elector_leader";
/// Terms begun by this process. Labels: `election`.
pub const TERMS: &str = "elector_terms_total";
/// Changes of the leader seen by this process. Labels: `election`.
pub const TRANSITIONS: &str = "elector_transitions_total";
/// Terms of this process that had to stop. Labels: `election`, `reason`.
pub const STOPS: &str = "elector_stops_total";
/// Terms whose work did not stop in time. Labels: `election`.
pub const OVERRUNS: &str = "elector_overruns_total";
/// Seconds for which the current term stays valid without a further renewal, as of the latest event. Labels: `election`.
pub const REMAINING: &str = "elector_remaining_seconds";
/// Unix time in seconds of the latest successful renewal or acquire by this machine's clock. Labels: `election`.
pub const LAST_RENEWAL: &str = "elector_last_renewal_timestamp_seconds";
/// Calls to the store. Labels: `election`, `backend`, `operation`, `outcome`.
pub const REQUESTS: &str = "elector_requests_total";
/// How long calls to the store took, in seconds. Labels: `election`, `backend`, `operation`.
pub const REQUEST_DURATION: &str = "elector_request_duration_seconds";
/// Watches that broke and were re-opened. Labels: `election`, `backend`.
pub const WATCH_FAILURES: &str = "elector_watch_failures_total";
/// client-go's name for [`LEADER`]. Labels: `name`.
pub const CLIENT_GO_STATUS: &str = "leader_election_master_status";
/// client-go's name for renewals that did not succeed at the first try. Labels: `name`.
pub const CLIENT_GO_SLOWPATH: &str = "leader_election_slowpath_total";

/// Describes every metric with its unit and a help text to the recorder that is installed.
///
/// Call it after the recorder is installed; what is described before is lost.
pub fn describe() {
    describe_gauge!(LEADER, "1 while this process leads the election");
    describe_counter!(TERMS, "Terms begun by this process");
    describe_counter!(TRANSITIONS, "Changes of the leader seen by this process");
    describe_counter!(STOPS, "Terms of this process that had to stop, by reason");
    describe_counter!(OVERRUNS, "Terms whose work did not stop before its lease ran out");
    describe_gauge!(
        REMAINING,
        Unit::Seconds,
        "For how long the term is valid without a further renewal"
    );
    describe_gauge!(LAST_RENEWAL, Unit::Seconds, "When the lease was last renewed, as Unix time");
    describe_counter!(REQUESTS, "Calls to the store, by operation and outcome");
    describe_histogram!(REQUEST_DURATION, Unit::Seconds, "How long calls to the store took");
    describe_counter!(WATCH_FAILURES, "Watches that broke and were opened again");
    describe_gauge!(CLIENT_GO_STATUS, "1 while this process leads; client-go's name");
    describe_counter!(
        CLIENT_GO_SLOWPATH,
        "Renewals that failed at the first try; client-go's name"
    );
}

/// The meters of one election.
#[derive(Clone, Debug)]
pub(crate) struct Meters {
    election: Arc<str>,
    backend: &'static str,
}

impl Meters {
    pub(crate) fn new(election: &Arc<str>, backend: &'static str) -> Self {
        Self { election: Arc::clone(election), backend }
    }

    /// Makes the election visible before anything has happened in it.
    pub(crate) fn started(&self) {
        self.leads(false);
        counter!(TERMS, "election" => self.label()).increment(0);
        counter!(TRANSITIONS, "election" => self.label()).increment(0);
    }

    fn label(&self) -> String {
        self.election.to_string()
    }

    fn leads(&self, leads: bool) {
        let value = f64::from(u8::from(leads));
        gauge!(LEADER, "election" => self.label()).set(value);
        gauge!(CLIENT_GO_STATUS, "name" => self.label()).set(value);
    }

    pub(crate) fn began(&self) {
        self.leads(true);
        counter!(TERMS, "election" => self.label()).increment(1);
    }

    pub(crate) fn ended(&self) {
        self.leads(false);
    }

    pub(crate) fn stopped(&self, why: &Ended) {
        counter!(STOPS, "election" => self.label(), "reason" => why.as_str()).increment(1);
    }

    pub(crate) fn overran(&self) {
        counter!(OVERRUNS, "election" => self.label()).increment(1);
    }

    pub(crate) fn leader_changed(&self) {
        counter!(TRANSITIONS, "election" => self.label()).increment(1);
    }

    pub(crate) fn remaining(&self, remaining: Option<Duration>) {
        let seconds = remaining.unwrap_or_default().as_secs_f64();
        gauge!(REMAINING, "election" => self.label()).set(seconds);
    }

    pub(crate) fn answered(
        &self,
        operation: &'static str,
        doubt: Option<ErrorKind>,
        took: Duration,
    ) {
        self.count(operation, doubt.map_or("ok", ErrorKind::as_str));
        histogram!(
            REQUEST_DURATION,
            "election" => self.label(), "backend" => self.backend, "operation" => operation
        )
        .record(took.as_secs_f64());
        if doubt.is_none() && operation != "release" {
            let seconds = Duration::from_millis(crate::clock::unix_millis()).as_secs_f64();
            gauge!(LAST_RENEWAL, "election" => self.label()).set(seconds);
        }
        if doubt.is_some() && operation == "renew" {
            counter!(CLIENT_GO_SLOWPATH, "name" => self.label()).increment(1);
        }
    }

    pub(crate) fn abandoned(&self, operation: &'static str) {
        self.count(operation, "abandoned");
    }

    fn count(&self, operation: &'static str, outcome: &'static str) {
        counter!(
            REQUESTS,
            "election" => self.label(), "backend" => self.backend,
            "operation" => operation, "outcome" => outcome
        )
        .increment(1);
    }

    pub(crate) fn watch_failed(&self) {
        counter!(WATCH_FAILURES, "election" => self.label(), "backend" => self.backend)
            .increment(1);
    }
}
