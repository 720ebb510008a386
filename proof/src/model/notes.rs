//! What the steps of the protocol show, for the count of what happened.

use elector::protocol::{Call, Effect, Ended, Event, Phase};

use super::Model;
use super::coverage::Milestone;
use super::member::Member;

/// Where an event comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Watch,
    BrokenWatch,
    Elsewhere,
}

impl Source {
    pub(super) fn of(event: &Event) -> Self {
        match event {
            Event::Observed(_) => Self::Watch,
            Event::WatchFailed => Self::BrokenWatch,
            _ => Self::Elsewhere,
        }
    }
}

impl Model {
    /// Takes note of what an event from `source` made `member` do.
    pub(super) fn note(&self, member: &Member, source: Source, effects: &[Effect]) {
        let note = |milestone| self.coverage.note(milestone);
        for effect in effects {
            match (source, effect) {
                (Source::Watch, Effect::End) => note(Milestone::EndedByWatch),
                (Source::Watch, Effect::Stop(Ended::Resigned)) => note(Milestone::RequestShown),
                (Source::Watch, Effect::Call(_, Call::Renew(..))) => {
                    note(Milestone::HurriedByWatch);
                }
                (Source::BrokenWatch, Effect::Call(_, Call::Acquire(_))) => {
                    note(Milestone::BidUnseen);
                }
                _ => {}
            }
        }
        if member.protocol.phase() == Phase::Stopped {
            note(Milestone::Stopped);
        }
    }
}
