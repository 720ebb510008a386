//! What elector's protocol was checked with, so that anybody can check it again.
#![forbid(unsafe_code)]

pub mod model;
