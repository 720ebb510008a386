//! The file of one election, read and written by blocking calls.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use elector::clock::unix_millis;
use elector::store::{Record, Seen, SessionId, Stored, Version};
use elector::{FencingToken, Result};

use crate::alive::Holder;
use crate::draft::Draft;
use crate::error;
use crate::file_system::{self, FileSystem};
use crate::folder::Folder;
use crate::format::{self, Content};
use crate::name::FileNames;
use crate::plain_file;
use crate::token_file;
use crate::write_lock::WriteLock;

/// The longest file that is read or written, in bytes: a record has a few hundred and the leader's metadata.
const LONGEST: u64 = 1 << 20;

/// The files of one election.
#[derive(Debug)]
pub(crate) struct RecordFile {
    pub(crate) folder: Arc<Folder>,
    pub(crate) names: FileNames,
    election: String,
    allow_weak: bool,
    record: PathBuf,
    token: PathBuf,
}

/// What was read.
#[derive(Debug)]
pub(crate) struct Loaded {
    /// For the elector.
    pub(crate) seen: Seen,
    /// The lock to watch for the leader's death.
    pub(crate) holder: Option<Holder>,
}

impl RecordFile {
    /// The files of the election called `election`.
    pub(crate) fn new(folder: Arc<Folder>, election: &str, allow_weak: bool) -> Result<Self> {
        let names = FileNames::of(election)?;
        let record = folder.path().join(&names.record);
        let token = folder.path().join(&names.token);
        Ok(Self { folder, names, election: election.to_owned(), allow_weak, record, token })
    }

    /// The election's name.
    pub(crate) fn election(&self) -> &str {
        &self.election
    }

    /// Reads the record, and whether its leader's process is dead.
    pub(crate) fn load(&self, operation: &'static str) -> Result<Loaded> {
        let file_system = self.file_system(operation)?;
        let content = self.read(operation)?.map(|(_, content)| content);
        // After the record: the floor then covers every token that this record knows.
        let high = token_file::read(&self.token, operation)?.unwrap_or_default();
        let Some(content) = content else {
            return Ok(Loaded { seen: Seen::missing(absence(high), floor(high)), holder: None });
        };
        // On a weak file system a lock may be freed by a lost connection.
        let holder = content.holder.filter(|_| file_system == FileSystem::Local);
        let gone = holder.as_ref().is_some_and(|holder| holder.is_gone(self.folder.path()));
        let floor = floor(high.max(content.record.token));
        let seen = Seen::record(content.record, content.version, floor).with_holder_gone(gone);
        Ok(Loaded { seen, holder })
    }

    /// Writes `record` over the version `expected`.
    pub(crate) fn store(&self, record: &Record, expected: &Version) -> Result<Stored> {
        let folder = self.folder.path();
        let cannot_write = |source| error::io("store", "write in", folder, source);
        let file_system = self.file_system("store")?;
        self.folder.create().map_err(|e| error::io("store", "make the folder", folder, e))?;
        let before = self.read("store")?;
        let (old_text, old) = before.map_or((None, None), |(text, old)| (Some(text), Some(old)));
        let version = match &old {
            Some(old) => old.version.clone(),
            None => absence(token_file::read(&self.token, "store")?.unwrap_or_default()),
        };
        if version != *expected {
            return Ok(Stored::Conflict);
        }

        let new_term = starts_term(record, old.as_ref().map(|old| &old.record));
        let holder = if record.leader.is_none() {
            None
        } else if !new_term {
            old.as_ref().and_then(|old| old.holder.clone())
        } else if file_system == FileSystem::Local {
            // Locked before the record names it.
            self.folder.alive().map_err(cannot_write)?.map(|alive| alive.holder().clone())
        } else {
            None
        };
        let version = Version::new(SessionId::random().to_string());
        let content = Content {
            election: self.election.clone(),
            version: version.clone(),
            record: record.clone(),
            holder,
            rest: old.map(|old| old.rest).unwrap_or_default(),
        };
        let text = self.text(&content)?;
        let token = new_term.then(|| token_file::text(record.token));
        let (draft, token) = drafts(folder, &text, token.as_deref()).map_err(cannot_write)?;

        // What is replaced stays open until the lock is given back: to free it takes a file system (ext4) longer than
        // everything else under the lock.
        let _replaced = (plain_file::open(&self.record), plain_file::open(&self.token));
        let lock = WriteLock::take(folder, &self.folder.gate, "store")?;
        let high = token_file::read(&self.token, "store")?.unwrap_or_default();
        let missing_again = old_text.is_none() && absence(high) != *expected;
        if missing_again || read_text(&self.record, "store")? != old_text {
            return Ok(Stored::Conflict);
        }
        if let Some(token) = token {
            // Rivals that read the same record draw the same token; only one of them may have it. First the token,
            // then the record, and one sync of the folder for both: the term begins when this call returns.
            if high >= record.token {
                return Ok(Stored::Conflict);
            }
            token.put(&self.token).map_err(cannot_write)?;
        }
        draft.put(&self.record).map_err(cannot_write)?;
        if new_term {
            lock.finish().map_err(cannot_write)?;
        }
        // Any other write may be undone by a power loss: the record before it is as whole, and as dead.
        Ok(Stored::Done(version))
    }

    fn read(&self, operation: &'static str) -> Result<Option<(String, Content)>> {
        let Some(text) = read_text(&self.record, operation)? else { return Ok(None) };
        let content =
            format::parse(&text).map_err(|why| error::corrupt(operation, &self.record, &why))?;
        if content.election != self.election {
            let why = format!("is the record of the election {:?}", content.election);
            return Err(error::corrupt(operation, &self.record, &why));
        }
        Ok(Some((text, content)))
    }

    fn text(&self, content: &Content) -> Result<String> {
        let text = format::text(content).map_err(|why| error::invalid("store", why))?;
        if text.len() as u64 > LONGEST {
            let message = format!("a record has at most {LONGEST} bytes: shorten the metadata");
            return Err(error::invalid("store", message));
        }
        Ok(text)
    }

    fn file_system(&self, operation: &'static str) -> Result<FileSystem> {
        file_system::check(self.folder.path(), self.allow_weak, operation)
    }
}

/// The text of the file `path`, or `None` where there is none.
pub(crate) fn read_text(path: &Path, operation: &'static str) -> Result<Option<String>> {
    let mut text = String::new();
    let read =
        plain_file::open(path).and_then(|file| file.take(LONGEST + 1).read_to_string(&mut text));
    match read {
        Ok(_) if text.len() as u64 > LONGEST => Err(error::corrupt(operation, path, "is too long")),
        Ok(_) => Ok(Some(text)),
        Err(source) if source.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) if source.kind() == io::ErrorKind::InvalidInput => {
            Err(error::corrupt(operation, path, "is no plain file"))
        }
        Err(source) if source.kind() == io::ErrorKind::InvalidData => {
            Err(error::corrupt(operation, path, "is not text").with_source(source))
        }
        Err(source) => Err(error::io(operation, "read", path, source)),
    }
}

/// Writes a record, and the token of a new term, side by side: the disk then makes one wait of two.
fn drafts(folder: &Path, record: &str, token: Option<&str>) -> io::Result<(Draft, Option<Draft>)> {
    let Some(token) = token else { return Ok((Draft::write(folder, record)?, None)) };
    thread::scope(|scope| {
        let token = thread::Builder::new().spawn_scoped(scope, || Draft::write(folder, token))?;
        let record = Draft::write(folder, record);
        let token = token.join().unwrap_or_else(|_| Err(io::Error::other("a writer panicked")));
        Ok((record?, Some(token?)))
    })
}

/// The version of a missing record: another after every term, so that a late creation finds a conflict.
fn absence(high: FencingToken) -> Version {
    Version::new(format!("missing after {high}"))
}

/// Whether `record` names another term than `old`: its writer is then the leader.
fn starts_term(record: &Record, old: Option<&Record>) -> bool {
    let Some(leader) = &record.leader else { return false };
    let led = old.and_then(|old| old.leader.as_ref().map(|leader| (leader.session, old.token)));
    led != Some((leader.session, record.token))
}

/// A new term's token is above every token known here; where none is, it starts from the wall clock, so that tokens
/// rise after the folder was wiped.
fn floor(known: FencingToken) -> FencingToken {
    if known > FencingToken::ZERO {
        return known;
    }
    FencingToken::new(unix_millis()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
