//! One election, as the elector sees it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use elector::store::{Consistency, Expiry, Guarantees, Record, RecordStore, Seen, Stored, Version};
use elector::{Error, Result};
use futures_core::stream::BoxStream;

use crate::error;
use crate::record_file::RecordFile;
use crate::watch;

/// The shortest lease: a few times what a loaded disk takes for one write.
const LEASE_MIN: Duration = Duration::from_millis(100);

/// One election in a file.
#[derive(Clone, Debug)]
pub(crate) struct ElectionFile {
    file: Arc<RecordFile>,
    guarantees: Guarantees,
    poll_interval: Duration,
}

impl ElectionFile {
    /// The election of `file`, which followers read every `poll_interval`.
    pub(crate) fn new(file: RecordFile, poll_interval: Duration, allow_weak: bool) -> Self {
        let mut guarantees = Guarantees::new(error::BACKEND, Expiry::Observed);
        guarantees.lease_min = LEASE_MIN;
        guarantees.push = cfg!(target_os = "linux");
        guarantees.poll = Some(poll_interval);
        guarantees.proof_of_death = cfg!(target_os = "linux") && !allow_weak;
        if allow_weak {
            guarantees.consistency = Consistency::MayLoseWrites;
        }
        Self { file: Arc::new(file), guarantees, poll_interval }
    }
}

#[async_trait]
impl RecordStore for ElectionFile {
    fn election(&self) -> &str {
        self.file.election()
    }

    fn guarantees(&self) -> Guarantees {
        self.guarantees
    }

    async fn load(&self) -> Result<Seen> {
        let file = Arc::clone(&self.file);
        let loaded = self.file.folder.readers.run(move || file.load("load")).await;
        Ok(loaded.unwrap_or_else(|| Err(ended("load")))?.seen)
    }

    async fn store(&self, record: &Record, expected: &Version) -> Result<Stored> {
        let (record, expected) = (record.clone(), expected.clone());
        let leads = record.leader.is_some();
        let file = Arc::clone(&self.file);
        let stored = self.file.folder.writers.run(move || file.store(&record, &expected)).await;
        let stored = stored.unwrap_or_else(|| Err(ended("store")))?;
        if leads && stored != Stored::Conflict && self.file.folder.sweep_is_due() {
            let folder = Arc::clone(&self.file.folder);
            drop(tokio::task::spawn_blocking(move || folder.sweep()));
        }
        Ok(stored)
    }

    fn watch(&self) -> BoxStream<'static, Result<Seen>> {
        watch::watch(Arc::clone(&self.file), self.poll_interval)
    }
}

/// What is said of a call whose thread went away with its runtime.
pub(crate) fn ended(operation: &'static str) -> Error {
    error::unavailable(operation, "the runtime ended while a file was read or written")
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::path::{Path, PathBuf};

    use elector::FencingToken;
    use elector::store::{Beat, Leader, SessionId};

    use super::*;
    use crate::folder::Folder;

    /// What a writer left that crashed two minutes ago.
    fn abandoned(folder: &Path) -> PathBuf {
        let path = folder.join(format!("{}.tmp", SessionId::random()));
        let file = File::create(&path).unwrap();
        let modified = file.metadata().unwrap().modified().unwrap();
        file.set_modified(modified - Duration::from_secs(120)).unwrap();
        path
    }

    fn led(number: u64) -> Record {
        let token = FencingToken::new(number).unwrap();
        let leader = Leader::new("one").with_term(SessionId::random(), token);
        Record::led(leader, token, Beat::new("beat"), Duration::from_secs(15))
    }

    #[test]
    fn who_begins_to_lead_sweeps_the_folder_and_not_each_time() {
        let folder = tempfile::tempdir().unwrap();
        let file = RecordFile::new(Folder::at(folder.path()), "billing", false).unwrap();
        let election = ElectionFile::new(file, Duration::from_secs(5), false);
        // With one thread for all that blocks, a sweep has ended when a later call returns.
        let runtime =
            tokio::runtime::Builder::new_current_thread().max_blocking_threads(1).build().unwrap();
        runtime.block_on(async {
            let old = abandoned(folder.path());
            let nobody = Record::vacant(FencingToken::ZERO, Beat::new("beat"));
            let missing = election.load().await.unwrap().version;
            let Stored::Done(version) = election.store(&nobody, &missing).await.unwrap() else {
                panic!("conflict")
            };
            assert_eq!(election.store(&led(1), &missing).await.unwrap(), Stored::Conflict);
            election.load().await.unwrap();
            assert!(old.exists());
            let Stored::Done(version) = election.store(&led(1), &version).await.unwrap() else {
                panic!("conflict")
            };
            election.load().await.unwrap();
            assert!(!old.exists());
            let next = abandoned(folder.path());
            assert!(matches!(election.store(&led(2), &version).await.unwrap(), Stored::Done(_)));
            election.load().await.unwrap();
            assert!(fs::exists(next).unwrap());
        });
    }
}
