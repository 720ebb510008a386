//! Metrics and log lines.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use elector::memory::MemoryRecords;
use elector::{ErrorKind, Observer, Term, metrics as names};
use metrics::{
    Counter, CounterFn, Gauge, GaugeFn, Histogram, Key, KeyName, Metadata, Recorder, SharedString,
    Unit,
};
use tokio::time::sleep;
use tracing::span;

use crate::cluster::{Cluster, LEASE, secs};
use crate::faulty::Fault;
use crate::outage::faulty;

/// Adds up what is recorded, by name and labels.
#[derive(Clone, Default)]
struct Recorded(Arc<Mutex<HashMap<String, f64>>>);

impl Recorded {
    fn get(&self, name: &str, labels: &str) -> f64 {
        let recorded = self.0.lock().unwrap();
        recorded.get(&format!("{name} {labels}")).copied().unwrap_or(f64::NAN)
    }

    fn described(&self, name: &KeyName) {
        *self.0.lock().unwrap().entry(format!("{} described", name.as_str())).or_default() += 1.0;
    }
}

struct Meter(String, Recorded);

impl Meter {
    fn change(&self, change: impl FnOnce(&mut f64)) {
        change(self.1.0.lock().unwrap().entry(self.0.clone()).or_default());
    }
}

impl CounterFn for Meter {
    fn increment(&self, value: u64) {
        self.change(|sum| *sum += value as f64);
    }
    fn absolute(&self, value: u64) {
        self.change(|sum| *sum = value as f64);
    }
}

impl GaugeFn for Meter {
    fn increment(&self, value: f64) {
        self.change(|sum| *sum += value);
    }
    fn decrement(&self, value: f64) {
        self.change(|sum| *sum -= value);
    }
    fn set(&self, value: f64) {
        self.change(|sum| *sum = value);
    }
}

fn text(key: &Key) -> String {
    let labels: Vec<_> = key.labels().map(|label| label.value().to_owned()).collect();
    format!("{} {}", key.name(), labels.join(","))
}

impl Recorder for Recorded {
    fn describe_counter(&self, name: KeyName, _: Option<Unit>, _: SharedString) {
        self.described(&name);
    }
    fn describe_gauge(&self, name: KeyName, _: Option<Unit>, _: SharedString) {
        self.described(&name);
    }
    fn describe_histogram(&self, name: KeyName, _: Option<Unit>, _: SharedString) {
        self.described(&name);
    }
    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(Arc::new(Meter(text(key), self.clone())))
    }
    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::from_arc(Arc::new(Meter(text(key), self.clone())))
    }
    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::noop()
    }
}

thread_local! {
    /// How often this thread said that the store does not answer, and that it answers again.
    static LINES: Cell<(usize, usize)> = const { Cell::new((0, 0)) };
    /// A term of this thread, and whether it was current when its loss was said.
    static TERM: RefCell<(Option<Term>, Option<bool>)> = const { RefCell::new((None, None)) };
}

/// Global, because what is enabled is remembered for all threads; it counts for each by itself.
struct Lines;

struct Message(String);

impl tracing::field::Visit for Message {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
        if field.name() == "message" {
            self.0 = format!("{value:?}");
        }
    }
}

impl tracing::Subscriber for Lines {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }
    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
    fn event(&self, event: &tracing::Event<'_>) {
        let mut message = Message(String::new());
        event.record(&mut message);
        if message.0.starts_with("lost the election") {
            TERM.with_borrow_mut(|(term, current)| *current = term.as_ref().map(Term::is_current));
        }
        let (begun, over) = LINES.get();
        let begun = begun + usize::from(message.0.ends_with("goes on trying"));
        LINES.set((begun, over + usize::from(message.0 == "the store answers again")));
    }
}

fn block_on(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap()
        .block_on(test);
}

#[test]
fn a_lost_term_is_over_before_anybody_hears_of_it() {
    listen();
    block_on(async {
        let records = MemoryRecords::new();
        let cluster = Cluster::new(records.clone());
        let leadership = cluster.elector("a").lead().await.unwrap();
        TERM.set((Some(leadership.term().clone()), None));
        records.delete("test");
        leadership.lost().await;
        assert_eq!(TERM.with_borrow(|(_, current)| *current), Some(false));
    });
}

#[test]
fn metrics_tell_terms_stops_requests_and_who_leads() {
    let recorded = Recorded::default();
    metrics::with_local_recorder(&recorded, || {
        block_on(async {
            let mut all_refused = 0.0;
            for cluster in Cluster::both() {
                let backend = cluster.backend().guarantees().backend;
                let (elector, store) = faulty(&cluster, "a");
                let terms = recorded.get(names::TERMS, "test").max(0.0);
                let leadership = elector.lead().await.unwrap();
                let _observer = Observer::on(&cluster.runtime, cluster.backend());
                sleep(secs(12)).await;
                assert_eq!(recorded.get(names::LEADER, "test"), 1.0, "an observer changes nothing");
                assert_eq!(recorded.get(names::CLIENT_GO_STATUS, "test"), 1.0);
                assert_eq!(recorded.get(names::TERMS, "test"), terms + 1.0);
                assert!(recorded.get(names::REMAINING, "test") > 8.0);
                assert!(recorded.get(names::LAST_RENEWAL, "test") > 1.7e9, "Unix time in seconds");
                assert!(recorded.get(names::TRANSITIONS, "test") > 0.0);
                let request = |operation, outcome| {
                    recorded.get(names::REQUESTS, &format!("test,{backend},{operation},{outcome}"))
                };
                assert_eq!(request("acquire", "ok"), 1.0);
                assert_eq!(request("renew", "ok"), 2.0);
                store.set(Fault::Hangs);
                sleep(LEASE).await;
                assert!(request("renew", "abandoned") >= 2.0);
                assert_eq!(recorded.get(names::STOPS, "test,expired"), terms + 1.0);
                assert_eq!(recorded.get(names::OVERRUNS, "test"), terms + 1.0);
                store.set(Fault::Fails(ErrorKind::Unavailable));
                sleep(secs(5)).await;
                let refused = request("renew", "unavailable");
                assert!(refused > 2.0);
                let slow = recorded.get(names::CLIENT_GO_SLOWPATH, "test");
                assert_eq!(slow, all_refused + refused);
                all_refused = slow;
                drop(leadership);
                sleep(secs(1)).await;
                assert_eq!(recorded.get(names::LEADER, "test"), 0.0);
                store.set(Fault::None);
                elector.shutdown().await;
            }
        });
    });
}

#[test]
fn watches_that_break_are_counted() {
    let recorded = Recorded::default();
    metrics::with_local_recorder(&recorded, || {
        block_on(async {
            let [cluster, _] = Cluster::both();
            let _leader = cluster.elector("a").lead().await.unwrap();
            let (follower, store) = faulty(&cluster, "b");
            assert!(tokio::time::timeout(secs(1), follower.lead()).await.is_err());
            store.set(Fault::Fails(ErrorKind::Unavailable));
            assert!(tokio::time::timeout(secs(20), follower.lead()).await.is_err());
            assert!(recorded.get(names::WATCH_FAILURES, "test,memory") > 0.0);
        });
    });
}

#[test]
fn every_metric_is_described() {
    let recorded = Recorded::default();
    metrics::with_local_recorder(&recorded, names::describe);
    for name in [
        names::LEADER,
        names::TERMS,
        names::TRANSITIONS,
        names::STOPS,
        names::OVERRUNS,
        names::REMAINING,
        names::LAST_RENEWAL,
        names::REQUESTS,
        names::REQUEST_DURATION,
        names::WATCH_FAILURES,
        names::CLIENT_GO_STATUS,
        names::CLIENT_GO_SLOWPATH,
    ] {
        assert_eq!(recorded.get(name, "described"), 1.0, "{name}");
    }
}

#[test]
fn a_leader_whose_elector_is_gone_is_counted_as_none() {
    let recorded = Recorded::default();
    metrics::with_local_recorder(&recorded, || {
        block_on(async {
            let [cluster, _] = Cluster::both();
            let (elector, store) = faulty(&cluster, "a");
            let leadership = elector.lead().await.unwrap();
            store.set(Fault::Panics);
            leadership.lost().await;
            assert_eq!(recorded.get(names::LEADER, "test"), 0.0);
        });
    });
}

#[test]
fn a_follower_renews_nothing() {
    let recorded = Recorded::default();
    metrics::with_local_recorder(&recorded, || {
        block_on(async {
            for cluster in Cluster::both() {
                let bid = elector::store::Bid::new(elector::store::Candidate::new("x"), 1, LEASE);
                cluster.backend().acquire(&bid).await.unwrap();
                let elector = cluster.elector("a");
                assert!(tokio::time::timeout(secs(10), elector.lead()).await.is_err());
                assert!(recorded.get(names::LAST_RENEWAL, "test").is_nan());
                assert_eq!(recorded.get(names::LEADER, "test"), 0.0);
                assert_eq!(recorded.get(names::TERMS, "test"), 0.0);
                elector.shutdown().await;
            }
        });
    });
}

/// Counts the lines of all threads from now on.
fn listen() {
    static LISTENING: std::sync::Once = std::sync::Once::new();
    LISTENING.call_once(|| tracing::subscriber::set_global_default(Lines).unwrap());
}

#[test]
fn a_call_that_is_not_wanted_any_more_is_no_outage() {
    listen();
    block_on(async {
        for cluster in Cluster::both() {
            let (elector, store) = faulty(&cluster, "a");
            let leadership = elector.lead().await.unwrap();
            store.set(Fault::SlowReplies(secs(1)));
            sleep(std::time::Duration::from_millis(5_500)).await;
            leadership.resign().await.unwrap();
            assert!(tokio::time::timeout(secs(1) / 2, elector.lead()).await.is_err());
            elector.shutdown().await;
            assert_eq!(LINES.get(), (0, 0));
        }
    });
}

#[test]
fn an_outage_is_told_once_and_its_end_once() {
    listen();
    for fault in [Fault::Hangs, Fault::Fails(ErrorKind::Unavailable)] {
        LINES.set((0, 0));
        block_on(async {
            let [_, cluster] = Cluster::both();
            let (elector, store) = faulty(&cluster, "a");
            let running = tokio::spawn({
                let elector = elector.clone();
                async move { elector.run(|term| async move { term.ended().await }).await }
            });
            sleep(secs(1)).await;
            store.set(fault);
            sleep(secs(3600)).await;
            assert_eq!(LINES.get(), (1, 0), "{fault:?}");
            store.set(Fault::None);
            sleep(secs(60)).await;
            assert_eq!(LINES.get(), (1, 1), "{fault:?}");
            elector.shutdown().await;
            running.await.unwrap().unwrap();
        });
    }
}
