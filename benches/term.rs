//! What a check of the term costs: `cargo bench -p elector-benches --bench term`.
#![allow(clippy::unwrap_used, missing_docs)]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use elector::Elector;
use elector::memory::Memory;
use elector::store::Store as _;

fn checks(criterion: &mut Criterion) {
    let backend = Memory::new().election("bench").unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let elector = Elector::new(backend, "bench");
    let leadership = runtime.block_on(elector.lead()).unwrap();
    let term = leadership.term().clone();
    assert!(term.is_current());
    criterion.bench_function("Term::is_current", |b| b.iter(|| black_box(&term).is_current()));
    criterion.bench_function("Term::remaining", |b| b.iter(|| black_box(&term).remaining()));
    criterion.bench_function("Term::token", |b| b.iter(|| black_box(&term).token()));
    assert!(term.is_current());
}

criterion_group!(benches, checks);
criterion_main!(benches);
