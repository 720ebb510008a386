//! Which wrong rule which model catches.

/// A wrong rule of the core by its name (`elector::flaw`), and the parameters of a model that catches it.
///
/// Not among them, because the model cannot tell them from the right rule: `unchecked-version` (here a read and the
/// sending of the swap that follows it are one step), `cached-flag`, `ended-twice` and `fence-open` (outside the protocol), and `every-look-is-a-beat` (which only delays
/// a take-over).
pub const CATCHES: &[(&str, &str)] = &[
    ("anchor-at-response", "candidates=2 lease=4 patience=1"),
    ("hold-is-lease", "candidates=2 lease=8 patience=1 rates=2"),
    ("hold-is-deadline", "candidates=2 lease=5 patience=1 interval=1"),
    ("timer-from-request", "candidates=2 lease=4 patience=1"),
    ("impatience", "candidates=2 lease=10 patience=1"),
    ("any-leader-is-stale", "candidates=2 lease=4 patience=1 watch"),
    ("missing-is-free", "candidates=2 lease=4 patience=1 deletions=1"),
    ("release-before-stop", "candidates=2 lease=4 patience=1 stops"),
    ("release-of-another", "candidates=2 lease=4 patience=1 stops"),
    ("extend-on-timeout", "candidates=2 lease=4 patience=1"),
    ("extend-on-conflict", "candidates=2 lease=4 patience=1 deletions=1"),
    ("loss-ignored", "candidates=2 lease=4 patience=1 deletions=1"),
    ("token-not-raised", "candidates=2 lease=4 patience=1"),
    ("token-resumed", "candidates=2 lease=4 patience=1"),
    ("floor-forgotten", "candidates=2 lease=4 patience=1 deletions=1"),
    ("answer-of-another", "candidates=2 lease=4 patience=1 strays"),
    ("name-is-session", "candidates=2 lease=4 patience=1"),
];
