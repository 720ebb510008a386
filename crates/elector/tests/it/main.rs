//! The elector as its users see it, over the memory stores and on virtual time.
// Tests may panic, and virtual time is read from tokio itself.
#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

mod adapter;
mod callbacks;
mod changes;
mod cluster;
mod faulty;
mod late_write;
mod lead;
mod liveness;
mod lost_replies;
mod observer;
mod outage;
mod partition;
mod record;
mod records;
mod requests;
mod run;
mod server;
mod sudden_end;
mod telemetry;
