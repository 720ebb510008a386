//! The example of a store works.
#![allow(clippy::unwrap_used)]

use std::process::Command;

#[test]
fn custom_store_elects_one_after_the_other() {
    let deps = std::env::current_exe().unwrap();
    let program = deps.ancestors().nth(2).unwrap().join("examples/custom_store");
    assert!(program.exists(), "not built: cargo build -p elector --example custom_store");
    let output = Command::new(program).output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}: {printed}", output.status);
    assert_eq!(printed, "first leads with token 1\nsecond leads with token 2\n");
}
