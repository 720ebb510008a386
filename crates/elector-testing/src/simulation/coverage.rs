//! What a run has really met, so that an empty one is not taken for a good one.

use std::fmt;
use std::ops::AddAssign;

use super::fact::{Damage, Drill, Entry, Fact, Holder, Kind, Reply, Who};
use super::options::DamageShare;

macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident: $floor:literal,)*) => {
        /// How often each kind of thing happened.
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct Coverage {
            $($(#[$doc])* pub $name: u64,)*
            last_grant: Option<Who>,
            released_since: bool,
            leading: Vec<Who>,
            exited: Vec<Who>,
        }

        impl Coverage {
            /// Each counter: its name, its value, and how often in a hundred simulated hours it must have counted.
            pub fn counters(&self) -> impl Iterator<Item = (&'static str, u64, u64)> {
                [$((stringify!($name), self.$name, $floor),)*].into_iter()
            }
        }

        impl AddAssign<&Self> for Coverage {
            fn add_assign(&mut self, other: &Self) {
                $(self.$name += other.$name;)*
            }
        }
    };
}

counters! {
    /// Terms that began.
    terms: 2000,
    /// Terms that began without a release of the one before.
    failovers: 300,
    /// Terms that began after a clean release.
    hand_overs: 300,
    /// Calls whose outcome the elector never learned.
    unknown_outcomes: 1000,
    /// Calls that the store denied.
    denials: 2000,
    /// Requests that the network lost.
    lost_requests: 500,
    /// Requests that arrived a second time.
    repeated_requests: 100,
    /// Answers that the network lost.
    lost_replies: 300,
    /// Writes that were applied after their caller had given up.
    late_applications: 30,
    /// Writes that the store refused because the record had changed, or that took an election held by another.
    conflicts: 100,
    /// Processes that were frozen.
    freezes: 200,
    /// Leaders that were frozen.
    frozen_leaders: 100,
    /// Processes that were killed, and had not exited by themselves.
    kills: 500,
    /// Timers that were kept from firing.
    held_timers: 50,
    /// Electors whose task was taken away.
    drivers_gone: 20,
    /// Terms that ended because they could not be renewed.
    expired: 200,
    /// Renewals that the store answered with a loss.
    lost: 20,
    /// Terms that were resigned.
    resignations: 200,
    /// Terms that a shutdown ended.
    shutdowns: 50,
    /// Terms that a liveness gate ended.
    unresponsive: 5,
    /// Work that had not stopped when its lease was about to run out.
    overruns: 10,
    /// Writes that the fence refused.
    fenced_writes: 10,
    /// Writes that the fence let pass.
    writes: 50_000,
    /// Deletions of the record.
    deletions: 50,
    /// Wipes and restores of the store.
    wipes: 50,
    /// Other damage to the store or a clock.
    damages: 50,
    /// Rules broken where nothing is promised: in runs with damage, mostly pairs of terms valid at one time.
    excused: 0,
    /// Storms that were followed by a calm with a leader.
    recoveries: 400,
    /// Calms in which a hand-over was drilled.
    hand_over_drills: 100,
    /// Calms in which a kill of the leader was drilled.
    kill_drills: 100,
    /// Calms in which one candidate was left alone, and had to lead.
    alone_drills: 100,
    /// Faults of any kind.
    faults: 2500,
    /// Bids for the place of a leader whose lease had run out, each judged by I7.
    stale_bids: 3000,
    /// Bids for a missing record after a leader had been seen alive, each judged by I8.
    vacancy_bids: 15,
    /// Terms that were stopped when their time without a renewal was over, each judged by V4.
    stop_deadlines: 700,
}

impl Coverage {
    pub(crate) fn count(&mut self, entry: &Entry) {
        match &entry.fact {
            Fact::Change { kind, .. } => self.changed(entry.who, *kind),
            Fact::Applied { before, after } => self.applied(entry.who, *before, *after),
            Fact::Answered { reply: Reply::Doubt("denied"), .. } => self.denials += 1,
            Fact::Answered { reply: Reply::Doubt(_), .. } => self.unknown_outcomes += 1,
            Fact::RequestLost => self.lost_requests += 1,
            Fact::RequestRepeated => self.repeated_requests += 1,
            Fact::ReplyLost => self.lost_replies += 1,
            Fact::AppliedLate => self.late_applications += 1,
            Fact::Conflict => self.conflicts += 1,
            Fact::Frozen => {
                self.freezes += 1;
                let leads = |who: Who| self.leading.contains(&who);
                self.frozen_leaders += u64::from(entry.who.is_some_and(leads));
            }
            Fact::Answered { reply: Reply::Lost(_), .. } => self.lost += 1,
            Fact::Killed => {
                let has_exited = |who: Who| self.exited.contains(&who);
                self.kills += u64::from(!entry.who.is_some_and(has_exited));
                self.exited.retain(|who| entry.who != Some(*who));
                self.leading.retain(|who| entry.who != Some(*who));
            }
            Fact::Returned("finished" | "withdrew") => {}
            Fact::Returned(_) => self.exited.extend(entry.who),
            Fact::TimersHeld(_) => self.held_timers += 1,
            Fact::DriverGone => self.drivers_gone += 1,
            Fact::Wrote { accepted: true, .. } => self.writes += 1,
            Fact::Wrote { accepted: false, .. } => self.fenced_writes += 1,
            Fact::Damaged(Damage::Deleted | Damage::Vacated) => self.deletions += 1,
            Fact::Damaged(Damage::Wiped | Damage::Restored) => self.wipes += 1,
            Fact::Damaged(_) => self.damages += 1,
            Fact::Calm => self.recoveries += 1,
            Fact::Drill(Drill::HandOver) => self.hand_over_drills += 1,
            Fact::Drill(Drill::Kill) => self.kill_drills += 1,
            Fact::Drill(Drill::Alone) => self.alone_drills += 1,
            Fact::Fault(_) => self.faults += 1,
            _ => {}
        }
    }

    fn changed(&mut self, who: Option<Who>, kind: Kind) {
        match kind {
            Kind::Started(_) => {
                self.terms += 1;
                self.leading.extend(who);
            }
            Kind::Ended(_) => self.leading.retain(|other| Some(*other) != who),
            Kind::Stopping(_, "expired") => self.expired += 1,
            Kind::Stopping(_, "resigned") => self.resignations += 1,
            Kind::Stopping(_, "shutdown") => self.shutdowns += 1,
            Kind::Stopping(_, "unresponsive") => self.unresponsive += 1,
            Kind::Overrun(_) => self.overruns += 1,
            _ => {}
        }
    }

    fn applied(&mut self, who: Option<Who>, before: Holder, after: Holder) {
        if after == before {
            return;
        }
        if after.is_none() {
            self.released_since = true;
            return;
        }
        if self.last_grant.is_some() && self.last_grant != who {
            match self.released_since {
                true => self.hand_overs += 1,
                false => self.failovers += 1,
            }
        }
        self.last_grant = who;
        self.released_since = false;
    }

    /// The counters that are below their floor for so many simulated seconds, of which so many runs were damaged.
    pub fn below_floor(&self, seconds: u64, damage: DamageShare) -> Vec<String> {
        let below = |(name, value, floor): (&str, u64, u64)| {
            // Chance is allowed for: half of what is expected of a long run.
            let least = floor * seconds / 360_000;
            // Damage, and what hardly happens without it.
            let of_damage = ["deletions", "wipes", "damages", "vacancy_bids", "lost"];
            let is_asked = !of_damage.contains(&name) || damage != DamageShare::Never;
            (is_asked && value < least).then(|| format!("{name}: {value}, at least {least} wanted"))
        };
        self.counters().filter_map(below).collect()
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, value, _) in self.counters() {
            writeln!(f, "  {value:>12} {name}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(fact: Fact) -> Entry {
        Entry { at: 1, own: 1, who: Some(Who { slot: 1, life: 1 }), fact }
    }

    #[test]
    fn a_process_that_has_exited_cannot_be_killed() {
        let mut coverage = Coverage::default();
        for ended in ["finished", "shut down"] {
            coverage.count(&entry(Fact::Returned(ended)));
            coverage.count(&entry(Fact::Killed));
        }
        assert_eq!(coverage.kills, 1);
    }

    #[test]
    fn damage_is_asked_for_where_it_is_drawn() {
        let short = |damage| Coverage::default().below_floor(3_600_000, damage);
        let tells = |damage| short(damage).iter().filter(|text| text.starts_with("wipes")).count();
        assert_eq!(tells(DamageShare::Sometimes), 1);
        assert_eq!(tells(DamageShare::Never), 0);
    }
}
