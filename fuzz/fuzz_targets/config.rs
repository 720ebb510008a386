//! `cargo +nightly fuzz run config`
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| elector_config::fuzz::config(bytes));
