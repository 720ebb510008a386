//! The exact words for each mistake.

use elector::memory::Memory;
use elector_config::NoKeys;

use crate::stand_in::{Given, choosing, registry};

const ELECTION_KEYS: &str = "attempt_timeout, backoff, clock_rate_ppm, distrust_missing, \
    lease_duration, name, on_overrun, pause_allowance, \
    renew_deadline, renew_interval, stop_budget, token_floor";

/// What is said of a file, followed line by line by what shall be said.
fn check(cases: &[(&str, &str)]) {
    for (text, message) in cases {
        assert_eq!(Given::file(text).refusal(), *message, "\n{text}");
    }
}

#[test]
fn of_keys() {
    let allowed = format!("allowed here: {ELECTION_KEYS}");
    check(&[
        (
            "[election]\nname = \"a\"\nlease_duratoin = \"15s\"",
            &format!(
                "elector.toml:3: election.lease_duratoin: unknown key, did you mean lease_duration? {allowed}"
            ),
        ),
        (
            "[election]\nname = \"a\"\ncolour = \"red\"",
            &format!("elector.toml:3: election.colour: unknown key, {allowed}"),
        ),
        (
            "[elections]\nname = \"a\"",
            "elector.toml:1: elections: unknown key, did you mean election? \
             allowed here: backend, candidate, election",
        ),
        (
            "[election]\nname = \"a\"\n[candidate]\nmeta = \"x\"",
            "elector.toml:4: candidate.meta: unknown key, allowed here: metadata, name",
        ),
        (
            "[election]\n[backend]\nkind = \"local\"",
            "elector.toml: election.name: missing, set it in the file",
        ),
        ("[election]\nname = \"a\"", "elector.toml: backend.kind: missing, set it in the file"),
        (
            &choosing("local", "poll_interval = \"1s\""),
            "elector.toml:5: backend.poll_interval: unknown key, \
             allowed here: kind, and a table for each kind such as [backend.local]",
        ),
        (
            &choosing("local", "[backend.local]\nfolder = \"f\"\npol_interval = \"1s\""),
            "elector.toml:7: backend.local.pol_interval: unknown key, did you mean poll_interval? \
             allowed here: allow_weak, folder, poll_interval",
        ),
        (
            &choosing("redis", "[backend.redis.tls]\nca = \"x\"\nverfy = true"),
            "elector.toml:7: backend.redis.tls.verfy: unknown key, did you mean verify? \
             allowed here: ca, verify",
        ),
        (&choosing("local", ""), "elector.toml: backend.local.folder: missing, set it in the file"),
        (
            &choosing("redis", "[backend.redis.tls]"),
            "elector.toml: backend.redis.tls.ca: missing, set it in the file",
        ),
        (
            &choosing("redis", "[backend.redis]\ndatabases = 1"),
            "elector.toml:6: backend.redis.databases: unknown key, did you mean database? allowed here: \
             api_key, database, durability, endpoints, password, ports, tls, weight",
        ),
    ]);
}

#[test]
fn of_types() {
    let election = |line: &str| format!("[election]\nname = \"a\"\n{line}");
    let redis = |line: &str| choosing("redis", &format!("[backend.redis]\n{line}"));
    let duration = "expected a duration such as \"15s\", \"1m30s\" or \"500ms\"";
    check(&[
        (
            &election("lease_duration = 15"),
            &format!("elector.toml:3: election.lease_duration: {duration}, found the number 15"),
        ),
        (
            &election("lease_duration = \"15 parsecs\""),
            &format!("elector.toml:3: election.lease_duration: {duration}, found \"15 parsecs\""),
        ),
        (
            &election("renew_deadline = \"-5s\""),
            &format!("elector.toml:3: election.renew_deadline: {duration}, found \"-5s\""),
        ),
        (
            &election("backoff = \"15\""),
            &format!("elector.toml:3: election.backoff: {duration}, found \"15\""),
        ),
        (
            &election("clock_rate_ppm = 1.5"),
            "elector.toml:3: election.clock_rate_ppm: expected a whole number from 0 to 4294967295, \
             found the number 1.5",
        ),
        (
            &election("on_overrun = \"panic\""),
            "elector.toml:3: election.on_overrun: expected \"report\" or \"abort\", found \"panic\"",
        ),
        (
            &election("token_floor = -1"),
            "elector.toml:3: election.token_floor: expected a whole number, 0 or more, found the number -1",
        ),
        (
            &election("token_floor = 9223372036854775808"),
            "elector.toml:3: election.token_floor: a number must fit 64 bits",
        ),
        (
            "[election]\nname = 7",
            "elector.toml:2: election.name: expected a string, found the number 7",
        ),
        (
            "[election]\nname = \"\"\n[backend]\nkind = \"x\"",
            "elector.toml:2: election.name: must not be empty",
        ),
        ("election = 7", "elector.toml:1: election: expected a table, found the number 7"),
        (
            "backend = \"local\"\n[election]\nname = \"a\"",
            "elector.toml:1: backend: expected a table, found \"local\"",
        ),
        (
            "[election]\nname = \"a\"\n[backend]\nkind = true",
            "elector.toml:4: backend.kind: expected a string, found true",
        ),
        (
            &redis("endpoints = 5"),
            "elector.toml:6: backend.redis.endpoints: expected a list, found the number 5",
        ),
        (
            &redis("endpoints = [\"a\",\n  5]"),
            "elector.toml:7: backend.redis.endpoints[1]: expected a string, found the number 5",
        ),
        (
            &redis("database = 300"),
            "elector.toml:6: backend.redis.database: expected a whole number from 0 to 255, \
             found the number 300",
        ),
        (
            &redis("weight = \"x\""),
            "elector.toml:6: backend.redis.weight: expected a number, found \"x\"",
        ),
        (
            &redis("durability = \"sometimes\""),
            "elector.toml:6: backend.redis.durability: expected \"always\" or \"every-second\", \
             found \"sometimes\"",
        ),
        (
            &redis("durability = 5"),
            "elector.toml:6: backend.redis.durability: expected \"always\" or \"every-second\", \
             found the number 5",
        ),
        (&redis("tls = true"), "elector.toml:6: backend.redis.tls: expected a table, found true"),
    ]);
}

#[test]
fn of_kinds() {
    check(&[
        (
            &choosing("zookeeper", ""),
            "elector.toml:4: backend.kind: unknown kind \"zookeeper\", this program knows \"full\", \"local\", \"memory\", \"nested\", \"picky\", \"redis\", \"strict\"",
        ),
        (
            &choosing("local", "[backend.local]\nfolder = \"f\"\n[backend.zookeeper]\nx = 1"),
            "elector.toml:7: backend.zookeeper: unknown kind \"zookeeper\", \
             this program knows \"full\", \"local\", \"memory\", \"nested\", \"picky\", \"redis\", \"strict\"",
        ),
    ]);
    let settings = Given::file(&choosing("local", "")).load().unwrap();
    let error = settings.store(&elector_config::Registry::new()).unwrap_err();
    assert_eq!(error.message(), "unknown kind \"local\", this program knows no kind");
    let one = elector_config::Registry::new().with("locale", |_: NoKeys| Ok(Memory::new()));
    assert_eq!(
        settings.store(&one).unwrap_err().message(),
        "unknown kind \"local\", did you mean \"locale\"? this program knows only \"locale\""
    );
}

#[test]
fn of_a_broken_file() {
    check(&[(
        "[election]\nname = \"a\n",
        "elector.toml:2: TOML parse error at line 2, column 10\n  |\n2 | name = \"a\n  |          ^\n\
         invalid basic string, expected `\"`",
    )]);
    check(&[(
        "# A comment may say password.\n[backend.redis]\npassword = \"x\"\nname = \"a\n",
        "elector.toml:4: invalid basic string, expected `\"` in column 10 \
         (the line is not shown because it may hold a secret)",
    )]);
    let comment = Given::file("# A comment may say password.\n[election\n").refusal();
    assert!(comment.contains("2 | [election"), "{comment}");
    let twice = Given::file("[election]\nname = \"a\"\nname = \"b\"").refusal();
    assert!(twice.starts_with("elector.toml:3: TOML parse error at line 3, column 1\n"), "{twice}");
    assert!(twice.ends_with("duplicate key"), "{twice}");
}

#[test]
fn of_variables_and_flags() {
    let file = choosing("local", "[backend.local]\nfolder = \"f\"");
    let env = |name, value| Given::file(&file).env(&[(name, value)]).refusal();
    assert_eq!(
        env("ELECTOR__BACKEND__KIND", "zookeeper"),
        "environment variable ELECTOR__BACKEND__KIND: backend.kind: unknown kind \"zookeeper\", \
         this program knows \"full\", \"local\", \"memory\", \"nested\", \"picky\", \"redis\", \"strict\""
    );
    assert_eq!(
        env("ELECTOR__ELECTION__LEASE_DURATION", "15"),
        "environment variable ELECTOR__ELECTION__LEASE_DURATION: election.lease_duration: \
         expected a duration such as \"15s\", \"1m30s\" or \"500ms\", found \"15\""
    );
    assert_eq!(
        env("ELECTOR__BACKEND__LOCAL__ALLOW_WEAK", "yes"),
        "environment variable ELECTOR__BACKEND__LOCAL__ALLOW_WEAK: backend.local.allow_weak: \
         expected true or false, found \"yes\""
    );
    assert_eq!(
        env("ELECTOR__BACKEND__LOCAL__FODLER", "x"),
        "environment variable ELECTOR__BACKEND__LOCAL__FODLER: backend.local.fodler: unknown key, \
         did you mean folder? allowed here: allow_weak, folder, poll_interval"
    );
    assert_eq!(
        env("ELECTOR__NAME", "x"),
        "environment variable ELECTOR__NAME: name: unknown key, allowed here: backend, candidate, election"
    );
    assert_eq!(
        env("ELECTOR__ELECTION____NAME", "x"),
        "environment variable ELECTOR__ELECTION____NAME: names no key, \
         expected a name such as ELECTOR__ELECTION__NAME"
    );
    assert_eq!(
        env("ELECTOR__ELECTION", "x"),
        "environment variable ELECTOR__ELECTION: election: expected a table, found \"x\""
    );
    assert_eq!(
        Given::file(&file).flag("election.name", "", "--name").refusal(),
        "--name: must not be empty"
    );
    assert_eq!(
        Given::file("").env(&[]).refusal(),
        "elector.toml: election.name: missing, set it in the file or as ELECTOR__ELECTION__NAME"
    );
}

#[test]
fn of_variables_that_contradict_each_other() {
    let file = choosing("local", "");
    let env = |variables| Given::file(&file).env(variables).refusal();
    assert_eq!(
        env(&[("ELECTOR__BACKEND__KIND", "local"), ("ELECTOR__BACKEND", "redis")]),
        "environment variable ELECTOR__BACKEND: backend: expected a table, \
         because environment variable ELECTOR__BACKEND__KIND sets a key inside it"
    );
    assert_eq!(
        env(&[("ELECTOR__ELECTION__NAME", "a"), ("ELECTOR__election__name", "b")]),
        "environment variable ELECTOR__ELECTION__NAME: election.name: \
         set twice, also by environment variable ELECTOR__election__name"
    );
}

#[test]
fn of_a_budget_that_cannot_hold() {
    let file = "[election]\nname = \"a\"\nrenew_deadline = \"13s\"\n[backend]\nkind = \"memory\"";
    let given = Given::file(file).env(&[("ELECTOR__ELECTION__LEASE_DURATION", "15s")]);
    assert_eq!(
        given.elector(),
        "election: the time budget cannot hold: renew_deadline + stop_budget + pause_allowance <= hold is broken \
         (13 s + 2 s + 0 µs = 15 s > 13.5 s) \
         (lease_duration: environment variable ELECTOR__ELECTION__LEASE_DURATION, \
         renew_deadline: elector.toml:3)"
    );
    // One that was set is at fault by itself.
    let file = "[election]\nname = \"a\"\npause_allowance = \"0s\"\n[backend]\nkind = \"memory\"";
    assert_eq!(
        Given::file(file).elector(),
        "election: the time budget cannot hold: pause_allowance > 0 is broken (0 s) \
         (lease_duration: default, pause_allowance: elector.toml:3)"
    );
}

#[test]
fn of_a_table_that_the_store_refuses() {
    let file = choosing("full", "[backend.full]\ndatabase = 3");
    let given = Given::file(&file).env(&[("ELECTOR__BACKEND__FULL__WEIGHT", "1.5")]);
    assert_eq!(
        given.refusal(),
        "backend.full: no database is free: all 16 are taken (database: elector.toml:6, \
         weight: environment variable ELECTOR__BACKEND__FULL__WEIGHT)"
    );
    assert_eq!(
        Given::file(&choosing("full", "")).refusal(),
        "elector.toml:4: backend.full: no database is free: all 16 are taken"
    );
    let file = choosing("full", "full = 3");
    assert!(Given::file(&file).refusal().starts_with("elector.toml:5: backend.full: unknown key"));
}

#[test]
fn of_a_name_that_the_store_cannot_carry() {
    let file = choosing("local", "[backend.local]\nfolder = \"f\"");
    let settings = Given::file(&file).flag("election.name", "long", "--name").load().unwrap();
    assert_eq!(
        settings.backend(&registry()).unwrap_err().to_string(),
        "--name: the name \"long\" is longer than 3 characters"
    );
}

#[test]
fn of_a_store_without_settings() {
    let file = choosing("memory", "[backend.memory]\nfolder = \"f\"");
    assert_eq!(
        Given::file(&file).refusal(),
        "elector.toml:6: backend.memory.folder: unknown key, none is allowed here"
    );
}

#[test]
fn of_a_lease_that_the_store_does_not_grant() {
    let given =
        Given::file(&choosing("memory", "")).env(&[("ELECTOR__ELECTION__LEASE_DURATION", "3s")]);
    assert_eq!(
        given.elector(),
        "environment variable ELECTOR__ELECTION__LEASE_DURATION: election.lease_duration: \
         lease_duration is 3s, but the memory store grants no lease below 5s"
    );
}
