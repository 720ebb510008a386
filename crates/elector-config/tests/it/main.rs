//! Settings from files, the environment and flags, and what is said of mistakes in them.

mod elector;
mod example;
mod layers;
mod messages;
mod secrets;
mod stand_in;
mod values;
