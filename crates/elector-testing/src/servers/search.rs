//! Where programs are looked for.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::build;
use super::install::Program;
use super::{Result, ServerError, say};

const FIND: &str = "find the program of a server";

/// The places, as the environment names them.
#[derive(Debug)]
pub(crate) struct Places {
    assets: Option<PathBuf>,
    path: OsString,
    cache: Option<PathBuf>,
}

impl Places {
    pub(crate) fn of_this_process() -> Self {
        let set = |name| env::var_os(name).filter(|value| !value.is_empty());
        let cache = set("XDG_CACHE_HOME")
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
            .or_else(|| set("HOME").map(|home| Path::new(&home).join(".cache")));
        Self {
            assets: set("KUBEBUILDER_ASSETS").map(PathBuf::from),
            path: set("PATH").unwrap_or_default(),
            cache: cache.map(|cache| cache.join("elector").join("servers")),
        }
    }

    pub(crate) fn find_or_build(&self, program: &Program) -> Result<PathBuf> {
        if let Some(path) = self.installed(program)? {
            return Ok(path);
        }
        build::cached(program, self.cache()?)
    }

    /// Where built programs are kept.
    pub(crate) fn cache(&self) -> Result<&Path> {
        self.cache.as_deref().ok_or_else(|| {
            let message = "it is not on PATH, and there is no folder to build it into: set HOME or XDG_CACHE_HOME";
            ServerError::new(FIND, message)
        })
    }

    /// The program of somebody else, if there is one that fits.
    fn installed(&self, program: &Program) -> Result<Option<PathBuf>> {
        if let Some(assets) = &self.assets {
            let path = assets.join(program.name);
            if path.is_file() {
                return Ok(Some(path));
            }
            let message = format!(
                "KUBEBUILDER_ASSETS names {}, where no {} is: put it there or unset the variable",
                assets.display(),
                program.name
            );
            return Err(ServerError::new(FIND, message));
        }
        for folder in env::split_paths(&self.path).filter(|folder| folder.is_absolute()) {
            let path = folder.join(program.name);
            if !path.is_file() {
                continue;
            }
            match version(Command::new(&path).arg("--version")) {
                Some(version) if version >= program.at_least => return Ok(Some(path)),
                Some([major, minor, patch]) => say(&format!(
                    "{} is {major}.{minor}.{patch}, too old for these tests",
                    path.display()
                )),
                None => say(&format!("{} does not say its version", path.display())),
            }
        }
        Ok(None)
    }
}

/// The first version, as `1.34.2` or `1.27`, in what `command` says.
pub(crate) fn version(command: &mut Command) -> Option<[u32; 3]> {
    let output = command.stdin(Stdio::null()).output().ok().filter(|it| it.status.success())?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.split(|c: char| !(c.is_ascii_digit() || c == '.')).find_map(|word| {
        let mut numbers = word.split('.').map(str::parse);
        let (major, minor) = (numbers.next()?.ok()?, numbers.next()?.ok()?);
        Some([major, minor, numbers.next().and_then(std::result::Result::ok).unwrap_or(0)])
    })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::super::install::ETCD;
    use super::*;

    fn program(folder: &Path, says: &str) -> PathBuf {
        fs::create_dir_all(folder).unwrap();
        let path = folder.join("etcd");
        fs::write(&path, format!("#!/bin/sh\n{says}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    fn places(assets: Option<PathBuf>, path: &[PathBuf]) -> Places {
        Places { assets, path: env::join_paths(path).unwrap(), cache: None }
    }

    #[test]
    fn an_old_one_and_one_that_does_not_run_are_passed_over() {
        let root = tempfile::tempdir().unwrap();
        let folders = ["old", "broken", "good"].map(|name| root.path().join(name));
        program(&folders[0], "echo etcd Version: 3.4.23");
        program(&folders[1], "exit 1");
        let good = program(&folders[2], "echo etcd Version: 3.5.13");
        assert_eq!(places(None, &folders).installed(&ETCD).unwrap(), Some(good));
        assert_eq!(places(None, &folders[..2]).installed(&ETCD).unwrap(), None);
    }

    #[test]
    fn the_folder_that_somebody_names_wins_and_must_have_it() {
        let root = tempfile::tempdir().unwrap();
        let (named, other) = (root.path().join("named"), root.path().join("other"));
        program(&other, "echo etcd Version: 3.6.4");
        let places = places(Some(named.clone()), &[other]);
        let error = places.installed(&ETCD).unwrap_err().to_string();
        assert!(error.contains("KUBEBUILDER_ASSETS"), "{error}");
        let there = program(&named, "echo etcd Version: 3.6.4");
        assert_eq!(places.installed(&ETCD).unwrap(), Some(there));
    }
}
