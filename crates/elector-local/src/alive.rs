//! The kernel's proof that a process is dead: a lock that only the end of the process frees.

use std::fs::{self, File, Metadata};
use std::io::{self, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use elector::store::SessionId;
use nix::errno::Errno;
use serde::{Deserialize, Serialize};

use crate::draft::Draft;
use crate::plain_file;
use crate::sweep;

/// Ends the name of a lock of the living.
pub(crate) const ENDING: &str = ".alive";

/// Which lock proves the death of a record's leader.
///
/// All of it must match: another inode under the same name, or another kernel, proves nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Holder {
    /// The lock's file name, in the folder of the record.
    pub(crate) lock: String,
    /// The device and the inode of that file, as `device:inode`.
    pub(crate) inode: String,
    /// The boot of the kernel that has the lock.
    pub(crate) boot: String,
    /// The process, for people.
    pub(crate) pid: u32,
}

impl Holder {
    /// Whether the leader's process, and every process that it gave its lock to, is dead for certain.
    pub(crate) fn is_gone(&self, folder: &Path) -> bool {
        self.could_be_proven() && unlocked(&folder.join(&self.lock), &self.inode).unwrap_or(false)
    }

    /// Whether this kernel could tell that the process is dead.
    pub(crate) fn could_be_proven(&self) -> bool {
        matches!(boot_id(), Ok(Some(boot)) if boot == self.boot) && is_lock(&self.lock)
    }
}

/// This process's lock in one folder, held for as long as the process lives.
#[derive(Debug)]
pub(crate) struct Alive {
    file: Option<File>,
    path: PathBuf,
    holder: Holder,
}

impl Alive {
    /// Makes the lock of this process; `None` where the kernel gives no proof.
    pub(crate) fn create(folder: &Path) -> io::Result<Option<Self>> {
        let Some(boot) = boot_id()? else { return Ok(None) };
        let pid = std::process::id();
        let lock = format!("{}{ENDING}", SessionId::random());
        let path = folder.join(&lock);
        // Opened for writing: the close at the process's end then tells the followers. Locked before it has its
        // name: a lock file that is free has had its day.
        let (draft, mut file) = Draft::create(folder)?;
        writeln!(file, "# Locked for as long as process {pid} lives. Do not remove.")?;
        file.try_lock()?;
        draft.put(&path)?;
        let inode = inode(&file.metadata()?);
        let holder = Holder { lock, inode, boot: boot.to_owned(), pid };
        Ok(Some(Self { file: Some(file), path, holder }))
    }

    /// What a record says about this lock.
    pub(crate) fn holder(&self) -> &Holder {
        &self.holder
    }

    /// Whether the file is still where the record says.
    pub(crate) fn is_in_place(&self) -> bool {
        // Without a descriptor: a process that has none left would look as if its lock was gone.
        fs::symlink_metadata(&self.path).is_ok_and(|there| inode(&there) == self.holder.inode)
    }

    /// Another descriptor of the same lock: the lock is free only when all of them are closed.
    pub(crate) fn descriptor(&self) -> io::Result<OwnedFd> {
        let file = self.file.as_ref().ok_or(io::ErrorKind::NotFound)?;
        Ok(file.try_clone()?.into())
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        // A record that still names this lock must not see it free while the process lives, because work of that
        // term may still run: the lock then stays until the process ends. Otherwise the file goes before the lock.
        let folder = self.path.parent().unwrap_or(Path::new("."));
        let named =
            sweep::names_in_records(folder).is_none_or(|names| names.contains(&self.holder.lock));
        if named {
            std::mem::forget(self.file.take());
        } else {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Whether `file_name` is that of a lock of the living.
pub(crate) fn is_lock(file_name: &str) -> bool {
    file_name.ends_with(ENDING) && !file_name.contains('/')
}

/// Whether nobody holds the lock `path`; an error when it is not the file with `inode`.
fn unlocked(path: &Path, expected: &str) -> io::Result<bool> {
    let file = plain_file::open(path)?;
    if inode(&file.metadata()?) != expected {
        return Err(io::ErrorKind::NotFound.into());
    }
    is_free(&file)
}

/// Whether nobody holds the lock of `file`. A shared lock, so that two who ask do not disturb each other.
pub(crate) fn is_free(file: &File) -> io::Result<bool> {
    match file.try_lock_shared() {
        Ok(()) => Ok(true),
        Err(std::fs::TryLockError::WouldBlock) => Ok(false),
        Err(std::fs::TryLockError::Error(error)) => Err(error),
    }
}

fn inode(metadata: &Metadata) -> String {
    format!("{}:{}", metadata.dev(), metadata.ino())
}

/// Whether it is a shortage that says nothing of the file.
fn may_pass(error: &io::Error) -> bool {
    let shortages = [Errno::EMFILE, Errno::ENFILE, Errno::ENOMEM, Errno::EINTR];
    error.raw_os_error().is_some_and(|number| shortages.contains(&Errno::from_raw(number)))
}

/// A number that this kernel drew when it booted, the same in every container.
///
/// A failure that may pass, such as no descriptor left, is an error and is not kept.
fn boot_id() -> io::Result<Option<&'static str>> {
    static BOOT: OnceLock<String> = OnceLock::new();
    if BOOT.get().is_none()
        && let Some(boot) = boot_of(fs::read_to_string("/proc/sys/kernel/random/boot_id"))?
    {
        drop(BOOT.set(boot));
    }
    Ok(BOOT.get().map(String::as_str))
}

fn boot_of(read: io::Result<String>) -> io::Result<Option<String>> {
    match read {
        Ok(text) => Ok(Some(text.trim().to_owned()).filter(|boot| !boot.is_empty())),
        Err(error) if may_pass(&error) => Err(error),
        // Hidden from this process: there is no proof of death, and elections all the same.
        Err(_) => Ok(None),
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;

    #[test]
    fn only_a_lock_in_the_folder_itself_proves_a_death() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("elections");
        fs::create_dir_all(folder.join("inner")).unwrap();
        let free = |lock: &str| {
            let file = File::create(folder.join(lock)).unwrap();
            let inode = inode(&file.metadata().unwrap());
            let boot = boot_id().unwrap().unwrap().to_owned();
            Holder { lock: lock.to_owned(), inode, boot, pid: 1 }
        };
        assert!(free("dead.alive").is_gone(&folder));
        for other in ["billing.election", "inner/dead.alive", "../dead.alive"] {
            let holder = free(other);
            assert!(!holder.could_be_proven() && !holder.is_gone(&folder), "{other}");
        }
    }

    #[test]
    fn a_shortage_hides_the_boot_for_a_while_and_the_system_for_good() {
        let number = |number: Errno| boot_of(Err(io::Error::from_raw_os_error(number as i32)));
        for shortage in [Errno::EMFILE, Errno::ENFILE, Errno::ENOMEM, Errno::EINTR] {
            assert!(number(shortage).is_err(), "{shortage}");
        }
        for hidden in [Errno::ENOENT, Errno::EACCES] {
            assert_eq!(number(hidden).unwrap(), None, "{hidden}");
        }
        assert_eq!(boot_of(Ok("\n".to_owned())).unwrap(), None);
        assert_eq!(boot_of(Ok("b-1\n".to_owned())).unwrap().as_deref(), Some("b-1"));
    }
}
