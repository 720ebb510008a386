//! A leader in Go that comes back can empty the Lease of the next one: client-go's release, from 1.34 on, does not look
//! at who holds it. Here the same write is made without a race.

use std::io;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;

use elector::{Elector, Ended, Leadership, Status};
use elector_tests::{Cluster, LeaseSeen, block_on};
use elector_trial::now;
use serde_json::json;
use tracing_subscriber::EnvFilter;

/// Long enough that the next renewal is not what tells a leader of its loss.
const LEASE: Duration = Duration::from_secs(6);
const NAME: &str = "taken";
/// For a busy machine, wherever nothing is said about the time.
const PATIENCE: Duration = Duration::from_secs(30);

#[test]
fn our_leader_stops_at_once_and_the_log_says_who_did_it() {
    let log = Log::get();
    let cluster = Cluster::new();
    let (leader, follower) = (candidate(&cluster, "leader"), candidate(&cluster, "follower"));
    let term = led(&leader);
    let token = term.token();
    let mut status = follower.status();
    let waiting = Arc::clone(&follower);
    let next = thread::spawn(move || (led(&waiting), now()));
    let follows = block_on(async {
        let follows = status.wait_for(|status| {
            matches!(status, Status::Following(Some(leader)) if leader.token == Some(token))
        });
        tokio::time::timeout(PATIENCE, follows).await.map(|it| it.is_ok())
    });
    assert_eq!(follows, Ok(true));

    let wiped = wipe(&cluster, "client-go");
    let attempt = leader.budget().attempt_timeout();
    let ended = block_on(async { tokio::time::timeout(attempt, term.lost()).await });
    assert!(matches!(ended, Ok(Ended::Lost(None))), "{ended:?} within {attempt:?}");
    assert!(!term.is_current());
    let path = format!("{}/{NAME}", cluster.namespace);
    let line = log.line(&path).expect("a warning");
    assert!(line.contains("was emptied, and no more leader_"), "{line}");
    assert!(line.contains("written by client-go"), "{line}");
    // It does not stand again, so that it is the follower's turn.
    drop(term);
    block_on(leader.shutdown());

    // Who saw the term alive cannot know what else its leader has not heard.
    let (term, since) = next.join().unwrap();
    let waited = Duration::from_nanos(since - wiped);
    assert!(waited >= LEASE, "after {waited:?}");
    assert!(term.token() > token);

    // Who has seen nothing takes an empty Lease as client-go does.
    let wiped = wipe(&cluster, "client-go");
    let newcomer = candidate(&cluster, "newcomer");
    let later = led(&newcomer);
    let waited = Duration::from_nanos(now() - wiped);
    assert!(waited < LEASE / 2, "after {waited:?}");
    assert!(later.token() > term.token());
    let ended = block_on(async { tokio::time::timeout(attempt, term.lost()).await });
    assert!(matches!(ended, Ok(Ended::Lost(_))), "{ended:?}");
}

fn candidate(cluster: &Cluster, name: &str) -> Arc<Elector> {
    let backend = cluster.place(NAME).backend();
    Arc::new(Elector::builder(backend, name).lease_duration(LEASE).build().unwrap())
}

fn led(elector: &Elector) -> Leadership {
    block_on(async { tokio::time::timeout(PATIENCE, elector.lead()).await }).unwrap().unwrap()
}

/// Writes what client-go's release writes, just after a renewal; when that began.
fn wipe(cluster: &Cluster, manager: &str) -> u64 {
    let deadline = now() + PATIENCE.as_nanos() as u64;
    let before = cluster.lease(NAME);
    let mut renewed = before.clone();
    while renewed.renewed() == before.renewed() {
        assert!(now() < deadline, "no renewal of {before:?}");
        thread::sleep(Duration::from_millis(10));
        renewed = cluster.lease(NAME);
    }
    loop {
        let at = now();
        if cluster.replace(NAME, manager, &released(renewed).0) {
            return at;
        }
        renewed = cluster.lease(NAME);
    }
}

fn released(LeaseSeen(mut lease): LeaseSeen) -> LeaseSeen {
    let renewed = lease["spec"]["renewTime"].clone();
    let spec = &mut lease["spec"];
    spec["holderIdentity"] = json!("");
    spec["leaseDurationSeconds"] = json!(1);
    spec["acquireTime"] = renewed;
    lease["metadata"]["managedFields"] = json!(null);
    LeaseSeen(lease)
}

/// What this process logs.
#[derive(Clone, Debug, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn get() -> &'static Self {
        static LOG: OnceLock<Log> = OnceLock::new();
        LOG.get_or_init(|| {
            let log = Self::default();
            let written = log.clone();
            let filter = EnvFilter::new("warn");
            let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false);
            subscriber.with_writer(move || written.clone()).init();
            log
        })
    }

    /// The first line that has `text`.
    fn line(&self, text: &str) -> Option<String> {
        let log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let log = String::from_utf8_lossy(&log).into_owned();
        log.lines().find(|line| line.contains(text)).map(str::to_owned)
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
