//! Files that appear whole or not at all.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use elector::store::SessionId;

/// Ends the name of a file that is not in its place yet.
pub(crate) const ENDING: &str = ".tmp";

/// A file that is on the disk under a name of its own, ready to be put in its place.
///
/// Dropped before, it is removed; left behind by a crash, the sweep removes it.
#[derive(Debug)]
pub(crate) struct Draft {
    path: Option<PathBuf>,
}

impl Draft {
    /// Writes `content` to a new file of `folder` and waits until the disk has it.
    pub(crate) fn write(folder: &Path, content: &str) -> io::Result<Self> {
        let (draft, mut file) = Self::create(folder)?;
        file.write_all(content.as_bytes())?;
        file.sync_all()?;
        Ok(draft)
    }

    /// A new empty file of `folder`.
    pub(crate) fn create(folder: &Path) -> io::Result<(Self, File)> {
        let path = folder.join(format!("{}{ENDING}", SessionId::random()));
        let file = File::create_new(&path)?;
        Ok((Self { path: Some(path) }, file))
    }

    /// Puts the file in its place, over what is there.
    pub(crate) fn put(mut self, place: &Path) -> io::Result<()> {
        if let Some(path) = &self.path {
            fs::rename(path, place)?;
        }
        self.path = None;
        Ok(())
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if let Some(path) = &self.path {
            let _ = fs::remove_file(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_put_in_its_place_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let files = || fs::read_dir(folder.path()).unwrap().count();
        let draft = Draft::write(folder.path(), "text").unwrap();
        assert_eq!(files(), 1);
        drop(draft);
        assert_eq!(files(), 0);
        let place = folder.path().join("place");
        Draft::write(folder.path(), "text").unwrap().put(&place).unwrap();
        assert_eq!((files(), fs::read_to_string(place).unwrap().as_str()), (1, "text"));
    }
}
