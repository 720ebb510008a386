//! Which of several values counts.

use std::ffi::OsString;

use elector_config::{Loader, Origin};

use crate::stand_in::{Given, choosing, registry};

const LOCAL: &str = "[backend.local]\nfolder = \"f\"";

#[test]
fn a_flag_beats_the_environment_which_beats_the_file() {
    let file = choosing("local", LOCAL);
    let name = |given: Given| given.load().unwrap().election().name.clone();
    let env = [("ELECTOR__ELECTION__NAME", "from env")];
    assert_eq!(name(Given::file(&file)), "a");
    assert_eq!(name(Given::file(&file).env(&env)), "from env");
    let flag = |given: Given| given.flag("election.name", "from flag", "--name");
    assert_eq!(name(flag(Given::file(&file)).env(&env)), "from flag");
}

#[test]
fn tables_are_merged_and_lists_are_replaced() {
    let file = choosing("redis", "[backend.redis]\nendpoints = [\"a\", \"b\"]\ndatabase = 3");
    let given = Given::file(&file).env(&[("ELECTOR__BACKEND__REDIS__ENDPOINTS", "c")]);
    let store = given.store().unwrap();
    assert!(store.contains("endpoints: [\"c\"]"), "{store}");
    assert!(store.contains("database: 3"), "{store}");
}

#[test]
fn the_environment_chooses_another_kind_and_the_file_keeps_its_tables() {
    let file =
        choosing("redis", "[backend.redis]\nendpoints = [\"a\"]\n[backend.local]\nfolder = \"f\"");
    let given = Given::file(&file).env(&[("ELECTOR__BACKEND__KIND", "local")]);
    assert_eq!(
        given.store().unwrap(),
        "StandIn(LocalConfig { folder: \"f\", poll_interval: None, allow_weak: false })"
    );
}

#[test]
fn a_later_file_beats_an_earlier_one_and_an_optional_one_may_be_missing() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("one.toml"), choosing("local", LOCAL)).unwrap();
    std::fs::write(path("two.toml"), "[election]\nname = \"b\"").unwrap();
    let settings = Loader::new()
        .file(path("one.toml"))
        .optional_file(path("two.toml"))
        .optional_file(path("none.toml"))
        .load()
        .unwrap();
    assert_eq!(settings.election().name, "b");
    assert!(settings.store(&registry()).is_ok());
}

#[test]
fn an_explicit_file_that_is_missing_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("none.toml");
    let error = Loader::new().file(&path).load().unwrap_err();
    assert_eq!(error.origin(), Some(&Origin::File { path, line: None }));
    assert_eq!(error.message(), "cannot read the file: No such file or directory (os error 2)");
    assert_eq!(error.key(), None);
}

#[test]
fn an_optional_file_that_cannot_be_read_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let error = Loader::new().optional_file(folder.path()).load().unwrap_err();
    assert_eq!(error.message(), "cannot read the file: Is a directory (os error 21)");
}

#[test]
fn without_a_file_everything_comes_from_the_environment() {
    let settings = Loader::new()
        .env_from([
            ("ELECTOR__ELECTION__NAME", "a"),
            ("ELECTOR__BACKEND__KIND", "local"),
            ("ELECTOR__BACKEND__LOCAL__FOLDER", "f"),
        ])
        .load()
        .unwrap();
    assert!(settings.store(&registry()).is_ok());
    let nothing: [(&str, &str); 0] = [];
    let error = Loader::new().env_from(nothing).load().unwrap_err();
    assert_eq!(error.to_string(), "election.name: missing, set ELECTOR__ELECTION__NAME");
}

#[test]
fn the_candidate_is_called_as_set_or_as_the_pod_or_as_the_host() {
    let file = choosing("local", LOCAL);
    let named = choosing("local", "[candidate]\nname = \"node-1\"");
    let name = |given: Given| given.load().unwrap().candidate().name.clone();
    let pod = [("POD_NAME", "pod-1")];
    assert_eq!(name(Given::file(&named).env(&pod)), "node-1");
    assert_eq!(name(Given::file(&file).env(&pod)), "pod-1");
    let host = gethostname::gethostname().into_string().unwrap();
    assert_eq!(name(Given::file(&file).env(&[("POD_NAME", "")])), host);
    assert_eq!(name(Given::file(&file)), host);
}

#[test]
fn a_program_names_a_candidate_that_nobody_named() {
    let file = choosing("local", LOCAL);
    let named = choosing("local", "[candidate]\nname = \"node-1\"");
    let name =
        |given: Given| given.load().unwrap().name_unless_set("host-7").candidate().name.clone();
    assert_eq!(name(Given::file(&named)), "node-1");
    assert_eq!(name(Given::file(&file).env(&[("POD_NAME", "pod-1")])), "pod-1");
    assert_eq!(name(Given::file(&file)), "host-7");
    let settings = Given::file(&file).load().unwrap().name_unless_set("host-7");
    assert!(settings.explain().to_string().contains("candidate.name = \"host-7\"  # default"));
}

#[test]
fn defaults_of_the_program_are_the_weakest() {
    let origin = |loader: Loader| {
        let loader = loader.default_to("backend.kind", "local").default_to("election.name", "d");
        loader.load().unwrap().origin("backend.kind").unwrap().clone()
    };
    assert_eq!(origin(Loader::new()), Origin::Default);
    let variable = "ELECTOR__BACKEND__KIND";
    let env = Loader::new().env_from([(variable, "redis")]);
    assert_eq!(origin(env), Origin::Variable(variable.to_owned()));
    let flag = Loader::new().set("backend.kind", "redis", "--kind");
    assert_eq!(origin(flag), Origin::Flag("--kind".to_owned()));
}

#[test]
fn variables_of_others_are_left_alone() {
    let file = choosing("local", LOCAL);
    let given = Given::file(&file).env(&[
        ("ELECTOR_TOKEN", "7"),
        ("ELECTOR_ELECTION", "x"),
        ("ELECTORAL__X", "x"),
        ("PATH", "/bin"),
    ]);
    assert_eq!(given.load().unwrap().election().name, "a");
}

#[cfg(unix)]
#[test]
fn a_value_that_is_not_text_is_refused_by_name() {
    use std::os::unix::ffi::OsStringExt as _;

    let bytes = OsString::from_vec(vec![0xff]);
    let variables = [(OsString::from("ELECTOR__ELECTION__NAME"), bytes.clone())];
    let error = Loader::new().env_from(variables).load().unwrap_err();
    assert_eq!(
        error.to_string(),
        "environment variable ELECTOR__ELECTION__NAME: the value must be UTF-8"
    );
    let others = [(bytes.clone(), bytes.clone()), (OsString::from("OTHER"), bytes)];
    let error = Loader::new().env_from(others).load().unwrap_err();
    assert_eq!(error.key(), Some("election.name"));
}

#[test]
fn every_value_is_explained_with_its_origin() {
    let file =
        choosing("redis", "[backend.redis]\nports = [1, 2]\ntls = { ca = \"x\", verify = true }");
    let given = Given::file(&file)
        .env(&[("ELECTOR__BACKEND__REDIS__DATABASE", "3"), ("POD_NAME", "pod-1")])
        .flag("election.token_floor", "9", "--token-floor");
    let text = given.load().unwrap().explain().to_string();
    let lines: Vec<_> = text.lines().collect();
    let starts = [
        "backend.kind = \"redis\"  # ",
        "backend.redis.database = \"3\"  # environment variable ELECTOR__BACKEND__REDIS__DATABASE",
        "backend.redis.ports = [1, 2]  # ",
        "backend.redis.tls.ca = \"x\"  # ",
        "backend.redis.tls.verify = true  # ",
        "candidate.name = \"pod-1\"  # environment variable POD_NAME",
        "election.lease_duration = \"15s\"  # default",
        "election.name = \"a\"  # ",
        "election.token_floor = \"9\"  # --token-floor",
    ];
    assert_eq!(lines.len(), starts.len(), "{text}");
    for (line, start) in lines.iter().zip(starts) {
        assert!(line.starts_with(start), "{line}");
    }
    assert!(lines[2].ends_with("elector.toml:6"), "{text}");
}
