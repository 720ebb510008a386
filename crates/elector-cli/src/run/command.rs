//! Whether CMD is there: said before the election, not on the day this candidate leads.

use std::ffi::OsStr;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::exit::Exit;

/// Why `program` cannot be run, if that is plain to see; it is looked for where `exec` does.
pub(super) fn fault(program: &OsStr) -> Option<(Exit, String)> {
    let path = std::env::var_os("PATH").unwrap_or_else(|| "/bin:/usr/bin".into());
    fault_in(program, &path)
}

fn fault_in(program: &OsStr, path: &OsStr) -> Option<(Exit, String)> {
    let shown = program.display();
    let named = program.as_bytes().contains(&b'/');
    let places: Vec<PathBuf> = match named {
        true => vec![program.into()],
        false => std::env::split_paths(path).map(|folder| folder.join(program)).collect(),
    };
    if places.iter().any(|place| is_executable(place) || is_unknown(place)) {
        return None;
    }
    // A folder in PATH is no command that somebody forgot to make executable.
    let there = places.iter().find(|place| place.exists() && (named || place.is_file()));
    Some(match there {
        Some(place) if place.is_dir() => {
            (Exit::NotExecutable, format!("cannot run {shown}: it is a folder"))
        }
        Some(place) => {
            let file = if named { "it".to_owned() } else { place.display().to_string() };
            let hint = "chmod +x it, or name its interpreter";
            (Exit::NotExecutable, format!("cannot run {shown}: {file} is not executable; {hint}"))
        }
        None if named => (Exit::NotFound, format!("cannot run {shown}: there is no such file")),
        None => {
            let hint = "give its path, or run a shell's own command with sh -c";
            (Exit::NotFound, format!("cannot run {shown}: not found in PATH; {hint}"))
        }
    })
}

fn is_executable(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| !found.is_dir() && found.permissions().mode() & 0o111 != 0)
}

/// Whether a place cannot be looked at, so that only `exec` can say: a file system that does not answer, or that is
/// mounted later, is no reason to stay down.
fn is_unknown(path: &Path) -> bool {
    let plain = [ErrorKind::NotFound, ErrorKind::NotADirectory];
    fs::metadata(path).is_err_and(|error| !plain.contains(&error.kind()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_found_where_exec_finds_it() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().as_os_str();
        let file = place.path().join("tool");
        let fault = |program: &OsStr| fault_in(program, path).map(|(exit, _)| exit);
        assert_eq!(fault("tool".as_ref()), Some(Exit::NotFound));
        assert_eq!(fault(file.as_os_str()), Some(Exit::NotFound));
        fs::write(&file, "").unwrap();
        assert_eq!(fault("tool".as_ref()), Some(Exit::NotExecutable));
        assert_eq!(fault(file.as_os_str()), Some(Exit::NotExecutable));
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
        assert_eq!(fault("tool".as_ref()), None);
        assert_eq!(fault(file.as_os_str()), None);
        assert_eq!(fault(path), Some(Exit::NotExecutable), "a folder");
        let circle = place.path().join("circle");
        std::os::unix::fs::symlink(&circle, &circle).unwrap();
        assert_eq!(fault(circle.join("tool").as_os_str()), None, "nobody can look there");
    }
}
