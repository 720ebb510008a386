//! What a candidate has seen of the election, and what it may conclude.

use std::time::Duration;

use crate::clock::Moment;
use crate::flaw::{self, Flaw};
use crate::store::{Candidate, Expiry, Leader, MayTake, Observation, Standing};
use crate::token::FencingToken;

/// What has been seen of an election, stamped with the observer's own clock.
///
/// This is the rule of observed expiry: a leader's lease has run out for an observer when its beat has not changed
/// for the duration written in the record, counted from when the observer received it. client-go's rule
/// (`tools/leaderelection`, `isLeaseValid`), with the beat compared exactly and a vanished record not taken for a
/// free one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Sight {
    expiry: Expiry,
    /// After how long a silence to ask a store with expiry of its own.
    pub(super) poll: Option<Duration>,
    pub(super) last: Option<Seen>,
    /// The latest leader seen whose end nothing has explained.
    pub(super) live: Option<Live>,
    /// A leader seen alive before the store went back to a record of the past, as after the restore of an old backup.
    pub(super) later: Option<Later>,
    pub(super) highest: FencingToken,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Seen {
    pub(super) observation: Observation,
    /// When this observation was received.
    pub(super) at: Moment,
    /// When the first observation with this standing (for a leader: with this beat) was received.
    pub(super) since: Moment,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Live {
    /// `None` for a foreign leader, whose record names no token.
    pub(super) token: Option<FencingToken>,
    pub(super) lease_duration: Duration,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Later {
    pub(super) token: FencingToken,
    /// When its lease has run out, counted from the first sight of the past.
    pub(super) until: Moment,
}

/// When a candidate may bid, and for what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Opening {
    /// `None` when only a further observation can tell.
    pub(crate) at: Option<Moment>,
    pub(crate) may_take: MayTake,
}

impl Sight {
    pub(crate) fn new(expiry: Expiry, poll: Option<Duration>) -> Self {
        Self { expiry, poll, last: None, live: None, later: None, highest: FencingToken::ZERO }
    }

    /// Treats a record that is missing from the first as one that has vanished, for this long.
    pub(crate) fn distrust_missing(&mut self, lease_duration: Duration) {
        self.live = Some(Live { token: Some(FencingToken::ZERO), lease_duration });
    }

    /// The greatest token seen.
    pub(crate) fn highest(&self) -> FencingToken {
        self.highest
    }

    /// Forgets the standing, after a term of one's own.
    pub(crate) fn forget(&mut self) {
        self.last = None;
        self.live = None;
        self.later = None;
    }

    /// Forgets how the election stands, but not who was seen alive.
    pub(crate) fn doubt(&mut self) {
        self.last = None;
    }

    pub(crate) fn observe(&mut self, now: Moment, observation: Observation, me: &Candidate) {
        let since = match &self.last {
            Some(seen)
                if same(&seen.observation.standing, &observation.standing)
                    && !flaw::is_on(Flaw::EveryLookIsABeat) =>
            {
                seen.since
            }
            _ => now,
        };
        match &observation.standing {
            Standing::Led(led) => {
                let mine = led.leader.session == Some(me.session);
                self.keep_later(now, led.leader.token);
                self.live = (!mine).then_some(Live {
                    token: led.leader.token,
                    lease_duration: led.lease_duration,
                });
                // One's own record may be seen before the answer that granted it.
                if !mine {
                    self.highest = self.highest.max(led.leader.token.unwrap_or_default());
                }
            }
            Standing::Released { token, .. } => {
                self.highest = self.highest.max(*token);
                self.later.take_if(|later| *token >= later.token);
                let ended = |live: &Live| *token >= live.token.unwrap_or_default();
                if !flaw::is_on(Flaw::ReleaseUnheard) {
                    self.live.take_if(|live| ended(live));
                }
            }
            // An empty record is how client-go releases: it explains the end of a foreign leader, not of ours.
            Standing::Vacant if self.live.as_ref().is_some_and(|live| live.token.is_none()) => {
                self.live = None;
            }
            Standing::Vacant | Standing::Missing => {}
        }
        self.last = Some(Seen { observation, at: now, since });
    }

    /// The leader, while its lease runs as far as this observer can tell.
    pub(crate) fn leader(&self, now: Moment) -> Option<&Leader> {
        let seen = self.last.as_ref()?;
        let expired = self.expires().is_some_and(|at| now >= at);
        seen.observation.leader().filter(|_| !expired)
    }

    /// When the leader's lease runs out for this observer, in a store where observers tell.
    pub(crate) fn expires(&self) -> Option<Moment> {
        let seen = self.last.as_ref()?;
        match &seen.observation.standing {
            Standing::Led(led) if led.gone => Some(seen.at),
            Standing::Led(led) if self.expiry == Expiry::Observed => {
                Some(seen.since + flaw::waited_out(led.lease_duration))
            }
            _ => None,
        }
    }

    /// Notes that the store shows the term with `token`. If that is an earlier one than was seen alive, it says nothing
    /// of the later one's end, which is waited out once.
    fn keep_later(&mut self, now: Moment, token: Option<FencingToken>) {
        let Some(token) = token else { return };
        self.later.take_if(|later| token >= later.token);
        let Some(Live { token: Some(latest), lease_duration }) = self.live else { return };
        if self.expiry == Expiry::Observed && latest > token {
            let later = Later { token: latest, until: now + lease_duration };
            self.later = Some(match self.later.take().filter(|before| now < before.until) {
                Some(before) => Later { until: before.until.max(later.until), ..before },
                None => later,
            });
        }
    }

    /// When `me` may bid, and for what if it bids at `now`.
    pub(crate) fn opening(&self, now: Moment, me: &Candidate) -> Opening {
        let later = self.later.as_ref().filter(|later| now < later.until);
        let known = match (&self.live, later) {
            (None, None) => MayTake::vacant(),
            (live, later) => {
                let live = live.as_ref().and_then(|live| live.token);
                MayTake::released(later.map(|later| later.token).max(live).unwrap_or_default())
            }
        };
        let wait_for_later = |at: Moment| later.map_or(at, |later| at.max(later.until));
        let Some(seen) = &self.last else {
            return Opening { at: Some(now), may_take: known };
        };
        match &seen.observation.standing {
            Standing::Led(led) => {
                let at = if led.leader.session == Some(me.session) {
                    Some(seen.at)
                } else {
                    let again_in = seen.observation.again_in.or(self.poll);
                    let again = || again_in.map(|wait| seen.at + wait);
                    self.expires().or_else(again)
                };
                let stale = self.expires().is_some_and(|at| now >= wait_for_later(at))
                    || flaw::is_on(Flaw::AnyLeaderIsStale);
                let may_take = if stale { known.or_stale(led.beat.clone()) } else { known };
                Opening { at: at.map(wait_for_later), may_take }
            }
            vacant => {
                let explained = self.expiry == Expiry::Server || flaw::is_on(Flaw::MissingIsFree);
                let mut free_at = match seen.observation.again_in {
                    Some(wait) => seen.at + wait,
                    None => seen.since,
                };
                if let Some(live) = self.live.as_ref().filter(|_| !explained) {
                    free_at = free_at + live.lease_duration;
                }
                free_at = wait_for_later(free_at);
                let known = if now >= free_at { known.or_unexplained() } else { known };
                let mut may_take = known;
                if let Standing::Released { reserved: Some(reserved), token } = vacant
                    && reserved.name != me.name
                {
                    let over_at = seen.since + reserved.duration;
                    free_at = free_at.max(over_at);
                    may_take.reservation_over = (now >= over_at).then_some(*token);
                }
                Opening { at: Some(free_at), may_take }
            }
        }
    }
}

/// Whether nothing has happened that an observer's timer counts from.
fn same(before: &Standing, after: &Standing) -> bool {
    match (before, after) {
        (Standing::Led(before), Standing::Led(after)) => {
            before.beat == after.beat
                && before.leader.token == after.leader.token
                && before.lease_duration == after.lease_duration
        }
        // Missing and empty are one thing to whoever waits for a vanished leader's lease to run out.
        (Standing::Missing | Standing::Vacant, Standing::Missing | Standing::Vacant) => true,
        _ => before == after,
    }
}
