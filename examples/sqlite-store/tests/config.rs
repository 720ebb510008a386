//! The store from a file of configuration.
#![allow(clippy::unwrap_used, reason = "a test")]

use elector_config::{Loader, Registry};
use sqlite_store::Sqlite;

fn elector(keys: &str) -> Result<elector::Elector, elector_config::ConfigError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("elector.toml");
    let text = format!(
        "[election]\nname = \"e\"\n[backend]\nkind = \"sqlite\"\n[backend.sqlite]\n{keys}\n"
    );
    std::fs::write(&path, text).unwrap();
    let registry = Registry::new().with("sqlite", Sqlite::from_config);
    Loader::new().file(path).load()?.elector(&registry)
}

#[test]
fn a_file_names_the_database() {
    elector("file = \"/run/e.db\"\npoll_ms = 100").unwrap();
}

#[test]
fn a_value_that_cannot_work_and_a_key_nobody_knows_are_named() {
    let message = elector("file = \"/run/e.db\"\npoll_ms = 0").unwrap_err().to_string();
    assert!(message.contains("poll_ms is zero"), "{message}");
    let message = elector("flie = \"/run/e.db\"").unwrap_err().to_string();
    assert!(message.contains("flie"), "{message}");
}
