//! V2: nobody else begins to lead while nothing is wrong.

use super::Invariant;
use crate::simulation::fact::{Entry, Fact, Kind};

#[derive(Debug, Default)]
pub(crate) struct Steadiness {
    is_quiet: bool,
}

impl Invariant for Steadiness {
    fn name(&self) -> &'static str {
        "V2 steadiness"
    }

    fn judge(&mut self, entry: &Entry) -> Result<(), String> {
        match &entry.fact {
            Fact::Calm => self.is_quiet = true,
            Fact::Drill(_) | Fact::Stormy => self.is_quiet = false,
            Fact::Change { kind: Kind::Started(token) | Kind::Stopping(token, _), .. }
                if self.is_quiet =>
            {
                return Err(format!("term {token} began or ended in a calm"));
            }
            _ => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::trace::{accepts, change, of, refuses, world};
    use super::*;

    #[test]
    fn a_change_in_a_storm_and_one_in_a_calm() {
        let started = of(1, 5.0, change(1, Kind::Started(7)));
        let calm = world(4.0, Fact::Calm);
        accepts(Steadiness::default(), [calm.clone(), world(4.5, Fact::Stormy), started.clone()]);
        refuses(Steadiness::default(), [calm, started]);
    }
}
