//! Wrong rules, by name, for the checks that have to catch them.
//!
//! A check that has never failed proves little. Built with `RUSTFLAGS="--cfg elector_flaws"`, the core can be switched
//! to one known-bad rule at a time: rules that other electors follow, or that this one could have followed. The model
//! checker, the simulator and the trials must catch each of them. In every other build [`is_on`] is the constant
//! `false`, and none of this exists.

use std::time::Duration;

use crate::budget::Budget;
use crate::clock::Moment;
use crate::error::ErrorKind;
use crate::store::{Candidate, Leader, Lease, Renew};

type Renewed = Result<Renew, ErrorKind>;

/// One wrong rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(elector_flaws), allow(unreachable_pub))]
#[repr(u8)]
pub enum Flaw {
    /// A lease counts from when the answer arrived, not from when the request was sent (client-go, etcd's session).
    AnchorAtResponse = 1,
    /// A term is valid for the whole lease, whatever the clocks' rates.
    HoldIsLease,
    /// A term is valid for a renewal interval and a renewal deadline, whatever the lease (client-go).
    HoldIsDeadline,
    /// A follower's timer counts from when it asked, not from when it received the answer.
    TimerFromRequest,
    /// A follower waits for nine tenths of the lease.
    Impatience,
    /// A bid takes the election from any leader, as if every beat had been waited out.
    AnyLeaderIsStale,
    /// A record that vanished is free at once (client-go).
    MissingIsFree,
    /// A bid swaps whatever version the record has by then.
    UncheckedVersion,
    /// The election is given up before the work has stopped (client-go's `ReleaseOnCancel`).
    ReleaseBeforeStop,
    /// A release empties the record whoever leads.
    ReleaseOfAnother,
    /// A renewal that was not answered extends the term.
    ExtendOnTimeout,
    /// A renewal that was refused extends the term.
    ExtendOnConflict,
    /// A definite loss is one more failed renewal (client-go, until its deadline).
    LossIgnored,
    /// A new term has the token of the one before it.
    TokenNotRaised,
    /// An election found in the hands of one's own session is resumed with its old token.
    TokenResumed,
    /// Greater tokens seen before do not count.
    FloorForgotten,
    /// The answer to any call is taken for the answer to the latest.
    AnswerOfAnother,
    /// `is_current` looks at a flag, not at the clock (client-go's `IsLeader`).
    CachedFlag,
    /// The end of a term is told twice.
    EndedTwice,
    /// The record of anybody of one's own name is one's own.
    NameIsSession,
    /// Every look at a record starts the follower's timer anew.
    EveryLookIsABeat,
    /// A fence lets every token pass.
    FenceOpen,
    /// A release that the watch shows does not end the wait for the leader's lease.
    ReleaseUnheard,
    /// A store that refuses a bid ends the candidacy.
    RefusalIsFinal,
    /// A leader renews twice as often as the budget says.
    RenewsTwice,
    /// Work is told to stop when its term ends, and not before.
    StopsAtTheEnd,
    /// The clock stands still while the machine sleeps (`CLOCK_MONOTONIC` on Linux, and so every timer of Go and
    /// tokio): a clock of the simulator does.
    #[cfg(elector_flaws)]
    ClockStopsAsleep,
}

/// The answer to a renewal as a wrong rule reads it.
pub(crate) fn misread(answer: Renewed, lease: &Lease) -> Renewed {
    match &answer {
        Ok(Renew::Lost(_)) if is_on(Flaw::ExtendOnConflict) => Ok(Renew::Kept(lease.clone(), None)),
        Ok(Renew::Lost(_)) if is_on(Flaw::LossIgnored) => Err(ErrorKind::Unavailable),
        Err(_) if is_on(Flaw::ExtendOnTimeout) => Ok(Renew::Kept(lease.clone(), None)),
        _ => answer,
    }
}

/// For how long a follower waits out a lease.
pub(crate) fn waited_out(lease_duration: Duration) -> Duration {
    let short = is_on(Flaw::Impatience);
    if short { lease_duration - lease_duration / 10 } else { lease_duration }
}

/// Whether a refusal ends the candidacy for good.
pub(crate) fn is_final(refusal: ErrorKind) -> bool {
    refusal == ErrorKind::Denied && is_on(Flaw::RefusalIsFinal)
}

/// Whether a token need not be above those that were seen.
pub(crate) fn takes_any_token() -> bool {
    is_on(Flaw::TokenNotRaised) || is_on(Flaw::TokenResumed)
}

/// Whether a term that was not lost is given up under its work.
pub(crate) fn is_released_at_once(lost: bool) -> bool {
    !lost && is_on(Flaw::ReleaseBeforeStop)
}

/// For how long a term is valid.
pub(crate) fn hold(budget: &Budget, lease_duration: Duration) -> Duration {
    if is_on(Flaw::HoldIsDeadline) {
        return budget.renew_interval() + budget.renew_deadline();
    }
    budget.hold_of(lease_duration)
}

/// The time from one renewal to the next.
pub(crate) fn renew_interval(budget: &Budget) -> Duration {
    if is_on(Flaw::RenewsTwice) { budget.renew_interval() / 2 } else { budget.renew_interval() }
}

/// Whether a leader is the candidate itself by its name alone.
pub(crate) fn is_ones_own(leader: &Leader, candidate: &Candidate) -> bool {
    leader.name == candidate.name && is_on(Flaw::NameIsSession)
}

/// Whether a term is current by a wrong rule that does not read the clock.
pub(crate) fn unread(valid_until: impl FnOnce() -> Moment) -> Option<bool> {
    is_on(Flaw::CachedFlag).then(|| valid_until() > Moment::default())
}

/// Whether `flaw` is switched on: never.
#[cfg(not(elector_flaws))]
pub(crate) const fn is_on(_: Flaw) -> bool {
    false
}

#[cfg(elector_flaws)]
pub(crate) use switch::is_on;

#[cfg(elector_flaws)]
mod switch {
    use std::sync::atomic::{AtomicU8, Ordering};

    use super::Flaw;

    /// Not set yet: the environment decides.
    const UNSET: u8 = u8::MAX;

    static ON: AtomicU8 = AtomicU8::new(UNSET);

    pub(crate) fn is_on(flaw: Flaw) -> bool {
        let on = match ON.load(Ordering::Relaxed) {
            UNSET => Flaw::switch(Flaw::from_environment()),
            on => on,
        };
        on == flaw as u8
    }

    impl Flaw {
        /// Every wrong rule.
        pub const ALL: [Self; 27] = [
            Self::AnchorAtResponse,
            Self::HoldIsLease,
            Self::HoldIsDeadline,
            Self::TimerFromRequest,
            Self::Impatience,
            Self::AnyLeaderIsStale,
            Self::MissingIsFree,
            Self::UncheckedVersion,
            Self::ReleaseBeforeStop,
            Self::ReleaseOfAnother,
            Self::ExtendOnTimeout,
            Self::ExtendOnConflict,
            Self::LossIgnored,
            Self::TokenNotRaised,
            Self::TokenResumed,
            Self::FloorForgotten,
            Self::AnswerOfAnother,
            Self::CachedFlag,
            Self::EndedTwice,
            Self::NameIsSession,
            Self::EveryLookIsABeat,
            Self::FenceOpen,
            Self::ReleaseUnheard,
            Self::RefusalIsFinal,
            Self::RenewsTwice,
            Self::StopsAtTheEnd,
            Self::ClockStopsAsleep,
        ];

        /// The rule's name, as in `ELECTOR_FLAW` and the tables: `anchor-at-response`.
        pub fn name(self) -> String {
            let mut name = String::new();
            for letter in format!("{self:?}").chars() {
                if letter.is_uppercase() && !name.is_empty() {
                    name.push('-');
                }
                name.push(letter.to_ascii_lowercase());
            }
            name
        }

        /// The rule of this name.
        pub fn named(name: &str) -> Option<Self> {
            Self::ALL.into_iter().find(|flaw| flaw.name() == name)
        }

        /// Whether this rule is switched on, for those that stand outside the core.
        pub fn is_set(self) -> bool {
            is_on(self)
        }

        /// Switches this process to one wrong rule, or to none. Until then `ELECTOR_FLAW` names it.
        pub fn set(flaw: Option<Self>) {
            Self::switch(flaw);
        }

        fn switch(flaw: Option<Self>) -> u8 {
            if let Some(flaw) = flaw {
                tracing::error!(flaw = flaw.name(), "this build follows a wrong rule on purpose");
            }
            let on = flaw.map_or(0, |flaw| flaw as u8);
            ON.store(on, Ordering::Relaxed);
            on
        }

        fn from_environment() -> Option<Self> {
            std::env::var("ELECTOR_FLAW").ok().as_deref().and_then(Self::named)
        }
    }
}
