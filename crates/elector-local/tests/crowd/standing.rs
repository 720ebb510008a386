//! What a process of a crowd does.
#![allow(clippy::print_stdout, reason = "its parent reads it")]

use std::env;
use std::io::BufRead as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use elector::store::Store as _;
use elector::{Elector, Leadership, Status};
use elector_local::Local;

use super::{DISTRUST, LEASE, NAME, now};
use crate::candidate::ELECTION;

/// Until standard input ends, it stands, and says what it believes. `told` hears every line that comes in.
pub(crate) fn stand(folder: &Path, mut told: impl FnMut(&str) + Send + 'static) {
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::WARN)
        .with_ansi(false)
        .with_writer(std::io::stdout)
        .init();
    let backend = Local::new(folder).election(ELECTION).unwrap();
    let name = env::var(NAME).unwrap_or_else(|_| "one".to_owned());
    let builder = Elector::builder(backend, name).lease_duration(LEASE);
    let elector = builder.distrust_missing(env::var_os(DISTRUST).is_some()).build().unwrap();
    thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            told(&line);
        }
        // Its parent is gone, or has no use for it any more.
        std::process::exit(0);
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let lead = async {
            loop {
                serve(elector.lead().await.unwrap()).await;
            }
        };
        tokio::join!(lead, follow(&elector));
    });
}

async fn serve(leadership: Leadership) {
    let token = leadership.token();
    println!("\nterm begins {token} {}", now().as_nanos());
    let (over, valid_at) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let sampler = thread::spawn({
        let (term, over, valid_at) =
            (leadership.term().clone(), Arc::clone(&over), Arc::clone(&valid_at));
        move || {
            while !over.load(Ordering::Acquire) {
                // The clock before the check: the term was valid then if it is later.
                let at = now();
                if term.is_current() {
                    valid_at.store(u64::try_from(at.as_nanos()).unwrap(), Ordering::Release);
                }
                thread::sleep(Duration::from_millis(1));
            }
        }
    });
    let why = leadership.lost().await;
    // An error says that the lease runs out by itself, or was lost.
    let _ = leadership.resign().await;
    over.store(true, Ordering::Release);
    sampler.join().unwrap();
    println!("\nterm ended {token} {} {}", valid_at.load(Ordering::Acquire), why.as_str());
}

async fn follow(elector: &Elector) {
    let mut status = elector.status();
    loop {
        let following = match &*status.borrow_and_update() {
            Status::Following(leader) => leader.as_ref().and_then(|leader| leader.token),
            _ => None,
        };
        if let Some(token) = following {
            println!("\nfollows {token}");
        }
        status.changed().await.unwrap();
    }
}
