//! Every way for `elector run` to end: the rows are played with the real program, and are the table in the docs.

mod play;
mod rows;
mod table;

use std::panic::catch_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::scene::on_a_steady_machine;
use play::Play;

/// One way to end.
struct Row {
    what: &'static str,
    /// What CMD and what it started are sent, in order.
    sent: &'static [&'static str],
    election: Election,
    code: Code,
    next: Next,
    act: fn(&mut Play),
}

/// What becomes of the election.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Election {
    Released,
    NotReleased,
    Untouched,
    Kept,
    Anothers,
    Deleted,
}

/// How `elector run` ends.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Code {
    Is(i32),
    GoesOn,
}

/// When another candidate leads.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Next {
    AtOnce,
    WhenTheLeaseHasRunOut,
    Already,
    NotYet,
}

#[test]
fn every_way_to_end_is_as_the_table_says() {
    let rows: Vec<&Row> = rows::all().iter().flat_map(|(_, rows)| *rows).collect();
    let (next, workers) = (AtomicUsize::new(0), 6);
    let failed: Vec<&str> = std::thread::scope(|scope| {
        let work = || {
            let mut failed = Vec::new();
            while let Some(row) = rows.get(next.fetch_add(1, Ordering::Relaxed)) {
                let played = catch_unwind(|| on_a_steady_machine(|| Play::new(row).through()));
                if played.is_err() {
                    failed.push(row.what);
                }
            }
            failed
        };
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    assert!(failed.is_empty(), "not as the table says: {failed:#?}");
}
