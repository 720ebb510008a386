//! What is checked: how many candidates, which durations, which faults.

use std::fmt;
use std::time::Duration;

use elector::Budget;
use elector::store::Expiry;

use super::member::TICK;

/// The parameters of one model.
#[derive(Clone, Debug)]
pub struct Parameters {
    /// How many candidates there are: two or three.
    pub candidates: u8,
    /// Whether the store expires leases by a clock of its own; otherwise each rival does, by its own.
    pub server: bool,
    /// Whether such a store does not say how long the lease that it shows may still last.
    pub silent: bool,
    /// Clocks go on by 1 to this many ticks while real time goes on by one.
    pub rates: u32,
    /// The time budget that every candidate has.
    pub budget: Budget,
    /// What a tick of these clocks may bring besides calls.
    pub faults: Faults,
    /// A wrong store, to see that it is caught.
    pub wrong: Option<Wrong>,
}

/// What happens besides calls, answers and time.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    /// The watch shows the record as it is.
    pub watch: bool,
    /// The watch shows the record as it was some time ago.
    pub late_watch: bool,
    /// How often the watch shows the record as it was some time ago, in all, where it may not do so as often as it likes.
    pub looks: u8,
    /// The watch breaks, and says so.
    pub watch_fails: bool,
    /// Work ends, by itself or because it was told to stop, and the lease is released.
    pub stops: bool,
    /// How often work ends, in all, where it may not end as often as it likes.
    pub endings: u8,
    /// This process gives its term up, or another asks it to.
    pub resigns: bool,
    /// The process is told to end the election for itself.
    pub shutdowns: bool,
    /// The store answers with doubt before the time-out.
    pub doubts: bool,
    /// The answer to a call arrives after the call was given up, and the driver hands it over.
    pub strays: bool,
    /// How often a process dies and starts again, in all.
    pub crashes: u8,
    /// How often nobody in a process wants to lead any more, in all; somebody may again at any time later.
    pub withdrawals: u8,
    /// How often somebody deletes the record, in all.
    pub deletions: u8,
    /// How many calls given up by one process may still arrive at a store with expiry of its own.
    pub late_calls: u8,
    /// How many calls that such a store has carried out may reach it once more, in all.
    pub repeats: u8,
}

/// A store that breaks the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Wrong {
    /// Swaps whatever version the record has.
    IgnoresVersions,
    /// Promises followers a shorter lease than it grants the leader.
    ShortensLeases,
    /// Forgets the tokens of the past with the record.
    ForgetsTokens,
    /// Ends leases too early by its own clock.
    ExpiresEarly,
    /// Carries out a bid or a release that arrives twice twice.
    ActsTwice,
}

/// Durations in ticks, as a model of integer clocks wants them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ticks {
    pub(super) lease: u32,
    /// For how long an answer is waited for: answered in this tick, or in as many later ones.
    pub(super) patience: u32,
    /// From one renewal to the next; nothing stands for the next tick.
    pub(super) interval: u32,
    /// The tick, counted from the request, at which a leader without an answer stops; nothing stands for the earliest.
    pub(super) deadline: u32,
    pub(super) rate_ppm: u32,
}

impl Faults {
    /// Whether a watch shows what was.
    pub(super) fn shows_late(&self) -> bool {
        self.late_watch || self.looks > 0
    }

    /// Whether a watch shows anything.
    pub(super) fn watches(&self) -> bool {
        self.watch || self.shows_late()
    }
}

impl Ticks {
    /// The budget of these ticks: every other part is as short as the budget's own rules allow, so that the smallest
    /// lease shows every order of events.
    ///
    /// # Errors
    ///
    /// When the lease is too short for the patience.
    pub(super) fn budget(self) -> Result<Budget, elector::BudgetError> {
        // Clocks show whole ticks: a time-out of one and a bit runs out at the second.
        let bit = TICK / 1000;
        let attempt_timeout = TICK * self.patience + bit;
        let renew_interval = if self.interval == 0 { bit } else { TICK * self.interval };
        Budget::builder(TICK * self.lease)
            .clock_rate_ppm(self.rate_ppm)
            .renew_interval(renew_interval)
            .attempt_timeout(attempt_timeout)
            .backoff(Duration::ZERO)
            .renew_deadline((renew_interval + 3 * attempt_timeout).max(TICK * self.deadline))
            .stop_budget(bit)
            .build()
    }
}

impl Parameters {
    /// Who decides that a lease has run out.
    pub fn expiry(&self) -> Expiry {
        if self.server { Expiry::Server } else { Expiry::Observed }
    }

    /// The tick, counted from the latest request that was granted, at which a leader stops.
    pub(super) fn stops_at(&self) -> u128 {
        self.budget.renew_deadline().as_nanos().div_ceil(TICK.as_nanos())
    }

    /// The tick, counted from the same request, at which its term is valid no more.
    pub(super) fn ends_at(&self) -> u128 {
        self.budget.hold().as_nanos().div_ceil(TICK.as_nanos())
    }

    /// Whether a leader still leads in the tick after the one in which it bid.
    pub(super) fn leads_on(&self) -> bool {
        self.stops_at() > 1
    }
}

/// The bound on clock rates, in millionths, under which the fastest clock runs at most at `percent` of the slowest
/// one's rate: `(R - 1) / (R + 1)`, rounded up.
pub(super) fn rate_ppm(percent: u32) -> u32 {
    (percent.saturating_sub(100) * 1_000_000).div_ceil(percent + 100)
}

impl Wrong {
    /// The wrong store of this name.
    pub(super) fn named(name: &str) -> Option<Self> {
        match name {
            "ignores-versions" => Some(Self::IgnoresVersions),
            "shortens-leases" => Some(Self::ShortensLeases),
            "forgets-tokens" => Some(Self::ForgetsTokens),
            "expires-early" => Some(Self::ExpiresEarly),
            "acts-twice" => Some(Self::ActsTwice),
            _ => None,
        }
    }
}

impl fmt::Display for Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ticks = |duration: Duration| duration.as_secs_f64() / TICK.as_secs_f64();
        let budget = &self.budget;
        // The faults stand in the text that the parameters were read from.
        write!(
            f,
            "{} candidates, {:?} expiry, clock rates 1 to {}, lease {} ticks, hold {:.2}, attempt time-out {:.2}, \
             stop after {:.2}",
            self.candidates,
            self.expiry(),
            self.rates,
            ticks(budget.lease_duration()),
            ticks(budget.hold()),
            ticks(budget.attempt_timeout()),
            ticks(budget.renew_deadline()),
        )
    }
}
