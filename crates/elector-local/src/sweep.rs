//! Removes what crashed processes left behind, and nothing that this store did not make.

use std::collections::HashSet;
use std::fs::{self, DirEntry};
use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use crate::record_file::read_text;
use crate::{alive, draft, format, name, plain_file};

/// A draft this much older than the folder's latest change is nobody's: writing one takes milliseconds.
const ABANDONED: Duration = Duration::from_secs(60);

/// Removes abandoned drafts, and locks of the dead that no record names. Whatever cannot be judged stays.
pub(crate) fn sweep(folder: &Path) {
    let files = list(folder);
    remove_locks(folder, &files);
    remove_drafts(folder, &files);
}

fn remove_locks(folder: &Path, files: &[(String, DirEntry)]) {
    let free: Vec<_> = files
        .iter()
        .filter(|(name, _)| name::is_random(name, alive::ENDING))
        .filter(|(_, entry)| {
            plain_file::open(&entry.path()).and_then(|f| alive::is_free(&f)).unwrap_or(false)
        })
        .collect();
    if free.is_empty() {
        return;
    }
    // Read after the locks were found free: the dead write no further records.
    let Some(named) = names_in_records(folder) else { return };
    for (name, entry) in free {
        if !named.contains(name) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// The locks that the records of `folder` name; `None` when a record cannot be read.
pub(crate) fn names_in_records(folder: &Path) -> Option<HashSet<String>> {
    let mut names = HashSet::new();
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Some(names),
        entries => entries.ok()?,
    };
    for entry in entries {
        let entry = entry.ok()?;
        let file_name = entry.file_name();
        if !file_name.to_str().is_some_and(name::is_record) {
            continue;
        }
        if let Some(text) = read_text(&entry.path(), "sweep").ok()? {
            names.extend(format::lock_of(&text).ok()?);
        }
    }
    Some(names)
}

/// Ages are differences of two stamps of one file system: no clock of this process is read. The folder's own is that
/// of the rename before this sweep, so that a file from before the clock was set back makes no living draft look old.
fn remove_drafts(folder: &Path, files: &[(String, DirEntry)]) {
    let Ok(latest) = fs::metadata(folder).and_then(|folder| folder.modified()) else { return };
    for (name, entry) in files.iter().filter(|(name, _)| name::is_random(name, draft::ENDING)) {
        let modified = entry.metadata().and_then(|metadata| metadata.modified()).ok();
        let age = modified.and_then(|stamp| latest.duration_since(stamp).ok());
        if age.is_some_and(|age| age >= ABANDONED) {
            tracing::debug!(file = %name, "removing a file that a crash left behind");
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn list(folder: &Path) -> Vec<(String, DirEntry)> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    entries
        .flatten()
        .filter_map(|entry| Some((entry.file_name().into_string().ok()?, entry)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_what_the_records_name_or_says_that_it_cannot() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("elections");
        assert_eq!(names_in_records(&folder), Some(HashSet::new()));
        fs::write(&folder, "").unwrap();
        assert_eq!(names_in_records(&folder), None);
        fs::remove_file(&folder).unwrap();
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("stranger"), "garbage").unwrap();
        assert_eq!(names_in_records(&folder), Some(HashSet::new()));
        let record = "format = 1\nelection = \"a\"\nversion = \"v\"\ntoken = 1\nbeat = \"b\"\n";
        let holder = "[holder]\nlock = \"x.alive\"\ninode = \"1:2\"\nboot = \"b\"\npid = 1\n";
        fs::write(folder.join("a.election"), format!("{record}{holder}")).unwrap();
        fs::write(folder.join("b.election"), record).unwrap();
        assert_eq!(names_in_records(&folder), Some(HashSet::from(["x.alive".to_owned()])));
        fs::write(folder.join("c.election"), "garbage").unwrap();
        assert_eq!(names_in_records(&folder), None);
    }
}
