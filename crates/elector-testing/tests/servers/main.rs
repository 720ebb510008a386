//! Real servers: started, killed, frozen, counted, and gone afterwards.
#![cfg(unix)]
#![allow(clippy::unwrap_used)] // in what the tests call, too

mod etcd;
mod kubernetes;
mod leftovers;
