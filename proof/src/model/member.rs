//! One candidate: the real protocol, and what the driver and the work around it know.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use elector::FencingToken;
use elector::clock::Moment;
use elector::protocol::{Answer, Protocol, Renaming};
use elector::store::{Acquire, Lease, MayTake, Observation, Release, Renew};

use super::names::{Local, Outdate, Survey};
use super::record::Write;

/// Where every candidate's clock stands in every state; what differs is where its moments stand.
pub(super) const ORIGIN: Moment = Moment::new(Duration::from_secs(1_000));
/// What a clock counts.
pub(super) const TICK: Duration = Duration::from_secs(1);

/// A candidate as it is in one state.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Member {
    pub(super) protocol: Protocol,
    pub(super) term: Option<Term>,
    pub(super) flight: Option<Flight>,
    /// An answer that nobody waits for any more.
    pub(super) stray: Option<Answer>,
    /// What its watch is about to show.
    pub(super) news: Option<Observation>,
    /// The terms of others that it was shown alive and that still matter; kept only where records are deleted.
    pub(super) met: Vec<FencingToken>,
}

/// A term as the work knows it: [`elector::Term`] without its threads.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Term {
    pub(super) token: FencingToken,
    /// The origin once it is over.
    pub(super) valid_until: Moment,
    pub(super) ended: bool,
    /// The work has not stopped.
    pub(super) running: bool,
    pub(super) fate: Fate,
    /// The terms that its bidder had been shown alive when it bid.
    pub(super) met: Vec<FencingToken>,
}

/// What became of a term's record by somebody else's hand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) enum Fate {
    /// Nothing.
    #[default]
    Untouched,
    /// It was deleted.
    Deleted,
    /// It was deleted, and somebody who had never seen the term alive took the election.
    Orphaned,
}

/// A call on its way.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Flight {
    pub(super) ask: Ask,
    pub(super) stage: Stage,
    /// How many swaps of it have found another version.
    pub(super) conflicts: u8,
    /// What became of the record that its answer tells of.
    pub(super) fate: Fate,
    pub(super) met: Vec<FencingToken>,
}

/// What a call asks of the store: [`elector::protocol::Call`] without who asks.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Ask {
    Acquire(MayTake, FencingToken),
    Renew(Lease),
    Release(Option<Lease>),
}

/// Where a call is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Stage {
    /// Its request to read is on its way.
    Load,
    /// Its request to write is on its way; `None` when the version that it expects is gone.
    Swap(Option<Write>),
    /// Its request, which the store carries out in one step, is on its way.
    Whole,
    /// Its answer is on its way.
    Answer(Answer),
}

impl Member {
    pub(super) fn is_valid(&self) -> bool {
        self.term.as_ref().is_some_and(Term::is_current)
    }

    pub(super) fn works(&self) -> bool {
        self.term.as_ref().is_some_and(|term| term.running)
    }

    /// Lets `ticks` pass, unnoticed.
    pub(super) fn age(&mut self, ticks: u32) {
        let now = ORIGIN + TICK * ticks;
        self.protocol.canonical(now, ORIGIN);
        if let Some(term) = &mut self.term {
            term.valid_until = ORIGIN + term.valid_until.since(now);
        }
    }

    /// Brings everything but tokens into one form.
    pub(super) fn normalise(&mut self, outdate: Outdate) {
        self.age(0);
        self.rename(&mut Local::new(outdate));
        if let Some(Flight { stage: Stage::Swap(write), .. }) = &mut self.flight
            && outdate.version
        {
            *write = None;
        }
    }

    pub(super) fn rename(&mut self, renaming: &mut impl Renaming) {
        self.protocol.rename(renaming);
        if let Some(term) = &mut self.term {
            renaming.token(&mut term.token);
            term.met.iter_mut().for_each(|token| renaming.token(token));
        }
        self.flight.iter_mut().for_each(|flight| flight.rename(renaming));
        self.stray.iter_mut().for_each(|stray| rename_answer(renaming, stray));
        self.news.iter_mut().for_each(|news| news.rename(renaming));
        self.met.iter_mut().for_each(|token| renaming.token(token));
    }
}

impl Term {
    /// [`elector::Term::is_current`], by this candidate's own clock.
    pub(super) fn is_current(&self) -> bool {
        !self.ended && ORIGIN < self.valid_until
    }
}

impl Flight {
    /// The token of the lease that its answer grants.
    pub(super) fn won(&self) -> Option<FencingToken> {
        match &self.stage {
            Stage::Answer(Answer::Acquired(Ok(Acquire::Won(lease)))) => Some(lease.token),
            _ => None,
        }
    }

    fn rename(&mut self, renaming: &mut impl Renaming) {
        let lease = |renaming: &mut _, lease: &mut Lease| rename_lease(renaming, lease);
        match &mut self.ask {
            Ask::Acquire(may_take, floor) => {
                renaming.token(&mut may_take.released_since);
                may_take.reservation_over.iter_mut().for_each(|token| renaming.token(token));
                may_take.stale.iter_mut().for_each(|beat| renaming.beat(beat));
                renaming.token(floor);
            }
            Ask::Renew(held) | Ask::Release(Some(held)) => lease(renaming, held),
            Ask::Release(None) => {}
        }
        match &mut self.stage {
            Stage::Swap(Some(write)) => write.rename(renaming),
            Stage::Answer(answer) => rename_answer(renaming, answer),
            Stage::Load | Stage::Swap(None) | Stage::Whole => {}
        }
        self.met.iter_mut().for_each(|token| renaming.token(token));
    }

    fn knows_now(&self) -> bool {
        matches!(self.stage, Stage::Swap(Some(_)))
    }
}

fn rename_answer(renaming: &mut impl Renaming, answer: &mut Answer) {
    match answer {
        Answer::Acquired(Ok(Acquire::Won(won))) => rename_lease(renaming, won),
        Answer::Acquired(Ok(Acquire::Held(found))) | Answer::Renewed(Ok(Renew::Lost(found))) => {
            found.rename(renaming);
        }
        Answer::Renewed(Ok(Renew::Kept(kept, request))) => {
            rename_lease(renaming, kept);
            request.iter_mut().for_each(|request| renaming.token(&mut request.token));
        }
        Answer::Acquired(Err(_)) | Answer::Renewed(Err(_)) | Answer::Released(_) => {}
    }
}

fn rename_lease(renaming: &mut impl Renaming, lease: &mut Lease) {
    renaming.token(&mut lease.token);
    renaming.cookie(&mut lease.cookie);
}

impl Ask {
    /// What a real call asks.
    pub(super) fn release(release: &Release) -> Self {
        Self::Release(release.lease.clone())
    }
}

/// A candidate in one state, stored once for all states.
#[derive(Debug)]
pub(super) struct Stored {
    pub(super) member: Member,
    pub(super) hash: u64,
    pub(super) tokens: Vec<FencingToken>,
    /// It remembers the record's present beat or version.
    pub(super) knows_now: bool,
    /// It after one tick, after two …
    pub(super) aged: [OnceLock<Arc<Stored>>; 4],
}

impl Stored {
    pub(super) fn new(member: Member, hash: u64) -> Self {
        let mut survey = Survey::default();
        member.clone().rename(&mut survey);
        let knows_now = survey.knows_now || member.flight.as_ref().is_some_and(Flight::knows_now);
        let aged = [const { OnceLock::new() }; 4];
        Self { member, hash, tokens: survey.tokens, knows_now, aged }
    }
}
