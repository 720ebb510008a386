//! `cargo +nightly fuzz run name`
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| elector_local::fuzz::name(bytes));
