//! What elector's protocol was checked with, so that anybody can check it again.
#![forbid(unsafe_code)]

pub mod controls;
pub mod model;
pub mod page;
pub mod simulate;
