//! The elector as its users see it, over the memory stores and on virtual time.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod cluster;
mod lead;
mod run;
