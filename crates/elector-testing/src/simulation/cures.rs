//! How what went wrong is put right.

use super::network::Link;
use super::seat::Temper;
use super::sim::{Sim, rate_within};

/// What puts a fault right.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Cure {
    Restart(usize),
    Replace(usize),
    Link(usize),
    CutNow(usize),
    StoreUp,
    Readable,
    Temper(usize),
    Rate(usize),
    Touch,
}

impl Sim {
    pub(crate) fn cure(&mut self, cure: Cure) {
        match cure {
            Cure::Restart(slot) => self.start(slot),
            Cure::Replace(slot) => {
                self.kill(slot);
                self.start(slot);
            }
            Cure::Link(slot) => {
                self.network.change(slot, |link| *link = Link::default());
                self.catch_up(slot);
            }
            Cure::CutNow(slot) => self
                .network
                .change(slot, |link| (link.requests_lost, link.replies_lost) = (true, true)),
            Cure::StoreUp => self.store_is_up = true,
            Cure::Readable => {
                self.store.set_corrupt(false);
                self.publish();
            }
            Cure::Temper(slot) => {
                if let Some(process) = &self.processes[slot] {
                    process.shared.set_temper(Temper::Steady);
                }
            }
            Cure::Rate(slot) => {
                let rate = rate_within(&self.world, self.bound());
                self.bend(slot, rate);
            }
            Cure::Touch => {
                self.store.touch();
                self.publish();
            }
        }
    }
}
