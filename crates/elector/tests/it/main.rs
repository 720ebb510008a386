//! The elector as its users see it, over the memory stores and on virtual time.

mod cluster;
mod lead;
mod run;
