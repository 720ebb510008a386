//! One form for all candidates that will behave alike, for the model checker.
//!
//! A checker that is to see every state must not count: absolute times, attempt numbers and tokens would make each
//! state a new one. [`Protocol::canonical`] counts every moment from a common origin and forgets what no later step can
//! tell; [`Protocol::rename`] lets the checker give other names to what is only ever compared.
//!
//! Why forgetting is sound, field by field. `now` never goes back, so a moment that is only compared with `now` (or,
//! through `min` and `max`, with other such moments) may be raised to `now` once it has passed: this holds for every
//! deadline, `not_before`, `rest_until`, `renew_at`, `valid_until`, `force_at`, `until` and their like. The others are
//! starting points to which a duration is added first, and may be raised to `now` less the longest such duration:
//!
//! | moment | what is added to it | raised to `now` less |
//! |---|---|---|
//! | `in_flight.sent` | nothing, once the call is overdue; before, it is younger than this | the attempt time-out |
//! | `sight.last.at` | a lease, a reservation, `again_in` or the poll | the longest of them all |
//! | `sight.last.since` | a lease or a reservation | the longest of them |
//! | `tenure.stop_at` | the stop budget (`Drain::new`) | the stop budget |
//! | `tenure.alive_at` | the liveness gate | the gate, or nothing |
//!
//! `tenure.{valid_until, stop_at}` are also compared with what a renewal gives: that lies after `now` as long as the
//! store grants no less than was asked for, because the budget keeps every line of it above one attempt time-out.

use std::hash::{Hash, Hasher};
use std::time::Duration;

use super::sight::{Seen, Sight};
use super::tenure::{Drain, Tenure};
use super::{Ended, InFlight, Protocol, Rules, State};
use crate::clock::Moment;
use crate::store::{Beat, Cookie, Lease, Observation, Standing};
use crate::token::FencingToken;

/// Gives other names to what a protocol only compares. For the model checker.
///
/// What is renamed must keep its order (tokens) or its equality (beats, cookies), in everything that the protocol will
/// ever be told as well.
#[doc(hidden)]
pub trait Renaming {
    /// A token that the protocol remembers.
    fn token(&mut self, token: &mut FencingToken);
    /// A sign of life that the protocol remembers.
    fn beat(&mut self, beat: &mut Beat);
    /// A backend's note in a lease that the protocol holds.
    fn cookie(&mut self, cookie: &mut Cookie);
}

/// The rules are the same for the life of a candidate; its session tells candidates apart.
impl Hash for Rules {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.candidate.session.hash(state);
    }
}

/// Where the moments go.
struct Shift {
    now: Moment,
    origin: Moment,
}

impl Shift {
    /// Moves `moment`, which nothing can tell from `now` once it has passed.
    fn due(&self, moment: &mut Moment) {
        self.start(moment, Duration::ZERO);
    }

    /// Moves `moment`, to which at most `longest` is added before it is compared with now.
    fn start(&self, moment: &mut Moment, longest: Duration) {
        let ahead = moment.since(self.now);
        let behind = self.now.since(*moment).min(longest);
        *moment = (self.origin + ahead).back(behind);
    }
}

impl Protocol {
    /// Counts every moment from `origin`, which stands for `now`, and forgets what no later step can tell.
    ///
    /// `now` must not be before the latest step, and `origin` must be later than any duration in use.
    #[doc(hidden)]
    pub fn canonical(&mut self, now: Moment, origin: Moment) {
        let shift = Shift { now, origin };
        let budget = self.rules.budget;
        self.now = origin;
        shift.due(&mut self.rest_until);
        // Answers are matched by number, and one call is on its way: any number will do.
        self.attempts = u64::from(self.in_flight.is_some());
        match &mut self.in_flight {
            Some(InFlight { number, sent, deadline }) => {
                *number = 1;
                shift.start(sent, budget.attempt_timeout());
                shift.due(deadline);
            }
            // The next call begins with forgetting it.
            None => self.heard = None,
        }
        // A back-off stops growing.
        let most = self.most_failures();
        self.failures_before = match self.state {
            State::Bidding => self.failures_before.min(most),
            _ => 0,
        };
        // Both count only for the floor of the next bid.
        self.sight.highest = self.sight.highest.max(self.latest_token);
        self.latest_token = FencingToken::ZERO;
        let gate = self.rules.liveness_gate.unwrap_or_default();
        match &mut self.state {
            State::Following(following) => {
                following.bid_at.iter_mut().for_each(|at| shift.due(at));
                shift.due(&mut following.not_before);
                following.failures = following.failures.min(most);
            }
            State::Leading(tenure) => {
                tenure.canonical(&shift, budget.stop_budget(), gate);
                // A term of one's own ends with forgetting what was seen before it.
                self.sight.forget();
            }
            State::Draining(tenure, drain) => {
                tenure.canonical(&shift, budget.stop_budget(), gate);
                drain.canonical(&shift);
                if !drain.lost() {
                    self.sight.forget();
                }
            }
            State::Releasing(releasing) => {
                shift.due(&mut releasing.next_at);
                shift.due(&mut releasing.until);
            }
            State::Idle | State::Bidding | State::Stopped => {}
        }
        self.sight.canonical(&shift, budget.lease_duration());
    }

    /// Renames what is only compared, in an order that depends on nothing else.
    #[doc(hidden)]
    pub fn rename(&mut self, renaming: &mut impl Renaming) {
        match &mut self.state {
            State::Leading(tenure) | State::Draining(tenure, _) => tenure.lease.rename(renaming),
            State::Releasing(releasing) => {
                releasing.lease.iter_mut().for_each(|lease| lease.rename(renaming));
            }
            State::Idle | State::Following(_) | State::Bidding | State::Stopped => {}
        }
        if let State::Draining(_, Drain { why: Ended::Lost(Some(leader)), .. }) = &mut self.state {
            leader.token.iter_mut().for_each(|token| renaming.token(token));
        }
        renaming.token(&mut self.sight.highest);
        renaming.token(&mut self.latest_token);
        if let Some(token) = self.sight.live.as_mut().and_then(|live| live.token.as_mut()) {
            renaming.token(token);
        }
        self.sight.later.iter_mut().for_each(|later| renaming.token(&mut later.token));
        self.sight.last.iter_mut().for_each(|seen| seen.observation.rename(renaming));
        self.heard.iter_mut().for_each(|heard| heard.rename(renaming));
    }

    /// After how many failures in a row no further one makes a wait longer.
    fn most_failures(&self) -> u32 {
        let first = self.rules.budget.backoff().max(Duration::from_millis(1));
        let longest = self.rules.budget.renew_interval().max(self.rules.budget.backoff());
        (0..16).find(|doublings| first.saturating_mul(1 << doublings) >= longest).unwrap_or(16)
    }
}

impl Sight {
    fn canonical(&mut self, shift: &Shift, lease_duration: Duration) {
        self.later.take_if(|later| later.until <= shift.now);
        self.later.iter_mut().for_each(|later| shift.due(&mut later.until));
        let live = self.live.as_ref().map(|live| live.lease_duration);
        let lease = live.map_or(lease_duration, |live| live.max(lease_duration));
        if let Some(Seen { observation, at, since }) = &mut self.last {
            let shown = match &observation.standing {
                Standing::Led(led) => led.lease_duration,
                Standing::Released { reserved: Some(reserved), .. } => reserved.duration,
                _ => Duration::ZERO,
            };
            let asks = observation.again_in.or(self.poll).unwrap_or_default();
            shift.start(at, lease.max(shown).max(asks));
            // Not by `again_in`, which the next observation of the same standing may bring.
            shift.start(since, lease.max(shown));
            // Only a leader heeds it, when it arrives.
            observation.request = None;
        }
    }
}

impl Tenure {
    fn canonical(&mut self, shift: &Shift, stop_budget: Duration, gate: Duration) {
        shift.due(&mut self.valid_until);
        shift.start(&mut self.stop_at, stop_budget);
        shift.due(&mut self.overrun_at);
        shift.due(&mut self.renew_at);
        shift.start(&mut self.alive_at, gate);
        self.failures = self.failures.min(1);
    }
}

impl Drain {
    fn canonical(&mut self, shift: &Shift) {
        shift.due(&mut self.force_at);
        shift.due(&mut self.overrun_after);
        self.overrun_by.iter_mut().for_each(|at| shift.due(at));
        if let Ended::Lost(leader) = &mut self.why {
            // The work has been told.
            *leader = None;
        }
    }
}

impl Lease {
    fn rename(&mut self, renaming: &mut impl Renaming) {
        renaming.token(&mut self.token);
        renaming.cookie(&mut self.cookie);
    }
}

impl Observation {
    /// Renames what an observation shows. For the model checker.
    #[doc(hidden)]
    pub fn rename(&mut self, renaming: &mut impl Renaming) {
        self.standing.rename(renaming);
        self.request.iter_mut().for_each(|request| renaming.token(&mut request.token));
    }
}

impl Standing {
    fn rename(&mut self, renaming: &mut impl Renaming) {
        match self {
            Self::Led(led) => {
                led.leader.token.iter_mut().for_each(|token| renaming.token(token));
                renaming.beat(&mut led.beat);
            }
            Self::Released { token, .. } => renaming.token(token),
            Self::Vacant | Self::Missing => {}
        }
    }
}
