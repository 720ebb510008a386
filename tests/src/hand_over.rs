//! Hand-overs in a mixed fleet, and what the Lease says of each.

use std::fmt;
use std::path::Path;
use std::thread;
use std::time::Duration;

use elector_trial::{ProcessId, Verdict, now};

use crate::cluster::Cluster;
use crate::fleet::{Fleet, Side, Timing, names};
use crate::go::Programs;
use crate::lease::LeaseSeen;
use crate::table;

/// How a leader goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum How {
    /// It resigns.
    Release,
    /// `kill -9`.
    Kill,
}

/// A hand-over that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandOver {
    pub how: How,
    pub from: Side,
    pub to: Side,
    /// Whether everybody was free to take over.
    pub free: bool,
    /// Until the next one was told that it leads.
    pub took: Duration,
}

/// What came of some hand-overs.
#[derive(Debug, Default)]
pub struct Outcome {
    pub hand_overs: Vec<HandOver>,
    /// What was wrong with the Lease.
    pub wrong: Vec<String>,
    pub verdict: Verdict,
}

/// How many hand-overs are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// From either side to either side, by either way.
    pub each: u32,
    /// By either way, with everybody free to take over.
    pub free: u32,
    /// In so many fleets at one time; each makes its share.
    pub fleets: u32,
}

/// Two candidates in Rust, two on client-go of different minor versions where Go is new enough, and one on
/// controller-runtime: makes the hand-overs of `plan`.
///
/// A released Lease is nearly always taken by a candidate in Rust, which hears of it by its watch. So for a hand-over
/// to one side the followers of the other side are stopped meanwhile; they wake to another leader.
pub fn run(plan: Plan, interop: &Path) -> Outcome {
    let share = |of: u32| of.div_ceil(plan.fleets);
    Programs::get();
    let outcomes = thread::scope(|scope| {
        let fleet = || run_one(share(plan.each), share(plan.free), interop);
        let fleets: Vec<_> = (0..plan.fleets).map(|_| scope.spawn(fleet)).collect();
        fleets.into_iter().map(|fleet| fleet.join().unwrap()).collect::<Vec<_>>()
    });
    outcomes.into_iter().fold(Outcome::default(), Outcome::and)
}

fn run_one(each: u32, free: u32, interop: &Path) -> Outcome {
    let cluster = Cluster::new();
    let mut trial = Trial {
        fleet: Fleet::new(&cluster, "mixed", Timing::SHORT, interop),
        outcome: Outcome::default(),
        before: None,
    };
    trial.fleet.start_rust();
    trial.fleet.start_rust();
    for program in Programs::get().all() {
        trial.fleet.start_go(program);
    }
    while let Some((how, to)) = trial.next(each, free) {
        trial.hand_over(how, to);
    }
    // The last leader, too, has the time to claim its term before the judge.
    trial.fleet.calm();
    trial.fleet.stage.clear().unwrap();
    trial.outcome.verdict = trial.fleet.verdict();
    trial.outcome
}

struct Trial<'a> {
    fleet: Fleet<'a>,
    outcome: Outcome,
    /// The Lease as the latest leader began it, and that leader's process.
    before: Option<(ProcessId, LeaseSeen)>,
}

impl Trial<'_> {
    /// What is made next; `None` when nothing is left.
    fn next(&mut self, each: u32, free: u32) -> Option<(How, Option<Side>)> {
        let most = 2 * (8 * each + 2 * free) as usize + 20;
        if self.outcome.hand_overs.len() > most || !self.fleet.verdict().is_clean() {
            // They do not go where they should, or not as they should: what was found so far tells it.
            return None;
        }
        let (leader, _) = self.fleet.calm();
        let from = Side::of(&leader.name);
        let made = &self.outcome.hand_overs;
        let left = |how, from, to| {
            let is_it =
                |made: &&HandOver| !made.free && (made.how, made.from, made.to) == (how, from, to);
            (each as usize).saturating_sub(made.iter().filter(is_it).count())
        };
        let of = |from: Side| {
            let ways = [How::Release, How::Kill].into_iter();
            ways.flat_map(move |how| {
                [Side::Rust, Side::Go].map(|to| (left(how, from, to), how, to))
            })
        };
        let free_left = |how| {
            let is_it = |made: &&HandOver| made.free && made.how == how;
            made.iter().filter(is_it).count() < free as usize
        };
        let most = of(from).max_by_key(|(left, ..)| *left).filter(|(left, ..)| *left > 0);
        let other = if from == Side::Rust { Side::Go } else { Side::Rust };
        // Every third is free, as long as there are such.
        let open = [How::Release, How::Kill].into_iter().find(|how| free_left(*how));
        let elsewhere = of(other).any(|(left, ..)| left > 0);
        match (most, open) {
            (_, Some(how)) if made.len() % 3 == 2 => Some((how, None)),
            (Some((_, how, to)), _) => Some((how, Some(to))),
            (None, _) if elsewhere => Some((How::Release, Some(other))),
            (None, open) => open.map(|how| (how, None)),
        }
    }

    fn hand_over(&mut self, how: How, to: Option<Side>) {
        let fleet = &mut self.fleet;
        let (leader, before) = fleet.calm();
        if let Some((_, begun)) = self.before.take_if(|(process, _)| *process == leader.process) {
            let wrong = during(&begun, &before);
            self.outcome.wrong.extend(wrong.into_iter().map(|it| format!("{}: {it}", leader.name)));
        }
        let others = fleet.stage.candidates().filter(|(id, name)| {
            *id != leader.process && to.is_some_and(|to| Side::of(name) != to)
        });
        let held: Vec<_> = others.map(|(id, _)| id).collect();
        held.iter().for_each(|id| fleet.stage.freeze(*id).unwrap());
        let at = now();
        match how {
            How::Kill => fleet.stage.kill(leader.process).unwrap(),
            How::Release => fleet.ask_to_resign(&leader),
        }
        let next = fleet.stage.next_leader(leader.token).unwrap();
        let after = fleet.lease();
        held.iter().for_each(|id| fleet.stage.thaw(*id).unwrap());
        match how {
            How::Kill => {
                fleet.stage.bury(leader.process).unwrap();
                fleet.start_like(&leader.name);
            }
            How::Release => fleet.stage.ended(leader.process, leader.token).unwrap(),
        }
        let wrong = between(&before, &after, &next.name);
        let told =
            wrong.into_iter().map(|it| format!("{} to {}, {how:?}: {it}", leader.name, next.name));
        self.outcome.wrong.extend(told);
        self.outcome.hand_overs.push(HandOver {
            how,
            from: Side::of(&leader.name),
            to: Side::of(&next.name),
            free: to.is_none(),
            took: Duration::from_nanos(next.since.saturating_sub(at)),
        });
        self.before = Some((next.process, after));
    }
}

/// What is wrong with the Lease `after` a change of the holder.
fn between(before: &LeaseSeen, after: &LeaseSeen, next: &str) -> Vec<String> {
    let mut wrong = after.shape();
    if !names(after, next) {
        wrong.push(format!("the holder is {:?}", after.holder()));
    }
    if after.transitions() != before.transitions() + 1 {
        wrong.push(format!("transitions {} after {}", after.transitions(), before.transitions()));
    }
    if after.acquired() <= before.acquired() || after.renewed() < after.acquired() {
        wrong.push(format!(
            "acquired {} after {}, renewed {}",
            after.acquired(),
            before.acquired(),
            after.renewed()
        ));
    }
    if after.token() < before.token() {
        wrong.push(format!("our token {:?} after {:?}", after.token(), before.token()));
    }
    if i128::from(after.seconds()) != Timing::SHORT.lease.as_secs().into() {
        wrong.push(format!("the lease is {} s", after.seconds()));
    }
    wrong
}

/// What is wrong with the Lease later in the term that it began with `begun`.
fn during(begun: &LeaseSeen, later: &LeaseSeen) -> Vec<String> {
    let mut wrong = later.shape();
    let term = |lease: &LeaseSeen| {
        (lease.holder().to_owned(), lease.transitions(), lease.acquired().to_owned())
    };
    if term(begun) != term(later) || later.renewed() < begun.renewed() {
        wrong.push(format!("its term was {} and is {}", begun.0["spec"], later.0["spec"]));
    }
    wrong
}

impl Outcome {
    /// How many hand-overs were made so, with the other side stopped.
    pub fn count(&self, how: How, from: Side, to: Side) -> usize {
        let is_it = |it: &&HandOver| !it.free && (it.how, it.from, it.to) == (how, from, to);
        self.hand_overs.iter().filter(is_it).count()
    }

    fn and(mut self, other: Self) -> Self {
        self.hand_overs.extend(other.hand_overs);
        self.wrong.extend(other.wrong);
        self.verdict = self.verdict.and(other.verdict);
        self
    }

    /// Whether nothing was found that must not be.
    pub fn is_good(&self) -> bool {
        self.wrong.is_empty() && self.verdict.is_clean()
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n{}", table::hand_overs(&self.hand_overs), self.verdict)?;
        write!(f, "wrong in the Lease: {} {:#?}", self.wrong.len(), self.wrong)
    }
}
