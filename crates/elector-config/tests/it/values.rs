//! What a value means.

use std::time::Duration;

use elector::{Budget, OnOverrun};

use crate::stand_in::{Given, choosing};

#[test]
fn everything_is_read() {
    let text = "[election]
        name = \"billing/scheduler\"
        lease_duration = \"30s\"
        token_floor = 41
        on_overrun = \"abort\"
        distrust_missing = true
        clock_rate_ppm = 200000
        renew_interval = \"5s\"
        renew_deadline = \"14s\"
        attempt_timeout = \"2s\"
        backoff = \"500ms\"
        stop_budget = \"4s\"
        pause_allowance = \"2s\"
        [candidate]
        name = \"node-1\"
        metadata = \"http://node-1\"
        [backend]
        kind = \"local\"";
    let settings = Given::file(text).load().unwrap();
    assert_eq!(settings.kind(), "local");
    assert_eq!(settings.election().name, "billing/scheduler");
    assert_eq!(settings.election().token_floor.get(), 41);
    assert_eq!(settings.election().on_overrun, OnOverrun::Abort);
    assert!(settings.election().distrust_missing);
    assert_eq!(settings.candidate().name, "node-1");
    assert_eq!(settings.candidate().metadata.as_deref(), Some("http://node-1"));
    let budget = Budget::builder(Duration::from_secs(30))
        .clock_rate_ppm(200_000)
        .renew_interval(Duration::from_secs(5))
        .renew_deadline(Duration::from_secs(14))
        .attempt_timeout(Duration::from_secs(2))
        .backoff(Duration::from_millis(500))
        .stop_budget(Duration::from_secs(4))
        .pause_allowance(Duration::from_secs(2))
        .build()
        .unwrap();
    assert_eq!(settings.budget().unwrap(), budget);
}

#[test]
fn what_is_not_set_has_its_default() {
    let settings = Given::file(&choosing("local", "")).load().unwrap();
    assert_eq!(settings.budget().unwrap(), Budget::default());
    assert_eq!(settings.election().token_floor.get(), 0);
    assert_eq!(settings.election().on_overrun, OnOverrun::Report);
    assert!(!settings.election().distrust_missing);
    assert_eq!(settings.candidate().metadata, None);
}

#[test]
fn durations() {
    for (text, millis) in [
        ("15s", 15_000),
        ("1m30s", 90_000),
        ("1m 30s", 90_000),
        ("500ms", 500),
        ("1.5s", 1500),
        ("2h", 7_200_000),
    ] {
        let given =
            Given::file(&choosing("local", "")).env(&[("ELECTOR__ELECTION__LEASE_DURATION", text)]);
        let lease = given.load().unwrap().election().lease_duration;
        assert_eq!(lease, Duration::from_millis(millis), "{text}");
    }
}

#[test]
fn a_variable_stays_text_where_the_key_is_text() {
    for text in ["007", "true", "1.50", "[a]", "", " x ", "\"quoted\"", "{a=1}"] {
        let given =
            Given::file(&choosing("local", "")).env(&[("ELECTOR__CANDIDATE__METADATA", text)]);
        let settings = given.load().unwrap();
        assert_eq!(settings.candidate().metadata.as_deref(), Some(text));
    }
}

#[test]
fn a_variable_is_a_number_or_a_truth_where_the_key_is_one() {
    let given = Given::file(&choosing("redis", "")).env(&[
        ("ELECTOR__ELECTION__TOKEN_FLOOR", "9223372036854775807"),
        ("ELECTOR__BACKEND__REDIS__DATABASE", "7"),
        ("ELECTOR__BACKEND__REDIS__WEIGHT", "1.5"),
        ("ELECTOR__BACKEND__REDIS__DURABILITY", "every-second"),
        ("ELECTOR__BACKEND__REDIS__PASSWORD", "0123"),
        ("ELECTOR__BACKEND__REDIS__TLS__CA", "1"),
        ("ELECTOR__BACKEND__REDIS__TLS__VERIFY", "true"),
    ]);
    assert_eq!(
        given.store().unwrap(),
        "StandIn(RedisConfig { endpoints: [], ports: [], password: Some(\"0123\"), api_key: None, \
         database: 7, weight: 1.5, durability: Some(EverySecond), \
         tls: Some(Tls { ca: \"1\", verify: true }) })"
    );
}

#[test]
fn a_variable_is_a_list_where_the_key_is_one() {
    for (text, items) in [
        ("a,b", "[\"a\", \"b\"]"),
        (" a , b ", "[\"a\", \"b\"]"),
        ("[\"a\",\"b\"]", "[\"a\", \"b\"]"),
        ("['a, b', \"c\"]", "[\"a, b\", \"c\"]"),
        ("[a, b]", "[\"a\", \"b\"]"),
        ("007", "[\"007\"]"),
        ("[1, 2]", "[\"1\", \"2\"]"),
        ("", "[]"),
        ("[]", "[]"),
    ] {
        let given = Given::file(&choosing("redis", ""))
            .env(&[("ELECTOR__BACKEND__REDIS__ENDPOINTS", text)]);
        let store = given.store().unwrap();
        assert!(store.contains(&format!("endpoints: {items}")), "{text}: {store}");
    }
    for text in ["1,2", "[1, 2]", "[\"1\", \"2\"]"] {
        let given =
            Given::file(&choosing("redis", "")).env(&[("ELECTOR__BACKEND__REDIS__PORTS", text)]);
        let store = given.store().unwrap();
        assert!(store.contains("ports: [1, 2]"), "{text}: {store}");
    }
    let given =
        Given::file(&choosing("redis", "")).env(&[("ELECTOR__BACKEND__REDIS__PORTS", "1,x")]);
    assert_eq!(
        given.refusal(),
        "environment variable ELECTOR__BACKEND__REDIS__PORTS: backend.redis.ports[1]: \
         expected a whole number from 0 to 65535, found \"x\""
    );
}

#[test]
fn a_file_value_is_what_toml_says() {
    let file = choosing("redis", "[backend.redis]\ndatabase = \"7\"");
    assert_eq!(
        Given::file(&file).refusal(),
        "elector.toml:6: backend.redis.database: expected a whole number from 0 to 255, found \"7\""
    );
    let file = choosing("redis", "[backend.redis]\ndatabase = 0x10\nweight = 2");
    let store = Given::file(&file).store().unwrap();
    assert!(store.contains("database: 16, weight: 2.0"), "{store}");
}
