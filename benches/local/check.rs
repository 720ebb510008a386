//! What a check costs.

use std::hint::black_box;

use elector::Elector;
use elector::memory::Memory;
use elector::store::Store as _;
use elector_trial::now;

use crate::findings::Findings;

const CHECKS: u64 = 10_000_000;

/// Measures `is_current()` in a tight loop.
pub(crate) fn measure(findings: &mut Findings) {
    let backend = Memory::new().election("bench").unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let elector = Elector::new(backend, "bench");
    let leadership = runtime.block_on(elector.lead()).unwrap();
    let begin = now();
    let current = (0..CHECKS).filter(|_| black_box(leadership.term()).is_current()).count();
    let nanos = (now() - begin) as f64 / CHECKS as f64;
    assert_eq!(current as u64, CHECKS);
    findings.add("is_current()", "< 100 ns", format!("{nanos:.1} ns"), Some(nanos < 100.0));
}
