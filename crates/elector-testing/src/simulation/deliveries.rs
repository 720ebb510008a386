//! What happens when something that was on its way arrives.

use elector::Error;
use elector::store::{Acquire, Expiry, Stored};

use super::fact::{Fact, Holder, Who};
use super::network::{Answer, Delivery, denied, no_answer};
use super::sim::Sim;

impl Sim {
    pub(crate) fn deliver(&mut self, delivery: Delivery) {
        match delivery {
            Delivery::Arrives { who, operation, reply } => {
                if !self.store_is_up {
                    let answer = Err(self.failure("apply"));
                    if self.store_denies || self.world.permille(500) {
                        self.network.answer(who, reply, answer);
                    }
                    return;
                }
                let (before, changes) = (self.store.holder(), self.store.changes());
                let answer = self.store.apply(&operation);
                if self.store.changes() != changes {
                    if reply.is_closed() {
                        self.world.note(Fact::AppliedLate);
                    }
                    self.applied(who, before);
                }
                if is_conflict(&answer) {
                    self.world.note(Fact::Conflict);
                }
                self.network.answer(who, reply, answer);
            }
            // An answer to a caller that has gone is nobody's.
            Delivery::Answers { reply, answer } => drop(reply.send(answer)),
            Delivery::Watches(number) | Delivery::Repeats(number) if self.store_is_up => {
                match self.store.view() {
                    Ok(view) => self.network.repeat(number, &view),
                    Err(error) => self.network.show(number, Err(error)),
                }
            }
            Delivery::Watches(number) | Delivery::Repeats(number) => {
                self.network.show(number, Err(self.failure("watch")));
            }
            Delivery::Shows(number, news) => self.network.show(number, news),
            Delivery::Expires => self.expire(),
            Delivery::Thaws(who) => self.thaw(who),
            Delivery::Freezes(who, nanos) => self.freeze(who, nanos),
        }
    }

    /// What a store that is not up answers, if it does.
    fn failure(&self, operation: &'static str) -> Error {
        if self.store_denies { denied(operation) } else { no_answer(operation) }
    }

    fn applied(&mut self, who: Who, before: Holder) {
        let after = self.store.holder();
        let entry = Fact::Applied { before, after };
        self.world.note_of(who, 0, entry);
        self.publish();
    }

    /// Tells the watchers how the store stands, and itself when its lease runs out.
    pub(crate) fn publish(&mut self) {
        if let Ok(view) = self.store.view() {
            self.network.publish(&view);
        }
        if self.setting.kind.expiry == Expiry::Server
            && let Some(at) = self.store.expires()
        {
            self.world.deliver_at(at, Delivery::Expires);
        }
    }

    fn expire(&mut self) {
        match self.store.expires() {
            Some(at) if at > self.world.now() => {}
            Some(_) => {
                if let Ok(view) = self.store.view() {
                    self.network.publish(&view);
                }
            }
            None => {}
        }
    }

    pub(crate) fn catch_up(&self, slot: usize) {
        if let Ok(view) = self.store.view() {
            self.network.catch_up(slot, &view);
        }
    }
}

fn is_conflict(answer: &elector::Result<Answer>) -> bool {
    match answer {
        Ok(Answer::Stored(Stored::Conflict)) => true,
        Ok(Answer::Acquired(answer)) => matches!(**answer, Acquire::Held(_)),
        _ => false,
    }
}
