//! Two leaders at once: looked for every 10 ms, over many partitions.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use elector::{Elector, FencingToken, Term};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use tokio::time::sleep;

use crate::cluster::{Cluster, secs};
use crate::faulty::{Fault, Faulty};
use crate::outage::faulty_with;

/// Short, so that much happens.
const LEASE: Duration = Duration::from_secs(3);

type Terms = Arc<Mutex<Vec<Term>>>;

/// Leads for ever, with work that takes `stubborn` to stop.
fn contend(elector: Elector, terms: Terms, stubborn: Duration) -> tokio::task::JoinHandle<()> {
    tokio::spawn(async move {
        let _ = elector
            .run(|term| {
                terms.lock().unwrap().push(term.clone());
                async move {
                    term.ended().await;
                    sleep(stubborn).await;
                }
            })
            .await;
    })
}

fn draw(random: &mut StdRng) -> Fault {
    match random.random_range(0..10) {
        0..4 => Fault::None,
        4 => Fault::Hangs,
        5 => Fault::LosesReplies,
        6 => Fault::AnswersWithDoubt,
        7 => Fault::SlowReplies(Duration::from_millis(random.random_range(0..400))),
        8 => Fault::SlowRequests(Duration::from_millis(random.random_range(0..400))),
        _ => Fault::Fails(elector::ErrorKind::Unavailable),
    }
}

#[tokio::test(start_paused = true)]
async fn two_terms_are_never_current_at_once() {
    let mut begun = 0;
    for seed in 0..20 {
        for cluster in Cluster::both() {
            begun += history(&cluster, seed).await;
        }
    }
    assert!(begun > 150, "{begun} terms: the histories show nothing");
}

async fn history(cluster: &Cluster, seed: u64) -> usize {
    let mut random = StdRng::seed_from_u64(seed);
    let candidates: Vec<(Elector, Faulty)> =
        ["a", "b", "c"].iter().map(|name| faulty_with(cluster, name, LEASE)).collect();
    let terms: Terms = Arc::default();
    let running: Vec<_> = candidates
        .iter()
        .map(|(elector, _)| {
            let stubborn = Duration::from_millis(random.random_range(0..600));
            contend(elector.clone(), Arc::clone(&terms), stubborn)
        })
        .collect();
    for _ in 0..40 {
        let (_, store) = &candidates[random.random_range(0..candidates.len())];
        store.set(draw(&mut random));
        if random.random_ratio(1, 6) {
            candidates[random.random_range(0..candidates.len())].0.resign();
        }
        for _ in 0..random.random_range(0..500) {
            sleep(Duration::from_millis(10)).await;
            let current: Vec<FencingToken> = terms
                .lock()
                .unwrap()
                .iter()
                .filter(|term| term.is_current())
                .map(Term::token)
                .collect();
            assert!(current.len() < 2, "seed {seed}: {current:?} are current at once");
        }
    }
    for (elector, store) in &candidates {
        store.set(Fault::None);
        elector.shutdown().await;
    }
    for task in running {
        tokio::time::timeout(secs(60), task).await.expect("run ends").expect("no panic");
    }
    let mut tokens: Vec<_> = terms.lock().unwrap().iter().map(Term::token).collect();
    tokens.sort_unstable();
    let begun = tokens.len();
    tokens.dedup();
    assert_eq!(tokens.len(), begun, "seed {seed}: a token came twice");
    begun
}
