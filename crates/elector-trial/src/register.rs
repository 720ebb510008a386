//! A counter in a file, fenced by tokens: the resource that leaders guard in a trial.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

/// Three numbers of eight bytes.
const ENTRY_BYTES: u64 = 24;

/// A counter in a file that refuses whoever comes with a smaller token than it has seen.
///
/// It does what a database would do: one access at a time, under a lock of its own, and an access that is not
/// finished when its process is killed has not happened. Whether an election was sound shows in what it accepted.
///
/// The file is the [`history`](Self::history) of the register; its last entry is its value.
#[derive(Debug)]
pub struct Register {
    file: File,
}

/// One entry of a [`Register`]: its value from then on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Entry {
    /// The greatest token seen.
    pub token: u64,
    /// The count. That of the entry before if this one only brought a greater token.
    pub count: u64,
    /// The operating system's id of the process that made the access.
    pub writer: u32,
}

/// What a [`Register`] answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The access was carried out; the register's value now.
    Accepted(Entry),
    /// A greater token was seen: this one's term is over.
    Refused(Entry),
    /// Another access goes on. Nothing was done; try again.
    Busy,
}

impl Register {
    /// Opens the register in the file at `path`, and makes it if it is not there. Its count begins at 0.
    ///
    /// # Errors
    ///
    /// When the file cannot be opened for reading and writing.
    pub fn open(path: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        let file = options.read(true).write(true).create(true).truncate(false).open(path)?;
        Ok(Self { file })
    }

    /// Reads the value for the term with `token`, and refuses smaller tokens from then on.
    ///
    /// A read has to bring its token too: a write of the term before, accepted between this read and the write that
    /// follows from it, would be lost.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or written.
    pub fn read(&self, token: u64) -> io::Result<Answer> {
        self.access(token, |value| (token > value.token).then_some(value.count))
    }

    /// Sets the count for the term with `token`.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or written. Whether the write was carried out is unknown then.
    pub fn write(&self, token: u64, count: u64) -> io::Result<Answer> {
        self.access(token, |_| Some(count))
    }

    /// All entries, oldest first.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub fn history(&self) -> io::Result<Vec<Entry>> {
        (0..self.entries()?).map(|index| self.entry(index)).collect()
    }

    /// Makes an entry with the count that `count` gives, if it gives any.
    fn access(&self, token: u64, count: impl Fn(Entry) -> Option<u64>) -> io::Result<Answer> {
        match self.file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(Answer::Busy),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        let answer = self.locked_access(token, count);
        self.file.unlock()?;
        answer
    }

    fn locked_access(
        &self,
        token: u64,
        count: impl Fn(Entry) -> Option<u64>,
    ) -> io::Result<Answer> {
        let entries = self.entries()?;
        let value = if entries == 0 { Entry::default() } else { self.entry(entries - 1)? };
        if token < value.token {
            return Ok(Answer::Refused(value));
        }
        let Some(count) = count(value) else { return Ok(Answer::Accepted(value)) };
        let entry = Entry { token, count, writer: std::process::id() };
        // Behind the last whole entry: a part of one, left by a killed process, is written over.
        self.file.write_all_at(&entry.to_bytes(), entries * ENTRY_BYTES)?;
        Ok(Answer::Accepted(entry))
    }

    /// How many whole entries there are.
    fn entries(&self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len() / ENTRY_BYTES)
    }

    fn entry(&self, index: u64) -> io::Result<Entry> {
        let mut bytes = [[0; 8]; 3];
        self.file.read_exact_at(bytes.as_flattened_mut(), index * ENTRY_BYTES)?;
        let [token, count, writer] = bytes.map(u64::from_le_bytes);
        Ok(Entry { token, count, writer: u32::try_from(writer).unwrap_or(u32::MAX) })
    }
}

impl Entry {
    fn to_bytes(self) -> Vec<u8> {
        [self.token, self.count, u64::from(self.writer)].map(u64::to_le_bytes).concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn register() -> (tempfile::TempDir, Register) {
        let folder = tempfile::tempdir().unwrap();
        let register = Register::open(&folder.path().join("register")).unwrap();
        (folder, register)
    }

    fn count(answer: Answer) -> u64 {
        match answer {
            Answer::Accepted(entry) => entry.count,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn counts_for_whoever_has_the_greatest_token() {
        let (folder, register) = register();
        assert_eq!(count(register.read(5).unwrap()), 0);
        assert_eq!(count(register.write(5, 1).unwrap()), 1);
        assert_eq!(count(register.read(5).unwrap()), 1);
        let other = Register::open(&folder.path().join("register")).unwrap();
        assert_eq!(count(other.write(6, 2).unwrap()), 2);
        let entry = Entry { token: 6, count: 2, writer: std::process::id() };
        assert_eq!(register.write(5, 3).unwrap(), Answer::Refused(entry));
        assert_eq!(register.read(5).unwrap(), Answer::Refused(entry));
        let history: Vec<_> =
            register.history().unwrap().iter().map(|entry| (entry.token, entry.count)).collect();
        assert_eq!(history, [(5, 0), (5, 1), (6, 2)]);
    }

    #[test]
    fn a_read_refuses_the_writes_of_the_terms_before() {
        let (_folder, register) = register();
        register.write(5, 1).unwrap();
        assert_eq!(count(register.read(6).unwrap()), 1);
        assert!(matches!(register.write(5, 2).unwrap(), Answer::Refused(_)));
    }

    #[test]
    fn one_access_at_a_time() {
        let (folder, register) = register();
        let other = Register::open(&folder.path().join("register")).unwrap();
        other.file.lock().unwrap();
        assert_eq!(register.write(5, 1).unwrap(), Answer::Busy);
        other.file.unlock().unwrap();
        assert_eq!(count(register.write(5, 1).unwrap()), 1);
    }

    #[test]
    fn an_entry_that_was_cut_off_was_never_made() {
        let (_folder, register) = register();
        register.write(5, 1).unwrap();
        register.file.write_all_at(&[7; 10], ENTRY_BYTES).unwrap();
        assert_eq!(count(register.read(5).unwrap()), 1);
        assert_eq!(count(register.write(5, 2).unwrap()), 2);
        assert_eq!(register.history().unwrap().len(), 2);
    }
}
