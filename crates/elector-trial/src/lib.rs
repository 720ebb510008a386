//! Trials of [`elector`]: real candidate processes, faults on them, and a judge of what they claimed.
//!
//! A parent process starts candidates ([`Stage`]), kills, freezes and resigns their leader ([`faults`]), and reads
//! from each what it claimed and when ([`Line`]). All stamps are of one clock, the boot-time clock of the host, so
//! that [`Judge`] can compare the claims of different processes: two that claimed the leadership at one instant, a
//! token that did not rise, a takeover before a frozen leader's lease was over, a frozen leader that still believed in
//! itself when it woke.
//!
//! [`candidate::run`] is what a candidate process does; [`demo::run`] is a short tour of all faults. In
//! [`race::run`] the leaders also count in a [`Register`], and a [`Ledger`] tells whether it holds every update.
//! [`mixed::run`] makes faults one after the other on a [`site`](site::Site) and holds each to its bound. [`proxy`] is a
//! network that fails on command, for stores that have one.
#![forbid(unsafe_code)]

pub mod candidate;
mod counted;
pub mod demo;
mod error;
pub mod faults;
mod judge;
mod ledger;
mod line;
pub mod mixed;
mod process;
pub mod proxy;
pub mod race;
mod register;
mod report;
pub mod site;
mod stage;
mod stamp;
mod timeline;
mod times;

pub use counted::{Counted, Requests};
pub use error::{Result, TrialError};
pub use judge::{Judge, Overlap, TooEarly, TooLong, Verdict};
pub use ledger::{Audit, Ledger};
pub use line::{Event, Line, ProcessId};
pub use process::CandidateSpec;
pub use register::{Answer, Entry, Register};
pub use report::{Load, Report};
pub use stage::{Leader, Stage};
pub use stamp::now;
pub use timeline::{Happening, Step, Timeline};
pub use times::{Summary, Times};
