//! Real clocks and real threads: what virtual time cannot show.
//!
//! Every wait is for a condition, with a deadline; leases are about a second long.
// Tests may panic, and what is measured here is real time.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, clippy::print_stdout)]

use std::process::Command;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use elector::clock::{BootClock, Clock};
use elector::memory::Memory;
use elector::{Elector, Ended, OnOverrun, Runtime, Store};
use tokio::time::timeout;

const LEASE: Duration = Duration::from_secs(1);
const PATIENCE: Duration = Duration::from_secs(30);

fn memory() -> Memory {
    Memory::with_clock(Arc::new(BootClock::new()))
}

fn single() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// On the process's shared elector thread.
fn builder(store: &Memory, name: &str) -> elector::Builder {
    Elector::builder(store.election("test").unwrap(), name).lease_duration(LEASE)
}

#[test]
fn an_application_that_blocks_all_its_threads_keeps_its_lease() {
    let store = memory();
    single().block_on(async {
        let elector = builder(&store, "a").build().unwrap();
        let leadership = timeout(PATIENCE, elector.lead()).await.unwrap().unwrap();
        let blocked = Instant::now();
        while blocked.elapsed() < LEASE * 2 {
            thread::sleep(Duration::from_millis(50));
            assert!(leadership.is_current());
        }
        assert!(leadership.term().reason().is_none());
        leadership.resign().await.unwrap();
    });
}

#[test]
fn with_a_gate_it_loses_it() {
    let store = memory();
    single().block_on(async {
        let gated = builder(&store, "a").liveness_gate(LEASE / 2).build().unwrap();
        let rival = builder(&store, "b").build().unwrap();
        let leadership = timeout(PATIENCE, gated.lead()).await.unwrap().unwrap();
        let next = tokio::spawn(async move { rival.lead().await.unwrap() });
        tokio::task::yield_now().await;
        thread::sleep(LEASE * 2);
        assert!(!leadership.is_current());
        assert_eq!(leadership.lost().await, Ended::Unresponsive);
        let next = timeout(PATIENCE, next).await.unwrap().unwrap();
        assert!(next.token() > leadership.token());
    });
}

#[test]
fn a_term_is_over_by_the_clock_while_the_electors_thread_is_starved() {
    let (handle, thread_of_elector) = {
        let (sender, handle) = mpsc::channel();
        let thread = thread::spawn(move || {
            let runtime = single();
            sender.send(runtime.handle().clone()).unwrap();
            runtime.block_on(async { tokio::time::sleep(PATIENCE).await });
        });
        (handle.recv().unwrap(), thread)
    };
    let runtime = Runtime::new(handle.clone(), Arc::new(BootClock::new()));
    let elector = builder(&memory(), "a").runtime(runtime).build().unwrap();
    let leadership = single().block_on(elector.lead()).unwrap();
    let (release, blocked) = mpsc::channel::<()>();
    handle.spawn(async move {
        let _ = blocked.recv();
    });
    let starved = Instant::now();
    while leadership.is_current() {
        assert!(starved.elapsed() < LEASE, "the lease has run out");
        thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(leadership.remaining(), Duration::ZERO);
    assert!(leadership.term().reason().is_none(), "nobody could tell yet");
    drop(release);
    let why = single().block_on(async { timeout(PATIENCE, leadership.lost()).await.unwrap() });
    assert_eq!(why, Ended::Expired);
    assert!(!leadership.is_current(), "nothing revives it");
    drop((leadership, elector));
    drop(thread_of_elector);
}

/// Says in the child's environment that it is the child.
const CHILD: &str = "ELECTOR_TEST_OVERRUN";

/// Leads, cannot renew, and does not stop; prints when its lease was last certain.
fn overrun() {
    let store = memory();
    let runtime = single();
    let elector =
        builder(&store, "a").liveness_gate(LEASE / 4).on_overrun(OnOverrun::Abort).build().unwrap();
    let leadership = runtime.block_on(elector.lead()).unwrap();
    let clock = BootClock::new();
    let end = clock.now() + LEASE * 5;
    while clock.now() < end {
        // Written once a change, so that the parent reads the last word of a process that aborts.
        println!("until {}", leadership.term().valid_until().as_nanos());
        println!("now {}", clock.now().as_nanos());
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn an_overrun_aborts_the_process_before_a_rival_may_start() {
    if std::env::var_os(CHILD).is_some() {
        return overrun();
    }
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["an_overrun_aborts", "--nocapture", "--test-threads=1"])
        .env(CHILD, "1")
        .output()
        .unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::process::ExitStatusExt as _;
        assert!(output.status.signal().is_some(), "aborted: {:?}", output.status);
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let last = |word: &str| -> u64 {
        let line = text.lines().rev().find_map(|line| line.strip_prefix(word)).unwrap();
        line.trim().parse().unwrap()
    };
    let (until, now) = (last("until "), last("now "));
    assert!(now < until, "it still ran {} ns after the term", now - until);
    assert!(until - now < 500_000_000, "it was aborted {} ns too early", until - now);
}

#[test]
fn alarms_ring_in_order_and_not_too_early() {
    let clock = BootClock::new();
    single().block_on(async {
        let begun = clock.now();
        let (sender, mut rung) = tokio::sync::mpsc::unbounded_channel();
        for millis in [80_u64, 20, 60, 40, 20] {
            let (clock, sender) = (clock.clone(), sender.clone());
            tokio::spawn(async move {
                let at = begun + Duration::from_millis(millis);
                clock.sleep_until(at).await;
                assert!(clock.now() >= at);
                sender.send(millis).unwrap();
            });
        }
        let mut order = Vec::new();
        while order.len() < 5 {
            order.push(timeout(PATIENCE, rung.recv()).await.unwrap().unwrap());
        }
        assert_eq!(order, [20, 20, 40, 60, 80]);
    });
}

#[test]
fn a_thousand_sleepers_wake_and_dropped_ones_are_forgotten() {
    let clock = BootClock::new();
    single().block_on(async {
        let begun = clock.now();
        let mut tasks = Vec::new();
        for number in 0..1_000_u64 {
            let clock = clock.clone();
            tasks.push(tokio::spawn(async move {
                let far = clock.sleep_until(begun + PATIENCE * 10);
                let near = clock.sleep_until(begun + Duration::from_millis(number % 50));
                tokio::select! {
                    () = far => false,
                    () = near => true,
                }
            }));
        }
        for task in tasks {
            assert!(timeout(PATIENCE, task).await.unwrap().unwrap());
        }
        timeout(PATIENCE, clock.sleep_until(clock.now() + Duration::from_millis(5))).await.unwrap();
        assert!(clock.now().since(begun) < PATIENCE);
    });
}

#[test]
fn an_earlier_alarm_is_not_held_up_by_a_later_one() {
    let clock = BootClock::new();
    single().block_on(async {
        let late = tokio::spawn({
            let clock = clock.clone();
            async move { clock.sleep_until(clock.now() + PATIENCE * 10).await }
        });
        tokio::task::yield_now().await;
        timeout(PATIENCE, clock.sleep_until(clock.now() + Duration::from_millis(10)))
            .await
            .unwrap();
        late.abort();
    });
}

#[test]
fn alarms_survive_the_runtime_that_rang_them() {
    let clock = BootClock::new();
    let first = single();
    first.block_on(async {
        let sleep = clock.sleep_until(clock.now() + PATIENCE * 10);
        assert!(timeout(Duration::from_millis(5), sleep).await.is_err());
    });
    // This sleeper stays on the first runtime, whose task rings for both.
    let stays = first.spawn({
        let clock = clock.clone();
        async move { clock.sleep_until(clock.now() + PATIENCE * 10).await }
    });
    first.block_on(tokio::task::yield_now());
    let second =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let woken = second.spawn({
        let clock = clock.clone();
        async move { clock.sleep_until(clock.now() + Duration::from_millis(300)).await }
    });
    thread::sleep(Duration::from_millis(50));
    drop(first);
    drop(stays);
    second.block_on(async { timeout(PATIENCE, woken).await.expect("it rings").unwrap() });
    second.block_on(async {
        let again = clock.sleep_until(clock.now() + Duration::from_millis(5));
        timeout(PATIENCE, again).await.expect("and again");
    });
}
