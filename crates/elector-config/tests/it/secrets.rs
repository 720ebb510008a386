//! No message, explanation or `Debug` repeats a secret.

use crate::stand_in::{Given, choosing, registry};

const SECRET: &str = "hunter2";

#[test]
fn a_wrong_type_is_told_without_the_value() {
    let file = choosing("redis", &format!("[backend.redis]\napi_key = \"{SECRET}\""));
    assert_eq!(
        Given::file(&file).refusal(),
        "elector.toml:6: backend.redis.api_key: expected a whole number from 0 to 4294967295; \
         the value is not shown because it may be a secret"
    );
    let number = choosing("redis", "[backend.redis]\npassword = 314159");
    let message = Given::file(&number).refusal();
    assert!(!message.contains("314159"), "{message}");
    let list = choosing("redis", &format!("[backend.redis]\npassword = [\"{SECRET}\"]"));
    let message = Given::file(&list).refusal();
    assert!(!message.contains(SECRET), "{message}");
}

#[test]
fn what_a_store_or_its_settings_say_is_scrubbed() {
    for (kind, start) in
        [("strict", "backend.strict: cannot use"), ("picky", "backend.picky: cannot use")]
    {
        let table =
            format!("[backend.{kind}]\npassword = \"{SECRET}\"\nendpoints = [\"redis://me:pw@h\"]");
        let message = Given::file(&choosing(kind, &table)).refusal();
        assert!(message.starts_with(start), "{message}");
        assert!(message.contains("password: Some(\"[not shown]\")"), "{message}");
        assert!(message.contains("redis://[not shown]@h"), "{message}");
        assert!(!message.contains(SECRET) && !message.contains("me:pw"), "{message}");
    }
}

#[test]
fn a_secret_is_found_in_every_form() {
    for secret in ["hunter2\"\\", "hunter2\ttab", "hunter2, item"] {
        let given = Given::file(&choosing("strict", ""))
            .env(&[("ELECTOR__BACKEND__STRICT__PASSWORD", secret)]);
        let message = given.refusal();
        assert!(message.contains("password: Some(\"[not shown]\")"), "{message}");
        assert!(!message.contains("hunter2"), "{message}");
    }
}

#[test]
fn a_secret_in_a_list_or_an_inner_table_is_hidden() {
    let list = [("ELECTOR__BACKEND__NESTED__PASSWORDS", "hunter2,hunter3")];
    let message = Given::file(&choosing("nested", "")).env(&list).refusal();
    assert!(message.contains("cannot use [\"[not shown]\", \"[not shown]\"]"), "{message}");
    let inner = [("ELECTOR__BACKEND__NESTED__INNER__PASSWORD", SECRET)];
    let message = Given::file(&choosing("nested", "")).env(&inner).refusal();
    assert!(message.contains("backend.nested.inner: cannot use"), "{message}");
    assert!(message.contains("password: Some(\"[not shown]\")"), "{message}");
}

#[test]
fn a_url_in_a_wrong_place_loses_its_user() {
    let given = Given::file(&choosing("redis", ""))
        .env(&[("ELECTOR__BACKEND__REDIS__DATABASE", "redis://me:pw@h")]);
    assert_eq!(
        given.refusal(),
        "environment variable ELECTOR__BACKEND__REDIS__DATABASE: backend.redis.database: \
         expected a whole number from 0 to 255, found \"redis://[not shown]@h\""
    );
}

#[test]
fn a_syntax_error_near_a_secret_shows_no_line() {
    for text in [
        format!("[backend.redis]\npassword = \"{SECRET}\n"),
        format!("[backend.redis]\npassword = \"\"\"\n{SECRET}\n"),
        format!("[backend.redis]\nurl = redis://me:{SECRET}@h"),
        format!("[backend]\nredis = {{ password = \"{SECRET}\" oops }}"),
        format!("[backend.redis]\ntoken = [\n\"{SECRET}\" oops ]"),
        format!("[backend.redis]\ntoken = [\n[ \"{SECRET}\" oops ]]"),
    ] {
        let message = Given::file(&text).refusal();
        assert!(!message.contains(SECRET), "{message}");
        assert!(message.starts_with("elector.toml:"), "{message}");
        assert!(
            message.ends_with(" (the line is not shown because it may hold a secret)"),
            "{message}"
        );
    }
}

#[test]
fn neither_debug_nor_the_explanation_shows_one() {
    let file = choosing(
        "redis",
        "[backend.redis]\npassword = \"hunter2\"\napi_key = 271828\nendpoints = [\"redis://me:pw@h\"]\n\
         [backend.other.credentials]\nvalue = \"hunter2\"\n[[backend.other.users]]\nsecret = \"hunter2\"",
    );
    let settings = Given::file(&file).load().unwrap();
    for text in [format!("{settings:?}"), format!("{settings:#?}"), settings.explain().to_string()]
    {
        for secret in [SECRET, "271828", "me:pw"] {
            assert!(!text.contains(secret), "{text}");
        }
        assert!(text.contains("[not shown]"), "{text}");
        assert!(text.contains("backend.redis.password"), "{text}");
    }
    assert!(settings.explain().to_string().contains("[\"redis://[not shown]@h\"]"));
    let loader = elector_config::Loader::new()
        .env_from([("ELECTOR__BACKEND__REDIS__PASSWORD", SECRET)])
        .set("backend.redis.password", SECRET, "--password");
    assert!(!format!("{loader:?}").contains(SECRET), "{loader:?}");
    assert!(!format!("{:?}", registry()).contains(SECRET));
}

#[test]
fn a_token_floor_is_no_secret() {
    let file = choosing("local", "[candidate]\nmetadata = \"key\"");
    let given = Given::file(&file).flag("election.token_floor", "x", "--token-floor");
    assert_eq!(given.refusal(), "--token-floor: expected a whole number, 0 or more, found \"x\"");
}
