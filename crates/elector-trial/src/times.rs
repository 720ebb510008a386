//! Many durations in a few numbers.

use std::time::Duration;

use serde::{Serialize, Serializer};

/// Durations of one kind, sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Times {
    sorted: Vec<Duration>,
}

/// What is said of durations, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// How many there are.
    pub n: usize,
    /// Half of them were at most this.
    pub p50_ms: f64,
    /// 99 of 100 were at most this. The same as the worst below 100 of them.
    pub p99_ms: f64,
    /// The longest.
    pub max_ms: f64,
}

impl Times {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.sorted.is_empty()
    }

    /// The duration that `percent` of 100 do not exceed (nearest rank); `None` of none.
    pub fn percentile(&self, percent: usize) -> Option<Duration> {
        let rank = (self.sorted.len() * percent).div_ceil(100).max(1);
        self.sorted.get(rank - 1).copied()
    }

    /// The numbers, if there are any.
    pub fn summary(&self) -> Option<Summary> {
        Some(Summary {
            n: self.sorted.len(),
            p50_ms: millis(self.percentile(50)?),
            p99_ms: millis(self.percentile(99)?),
            max_ms: millis(self.percentile(100)?),
        })
    }
}

impl FromIterator<Duration> for Times {
    fn from_iter<I: IntoIterator<Item = Duration>>(durations: I) -> Self {
        let mut sorted: Vec<_> = durations.into_iter().collect();
        sorted.sort_unstable();
        Self { sorted }
    }
}

/// A duration in milliseconds. One division, so that it is written with no more digits than there are nanoseconds.
pub(crate) fn millis(duration: Duration) -> f64 {
    duration.as_nanos() as f64 / 1e6
}

/// Writes nanoseconds as milliseconds.
pub(crate) fn nanos_as_millis<S: Serializer>(
    nanos: &u64,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(*nanos as f64 / 1e6)
}

/// Writes a duration as milliseconds.
pub(crate) fn as_millis<S: Serializer>(
    duration: &Duration,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(millis(*duration))
}

/// A duration for people: seconds from one second on, else milliseconds.
pub(crate) fn text(duration: Duration) -> String {
    let millis = millis(duration);
    if millis >= 1000.0 { format!("{:.2} s", millis / 1000.0) } else { format!("{millis:.1} ms") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(millis: impl IntoIterator<Item = u64>) -> Times {
        millis.into_iter().map(Duration::from_millis).collect()
    }

    #[test]
    fn percentiles_are_of_the_nearest_rank() {
        let hundred = times((1..=100).rev());
        assert_eq!(hundred.percentile(50), Some(Duration::from_millis(50)));
        assert_eq!(hundred.percentile(99), Some(Duration::from_millis(99)));
        assert_eq!(hundred.percentile(100), Some(Duration::from_millis(100)));
        assert_eq!(times([7]).percentile(1), Some(Duration::from_millis(7)));
        assert_eq!(times([]).percentile(50), None);
    }

    #[test]
    fn machines_read_no_more_digits_than_were_measured() {
        for (nanos, told) in [(1, "1e-6"), (4_130_213, "4.130213"), (2_000_000_000, "2000.0")] {
            let millis = millis(Duration::from_nanos(nanos));
            assert_eq!(serde_json::to_string(&millis).unwrap(), told);
        }
    }

    #[test]
    fn people_read_seconds_from_one_second_on() {
        assert_eq!(text(Duration::from_micros(4_130)), "4.1 ms");
        assert_eq!(text(Duration::from_millis(2_015)), "2.02 s");
    }
}
