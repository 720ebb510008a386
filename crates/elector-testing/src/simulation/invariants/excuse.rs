//! When nothing is promised: from damage to the store or to a clock until everything has come right again.

use crate::simulation::fact::Fact;

/// Until the calm, and not for some fixed time: a write from before the damage may be on its way for as long as the
/// network likes, and a clock is out of bounds until it is put right. Before a calm everything was put right and more
/// than a lease has passed by any clock.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Excuse {
    is_open: bool,
}

impl Excuse {
    pub(crate) fn see(&mut self, fact: &Fact) {
        match fact {
            Fact::Damaged(_) => self.is_open = true,
            Fact::Calm => self.is_open = false,
            _ => {}
        }
    }

    pub(crate) fn is_open(&self) -> bool {
        self.is_open
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulation::fact::Damage;

    #[test]
    fn opened_by_damage_and_closed_by_a_calm() {
        let mut excuse = Excuse::default();
        let mut after = |fact| {
            excuse.see(&fact);
            excuse.is_open()
        };
        assert!(!after(Fact::Stormy));
        assert!(after(Fact::Damaged(Damage::Clock)) && after(Fact::Healed));
        assert!(!after(Fact::Calm) && !after(Fact::Stormy));
        assert!(after(Fact::Damaged(Damage::Deleted)));
    }
}
