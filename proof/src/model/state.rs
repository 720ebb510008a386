//! A state of the whole system, and the one form that equal situations have.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use elector::FencingToken;
use elector::protocol::Renaming as _;

use super::breach::Breach;
use super::intern::{Interner, hash_of};
use super::member::{Ask, Member, Stored};
use super::names::{Outdate, Ranks};
use super::parameters::Faults;
use super::record::{Held, Holder, Store, Write};

/// One state of the system.
#[derive(Clone, Debug)]
pub struct State {
    pub(super) members: Vec<Arc<Stored>>,
    pub(super) store: Store,
    pub(super) late: Vec<Late>,
    /// The greatest token ever granted.
    pub(super) granted: FencingToken,
    pub(super) left: Left,
    pub(super) breach: Option<Breach>,
    /// Who stands at which place, for people; no part of the state.
    pub(super) labels: [u8; 4],
}

/// How often what is rare may still happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Left {
    pub(super) crashes: u8,
    pub(super) deletions: u8,
    pub(super) withdrawals: u8,
    pub(super) endings: u8,
    pub(super) repeats: u8,
    pub(super) looks: u8,
}

impl Left {
    pub(super) fn of(faults: &Faults) -> Self {
        let Faults { crashes, deletions, withdrawals, endings, repeats, looks, .. } = *faults;
        Self { crashes, deletions, withdrawals, endings, repeats, looks }
    }
}

/// A request that its caller has given up and that may still arrive, or that may arrive once more.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Late {
    pub(super) by: Holder,
    /// It was carried out before.
    pub(super) copy: bool,
    pub(super) effect: Effect,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Effect {
    /// A swap of the present version.
    Swap(Write),
    /// A whole call to a store with expiry of its own.
    Call(Ask),
}

impl State {
    pub(super) fn members(&self) -> impl Iterator<Item = &Member> {
        self.members.iter().map(|stored| &stored.member)
    }
}

impl PartialEq for State {
    fn eq(&self, other: &Self) -> bool {
        let same = |(one, two): (&Arc<Stored>, &Arc<Stored>)| {
            Arc::ptr_eq(one, two) || one.member == two.member
        };
        self.members.len() == other.members.len()
            && self.members.iter().zip(&other.members).all(same)
            && self.store == other.store
            && self.late == other.late
            && self.granted == other.granted
            && self.left == other.left
            && self.breach == other.breach
    }
}

impl Hash for State {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.members.iter().for_each(|member| member.hash.hash(state));
        self.store.hash(state);
        self.late.hash(state);
        self.granted.hash(state);
        self.left.hash(state);
        self.breach.hash(state);
    }
}

/// A candidate that a step has not touched, or has.
#[derive(Clone, Debug)]
pub(super) enum Slot {
    Kept(Arc<Stored>),
    Touched(Box<Member>),
}

/// A state while a step changes it.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub(super) slots: Vec<Slot>,
    pub(super) store: Store,
    pub(super) late: Vec<Late>,
    pub(super) granted: FencingToken,
    pub(super) left: Left,
    pub(super) breach: Option<Breach>,
    labels: [u8; 4],
}

impl Draft {
    pub(super) fn of(state: &State) -> Self {
        Self {
            slots: state.members.iter().map(|member| Slot::Kept(Arc::clone(member))).collect(),
            store: state.store.clone(),
            late: state.late.clone(),
            granted: state.granted,
            left: state.left,
            breach: state.breach,
            labels: state.labels,
        }
    }

    pub(super) fn new(members: Vec<Member>, left: Left) -> Self {
        Self {
            slots: members.into_iter().map(|member| Slot::Touched(Box::new(member))).collect(),
            store: Store::new(),
            late: Vec::new(),
            granted: FencingToken::ZERO,
            left,
            breach: None,
            labels: [0, 1, 2, 3],
        }
    }

    pub(super) fn member(&self, place: usize) -> &Member {
        match &self.slots[place] {
            Slot::Kept(stored) => &stored.member,
            Slot::Touched(member) => member,
        }
    }

    pub(super) fn touch(&mut self, place: usize) -> &mut Member {
        if let Slot::Kept(stored) = &self.slots[place] {
            self.slots[place] = Slot::Touched(Box::new(stored.member.clone()));
        }
        match &mut self.slots[place] {
            Slot::Touched(member) => member,
            Slot::Kept(_) => unreachable!("it was touched above"),
        }
    }

    pub(super) fn places(&self) -> std::ops::Range<usize> {
        0..self.slots.len()
    }

    pub(super) fn break_rule(&mut self, breach: Breach) {
        self.breach = self.breach.or(Some(breach));
    }

    /// After a write: what everybody remembers of the record's present is the past.
    pub(super) fn outdate(&mut self, outdate: Outdate) {
        for place in self.places() {
            let knows = match &self.slots[place] {
                Slot::Kept(stored) => stored.knows_now,
                Slot::Touched(_) => true,
            };
            if knows {
                self.touch(place).normalise(outdate);
            }
        }
    }

    /// Brings the state into its one form.
    pub(super) fn seal(mut self, interner: &Interner<Stored>) -> State {
        self.forget_met();
        let mut members: Vec<Arc<Stored>> = self
            .slots
            .into_iter()
            .map(|slot| match slot {
                Slot::Kept(stored) => stored,
                Slot::Touched(mut member) => {
                    member.normalise(Outdate::NOTHING);
                    intern(*member, interner)
                }
            })
            .collect();
        let mut state = State {
            members: Vec::new(),
            store: self.store,
            late: self.late,
            granted: self.granted,
            left: self.left,
            breach: self.breach,
            labels: self.labels,
        };
        rank(&mut members, &mut state, interner);
        state.members = members;
        arrange(&mut state);
        state
    }

    /// Forgets the acquaintance with terms that are over.
    fn forget_met(&mut self) {
        let knows = |slot: &Slot| match slot {
            Slot::Kept(stored) => !stored.member.met.is_empty(),
            Slot::Touched(_) => true,
        };
        if !self.slots.iter().any(knows) {
            return;
        }
        let mut alive: Vec<FencingToken> = self.store.led().into_iter().collect();
        for place in self.places() {
            let member = self.member(place);
            alive.extend(
                member.term.as_ref().filter(|term| term.is_current()).map(|term| term.token),
            );
            alive.extend(member.flight.as_ref().and_then(|flight| flight.won()));
        }
        for place in self.places() {
            let over = |met: &Vec<FencingToken>| met.iter().any(|token| !alive.contains(token));
            let member = self.member(place);
            if over(&member.met)
                || member.term.as_ref().is_some_and(|term| over(&term.met))
                || member.flight.as_ref().is_some_and(|flight| over(&flight.met))
            {
                let member = self.touch(place);
                member.met.retain(|token| alive.contains(token));
                if let Some(term) = &mut member.term {
                    term.met.retain(|token| alive.contains(token));
                }
                if let Some(flight) = &mut member.flight {
                    flight.met.retain(|token| alive.contains(token));
                }
            }
        }
    }
}

pub(super) fn intern(member: Member, interner: &Interner<Stored>) -> Arc<Stored> {
    let hash = hash_of(&member);
    let kept = &member;
    let same = |stored: &Stored| stored.member == *kept;
    interner.get(hash, same, || Stored::new(member.clone(), hash))
}

/// Gives the tokens in use the names 1, 2, 3 …, in their order.
///
/// Tokens are only compared, and a new one is one above the greatest ever granted, which is always in use.
fn rank(members: &mut [Arc<Stored>], state: &mut State, interner: &Interner<Stored>) {
    let mut tokens = vec![state.store.floor, state.granted];
    match &state.store.held {
        Held::Led { token, .. } | Held::Released(token) => tokens.push(*token),
        Held::Missing | Held::Vacant => {}
    }
    for late in &state.late {
        match &late.effect {
            Effect::Swap(Write::Lead { token, .. } | Write::Free(token)) => tokens.push(*token),
            Effect::Call(Ask::Acquire(_, floor)) => tokens.push(*floor),
            Effect::Call(Ask::Renew(lease) | Ask::Release(Some(lease))) => tokens.push(lease.token),
            Effect::Swap(Write::Same | Write::Empty) | Effect::Call(Ask::Release(None)) => {}
        }
    }
    tokens.extend(members.iter().flat_map(|member| member.tokens.iter().copied()));
    tokens.sort_unstable();
    tokens.dedup();
    tokens.retain(|token| *token > FencingToken::ZERO);
    let mut ranks = Ranks { tokens };
    if ranks.keep(&ranks.tokens) {
        return;
    }
    state.store.rename(&mut ranks);
    ranks.token(&mut state.granted);
    for late in &mut state.late {
        match &mut late.effect {
            Effect::Swap(write) => write.rename(&mut ranks),
            Effect::Call(Ask::Acquire(_, floor)) => ranks.token(floor),
            Effect::Call(Ask::Renew(lease) | Ask::Release(Some(lease))) => {
                ranks.token(&mut lease.token);
            }
            Effect::Call(Ask::Release(None)) => {}
        }
    }
    for stored in members {
        if !ranks.keep(&stored.tokens) {
            let mut member = stored.member.clone();
            member.rename(&mut ranks);
            *stored = intern(member, interner);
        }
    }
}

/// Puts the candidates into one order, whoever they are: their names do not matter.
fn arrange(state: &mut State) {
    let mut order: Vec<u8> = (0..state.members.len() as u8).collect();
    let key = |place: &u8| {
        let late: Vec<u64> = state
            .late
            .iter()
            .filter(|late| late.by == Some(*place))
            .map(|late| hash_of(&(late.copy, &late.effect)))
            .collect();
        (state.members[usize::from(*place)].hash, state.store.holder() == Some(*place), late)
    };
    order.sort_by_cached_key(key);
    let mut to = [0; 4];
    let mut labels = state.labels;
    for (new, old) in order.iter().enumerate() {
        to[usize::from(*old)] = new as u8;
        labels[new] = state.labels[usize::from(*old)];
    }
    state.labels = labels;
    state.members = order.iter().map(|old| Arc::clone(&state.members[usize::from(*old)])).collect();
    if let Held::Led { by: Some(by), .. } = &mut state.store.held {
        *by = to[usize::from(*by)];
    }
    for late in &mut state.late {
        late.by = late.by.map(|by| to[usize::from(by)]);
    }
    // Late swaps have no order: only one of them can win. Late calls keep theirs within one caller.
    state.late.sort_by_key(|late| match &late.effect {
        Effect::Swap(write) => (late.by, hash_of(write)),
        Effect::Call(_) => (late.by, 0),
    });
}
