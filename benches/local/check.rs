//! What a check costs.

use std::hint::black_box;

use elector::Elector;
use elector::memory::Memory;
use elector::store::Store as _;
use elector_trial::now;

use crate::findings::Findings;

const LOOPS: u32 = 200;
const CHECKS: u64 = 50_000;

/// Measures `is_current()` in a tight loop.
pub(crate) fn measure(findings: &mut Findings) {
    let backend = Memory::new().election("bench").unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let elector = Elector::new(backend, "bench");
    let leadership = runtime.block_on(elector.lead()).unwrap();
    // The best of many short loops: what the machine does besides is not the check's.
    let loops = (0..LOOPS).map(|_| {
        let begin = now();
        let current = (0..CHECKS).filter(|_| black_box(leadership.term()).is_current()).count();
        assert_eq!(current as u64, CHECKS);
        (now() - begin) as f64 / CHECKS as f64
    });
    let nanos = loops.fold(f64::INFINITY, f64::min);
    findings.add("is_current()", "< 100 ns", format!("{nanos:.1} ns"), Some(nanos < 100.0));
}
