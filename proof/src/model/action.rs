//! What can happen next.

use std::fmt;

use elector::protocol::Chance;

/// One thing that happens; candidates are named by their place in the state.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Real time goes on by a tick, each clock by its own number of ticks, the store's last.
    Tick(Vec<u32>),
    /// A moment that the protocol asked for has come.
    Wake(u8),
    /// The store carries out the request that is on its way.
    Apply(u8),
    /// The store carries out a request whose caller has given up.
    ApplyLate(u8),
    /// The store carries out the request that is on its way, and the network has a copy of it.
    ApplyCopied(u8),
    /// The answer arrives.
    Deliver(u8, Chance),
    /// An answer arrives that nobody waits for any more.
    Stray(u8),
    /// The store answers with doubt; the request may still arrive.
    Doubt(u8, Chance),
    /// The watch shows the record as it is.
    See(u8),
    /// The watch reads the record, to show it later.
    Look(u8),
    /// The watch shows what it read.
    Show(u8),
    /// The watch breaks.
    WatchFails(u8, Chance),
    /// The work ends.
    WorkEnds(u8),
    /// This process gives its term up.
    Resign(u8),
    /// Another process asks the leader to resign.
    AskToResign,
    /// Nobody in this process wants to lead any more.
    Withdraw(u8),
    /// Somebody in this process wants to lead.
    Contend(u8),
    /// This process ends the election for itself.
    Shutdown(u8),
    /// This process dies and starts again.
    Crash(u8),
    /// Somebody deletes the record.
    Delete,
}

/// An action with the names of the candidates, for people.
pub(super) struct Named<'a>(pub(super) &'a Action, pub(super) &'a [u8; 4]);

impl fmt::Display for Named<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |place: &u8| label(self.1[usize::from(*place)]);
        let with = |chance: &Chance| if *chance == Chance::LEAST { ", least wait" } else { "" };
        match self.0 {
            Action::Tick(rates) => {
                write!(f, "a tick passes:")?;
                for (place, rate) in rates.iter().enumerate() {
                    match self.1.get(place).filter(|_| place + 1 < rates.len()) {
                        Some(who) => write!(f, " {} +{rate}", label(*who))?,
                        None => write!(f, " store +{rate}")?,
                    }
                }
                Ok(())
            }
            Action::Wake(place) => write!(f, "{} wakes", name(place)),
            Action::Apply(place) => write!(f, "the store carries out {}'s request", name(place)),
            Action::ApplyCopied(place) => {
                write!(
                    f,
                    "the store carries out {}'s request, of which there is a copy",
                    name(place)
                )
            }
            Action::ApplyLate(number) => write!(f, "the store carries out late request {number}"),
            Action::Deliver(place, chance) => {
                write!(f, "{} gets its answer{}", name(place), with(chance))
            }
            Action::Doubt(place, chance) => {
                write!(f, "{} gets a doubtful answer{}", name(place), with(chance))
            }
            Action::Stray(place) => {
                write!(f, "{} gets the answer to a call it has given up", name(place))
            }
            Action::See(place) => write!(f, "{} is shown the record", name(place)),
            Action::Look(place) => write!(f, "{}'s watch reads the record", name(place)),
            Action::Show(place) => write!(f, "{} is shown what its watch read", name(place)),
            Action::WatchFails(place, chance) => {
                write!(f, "{}'s watch breaks{}", name(place), with(chance))
            }
            Action::WorkEnds(place) => write!(f, "{}'s work ends", name(place)),
            Action::Resign(place) => write!(f, "{} resigns", name(place)),
            Action::AskToResign => write!(f, "somebody asks the leader to resign"),
            Action::Withdraw(place) => write!(f, "nobody at {} wants to lead", name(place)),
            Action::Contend(place) => write!(f, "somebody at {} wants to lead", name(place)),
            Action::Shutdown(place) => write!(f, "{} shuts down", name(place)),
            Action::Crash(place) => write!(f, "{} dies and starts again", name(place)),
            Action::Delete => write!(f, "somebody deletes the record"),
        }
    }
}

pub(super) fn label(number: u8) -> char {
    char::from(b'A' + number)
}
