use super::*;

const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[test]
fn the_default_is_what_the_docs_say() {
    let budget = Budget::default();
    assert_eq!(budget, Budget::new(secs(15)).unwrap());
    assert_eq!(budget.renew_interval(), secs(5));
    assert_eq!(budget.renew_deadline(), secs(10));
    assert_eq!(budget.attempt_timeout(), Duration::from_millis(1500));
    assert_eq!(budget.backoff(), Duration::from_millis(250));
    assert_eq!(budget.stop_budget(), secs(2));
    assert_eq!(budget.hold().as_millis(), 13_571);
    assert_eq!(budget.pause_allowance().as_millis(), 1571);
    assert_eq!(
        budget.explain().lines().last(),
        Some("stops after at most 13.5 s without the store; a rival may start after 15 s"),
    );
}

#[test]
fn every_lease_duration_from_a_millisecond_to_a_day_has_a_budget() {
    let mut nanos = 1_000_000_u64;
    while nanos < 86_400_000_000_000 {
        let budget = Budget::new(Duration::from_nanos(nanos)).unwrap();
        // The rule itself, multiplied out so that no rounding can hide in it: hold * (1 + rho) <= L * (1 - rho).
        let hold = budget.hold().as_nanos() * 1_050_000;
        assert!(hold <= u128::from(nanos) * 950_000, "{nanos}");
        nanos = nanos * 11 / 10 + 7;
    }
}

#[test]
fn a_hold_is_rounded_down() {
    let budget =
        Budget::builder(Duration::from_nanos(1_000_002)).clock_rate_ppm(1).build().unwrap();
    assert_eq!(budget.hold(), Duration::from_nanos(999_999));
}

#[test]
fn client_go_defaults_and_a_single_retry_are_refused() {
    // kube-controller-manager: lease 15 s, renew deadline 10 s, retry 2 s, with a request time-out of 5 s.
    let error = Budget::builder(secs(15)).attempt_timeout(secs(5)).build().unwrap_err();
    assert_eq!(
        error.to_string(),
        "the time budget cannot hold: renew_interval + 2 * (attempt_timeout + backoff) + attempt_timeout \
         <= renew_deadline is broken (5 s + 2 * (5 s + 250 ms) + 5 s = 20.5 s > 10 s)",
    );
}

#[test]
fn a_hold_as_long_as_the_lease_is_refused() {
    let error = Budget::builder(secs(15)).renew_deadline(secs(13)).build().unwrap_err();
    let lines: Vec<_> = error.violations().iter().map(|violation| violation.line).collect();
    assert_eq!(
        lines,
        ["pause_allowance > 0", "renew_deadline + stop_budget + pause_allowance <= hold"]
    );
    assert!(error.to_string().contains("13 s + 2 s + 0 µs = 15 s > 13.5 s"), "{error}");
}

#[test]
fn broken_lines_are_all_told() {
    let error = Budget::builder(Duration::ZERO).clock_rate_ppm(2_000_000).build().unwrap_err();
    let text = error.to_string();
    assert!(text.contains("lease_duration >= 1 ms"), "{text}");
    assert!(!text.contains("renew_interval"), "nothing that only follows from it: {text}");
    assert!(text.contains("clock_rate_ppm < 1000000"), "{text}");
}

#[test]
fn a_wider_rate_bound_shortens_the_hold() {
    let wide = Budget::builder(secs(30))
        .clock_rate_ppm(200_000)
        .renew_interval(secs(5))
        .renew_deadline(secs(14))
        .attempt_timeout(secs(2))
        .build()
        .unwrap();
    assert_eq!(wide.hold(), secs(20));
    assert_eq!(wide.pause_allowance(), secs(2));
}

#[test]
fn what_is_set_is_not_derived_and_changes_nothing_else() {
    let set = Duration::from_millis(1100);
    let parts = |budget: &Budget| {
        [
            budget.renew_interval(),
            budget.renew_deadline(),
            budget.attempt_timeout(),
            budget.backoff(),
            budget.stop_budget(),
            budget.pause_allowance(),
        ]
    };
    let builder = Budget::builder(secs(15)).pause_allowance(secs(1));
    let derived = parts(&builder.build().unwrap());
    let each = [
        builder.renew_interval(set),
        builder.renew_deadline(secs(10) + set),
        builder.attempt_timeout(set),
        builder.backoff(set),
        builder.stop_budget(set),
        builder.pause_allowance(set),
    ];
    for (index, builder) in each.into_iter().enumerate() {
        let mut expected = derived;
        expected[index] = if index == 1 { secs(10) + set } else { set };
        // The hold has no room for every one of them; the numbers are what counts here.
        assert_eq!(parts(&builder.derive()), expected, "part {index}");
        assert_eq!(builder.derive().lease_duration(), secs(15));
    }
    assert_eq!(builder.clock_rate_ppm(7).derive().clock_rate_ppm(), 7);
    assert_eq!(Budget::default().clock_rate_ppm(), 50_000);
}
