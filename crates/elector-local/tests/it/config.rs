//! The configuration of this store.
#![cfg(feature = "serde")]

use std::time::Duration;

use elector::ErrorKind;
use elector_local::{Local, LocalConfig};

fn read(text: &str) -> Result<LocalConfig, String> {
    toml::from_str(text).map_err(|error| error.message().to_owned())
}

#[test]
fn reads_what_it_documents() {
    let config = read("folder = \"/run/billing\"").unwrap();
    assert_eq!(config, LocalConfig::new("/run/billing"));
    assert_eq!((config.poll_interval, config.allow_weak), (Duration::from_secs(5), false));
    let config = read("folder = \"/x\"\npoll_interval = \"1500ms\"\nallow_weak = true").unwrap();
    assert_eq!((config.poll_interval, config.allow_weak), (Duration::from_millis(1500), true));
    Local::from_config(config).unwrap();
}

#[test]
fn refuses_the_rest() {
    let refuses = |text: &str, why: &str| {
        let error = read(text).unwrap_err();
        assert!(error.contains(why), "{error:?} should say {why:?}");
    };
    refuses("", "missing field `folder`");
    for relative in ["", "x", "./x", "../x"] {
        refuses(&format!("folder = {relative:?}"), "folder must be an absolute path");
    }
    refuses("folder = \"/x\"\npol_interval = \"5s\"", "expected one of `folder`, `poll_interval`");
    refuses("folder = \"/x\"\npoll_interval = \"-5s\"", "cannot be negative");
    refuses("folder = \"/x\"\npoll_interval = 5", "expected");
    refuses("folder = \"/x\"\npoll_interval = \"often\"", "\"5s\"");
}

#[test]
fn refuses_values_that_cannot_work() {
    let kind = |config| Local::from_config(config).unwrap_err().kind();
    assert_eq!(kind(LocalConfig::new("")), ErrorKind::Invalid);
    assert_eq!(kind(LocalConfig::new("x")), ErrorKind::Invalid);
    let mut config = LocalConfig::new("/x");
    config.poll_interval = Duration::ZERO;
    assert_eq!(kind(config), ErrorKind::Invalid);
}
