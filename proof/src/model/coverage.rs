//! What happened in the states that were seen: a model in which nothing happens proves nothing.

use std::sync::atomic::{AtomicU64, Ordering};

use super::parameters::Parameters;

macro_rules! milestones {
    ($($name:ident => $text:literal,)+) => {
        /// Something that a good model shows at least once.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Milestone { $($name,)+ }

        const NAMES: &[(Milestone, &str)] = &[$((Milestone::$name, $text),)+];
    };
}

milestones! {
    Began => "terms begun",
    TookExpired => "take-overs of a leader that was waited out, or expired",
    TookReleased => "take-overs of a released election",
    TookOwn => "new terms over one's own record",
    TookMissing => "take-overs of a missing record",
    Renewed => "renewals confirmed",
    Lost => "definite losses",
    Expired => "terms stopped for want of an answer",
    Refused => "swaps refused because of their version",
    AppliedLate => "calls applied after they were given up",
    RefusedLate => "late calls that can take effect no more",
    ClearedUp => "unknown outcomes cleared up by a release",
    Overtaken => "terms begun while an older leader's work had not even been told to stop",
    Waited => "take-overs of a deleted record by a candidate that knew its leader",
    Orphaned => "take-overs of a deleted record by a newcomer (outside promise 1)",
    Crashed => "leaders that died",
    Resigned => "resignations",
    Requested => "resignations that another process asked for",
    TimedOut => "calls given up",
    Doubted => "doubtful answers",
    Ran => "leases that the store let run out",
    Prolonged => "terms prolonged while they lead",
    EndedByWatch => "terms that a watch ended",
    HurriedByWatch => "renewals that news of a watch made",
    OldNews => "old news shown",
    BidUnseen => "bids that a broken watch made",
    Strayed => "answers delivered to calls that were given up",
    Repeated => "requests that arrived twice",
    Stopped => "elections ended for a process",
    RequestShown => "terms resigned because a watch showed a request",
}

/// How often each milestone was passed.
#[derive(Debug, Default)]
pub(super) struct Coverage {
    counts: [AtomicU64; NAMES.len()],
}

impl Coverage {
    pub(super) fn note(&self, milestone: Milestone) {
        self.counts[milestone as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// Every milestone with its count, and whether the parameters demand it.
    pub(super) fn table(&self, parameters: &Parameters) -> Vec<(&'static str, u64, bool)> {
        let count = |milestone: Milestone| self.counts[milestone as usize].load(Ordering::Relaxed);
        NAMES
            .iter()
            .map(|(milestone, name)| (*name, count(*milestone), milestone.is_due(parameters)))
            .collect()
    }
}

impl Milestone {
    /// Whether a model with these parameters must show it.
    fn is_due(self, parameters: &Parameters) -> bool {
        let faults = &parameters.faults;
        let observed = !parameters.server;
        match self {
            Self::Began | Self::TookExpired | Self::Lost | Self::Expired => true,
            // Where a lease lasts for one tick, only news makes a leader renew before it ends.
            Self::Renewed => observed || faults.watches() || parameters.ends_at() > 1,
            Self::TookOwn | Self::TookMissing | Self::Overtaken | Self::TimedOut => true,
            Self::AppliedLate => observed || faults.late_calls > 0,
            Self::RefusedLate | Self::Refused => observed,
            Self::TookReleased => faults.stops || faults.endings > 0,
            Self::ClearedUp => faults.withdrawals > 0,
            Self::Orphaned => faults.deletions > 0,
            Self::Waited => faults.deletions > 0 && observed,
            Self::Crashed => faults.crashes > 0,
            Self::Resigned | Self::Requested => faults.resigns,
            Self::Doubted => faults.doubts,
            Self::Ran => !observed,
            Self::Prolonged => parameters.leads_on(),
            Self::EndedByWatch | Self::HurriedByWatch => faults.watches(),
            Self::OldNews => faults.shows_late(),
            Self::BidUnseen => faults.watch_fails,
            Self::Strayed => faults.strays,
            Self::Repeated => faults.repeats > 0,
            Self::Stopped => faults.shutdowns,
            Self::RequestShown => faults.watches() && faults.resigns,
        }
    }
}
