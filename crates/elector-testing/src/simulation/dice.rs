//! The one source of chance of a run.

/// A generator whose numbers follow from its seed alone, today and in every later version: SplitMix64 (Steele, Lea,
/// Flood, OOPSLA 2014).
#[derive(Clone, Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from `least` to `most`, both included.
    pub(crate) fn between(&mut self, least: u64, most: u64) -> u64 {
        let width = u128::from(most.saturating_sub(least)) + 1;
        least + ((u128::from(self.number()) * width) >> 64) as u64
    }

    /// True this many times in a thousand.
    pub(crate) fn permille(&mut self, share: u64) -> bool {
        self.between(1, 1000) <= share
    }

    /// One of `count` things, from 0.
    pub(crate) fn pick(&mut self, count: usize) -> usize {
        self.between(0, (count as u64).saturating_sub(1)) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_from_the_seed_and_keeps_its_limits() {
        let (mut one, mut other) = (Dice::new(7), Dice::new(7));
        let mut seen = [false; 5];
        for _ in 0..200 {
            let number = one.between(3, 7);
            assert_eq!(number, other.between(3, 7));
            seen[number as usize - 3] = true;
        }
        assert_eq!(seen, [true; 5]);
        assert!(!one.permille(0) && one.permille(1000) && one.pick(1) == 0);
        assert_eq!(one.between(9, 9), 9);
    }
}
