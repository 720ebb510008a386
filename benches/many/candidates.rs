//! One process that stands in many elections.

use std::io::BufRead as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use elector::{Elector, Status};
use elector_trial::now;
use tracing_subscriber::EnvFilter;

use crate::cluster;
use crate::probe::{Counts, Probe};
use crate::process::Line;

/// Stands in elections 0 to `count`, says what becomes of them, and answers each line of its input with its counts.
pub(crate) fn run(mut arguments: impl Iterator<Item = String>) {
    let (folder, name) = (arguments.next().unwrap(), arguments.next().unwrap());
    let count: usize = arguments.next().unwrap().parse().unwrap();
    let lease = Duration::from_millis(arguments.next().unwrap().parse().unwrap());
    let filter = EnvFilter::try_from_env("ELECTOR_LOG").unwrap_or_else(|_| EnvFilter::new("off"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let store = cluster::store(Path::new(&folder));
    let counts = Arc::new(Counts::default());
    say(&Line::Started { at: now() });
    for election in 0..count {
        let backend = store.election(&format!("shard/{election}")).unwrap();
        let probe = Arc::new(Probe::new(backend, Arc::clone(&counts)));
        let elector = Elector::builder(probe, name.as_str()).lease_duration(lease).build().unwrap();
        runtime.spawn(stand(elector, election));
    }
    std::thread::spawn(move || {
        for _ in std::io::stdin().lock().lines().map_while(Result::ok) {
            say(&Line::Counts(counts.read()));
        }
    });
    runtime.block_on(std::future::pending::<()>());
}

async fn stand(elector: Elector, election: usize) {
    let mut status = elector.status();
    let lead = async {
        loop {
            let leadership = elector.lead().await.unwrap();
            say(&Line::Leads { election, at: now() });
            let why = leadership.lost().await;
            say(&Line::Lost { election, why: format!("{why:?}") });
        }
    };
    let follow = async {
        let following = |status: &Status| matches!(status, Status::Following(Some(_)));
        let _ = status.wait_for(following).await.unwrap();
        say(&Line::Follows);
    };
    tokio::join!(lead, follow);
}

fn say(line: &Line) {
    println!("{}", serde_json::to_string(line).unwrap());
}
