//! One election on one Lease.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use elector::clock::unix_micros;
use elector::store::{Expiry, Guarantees, Record, RecordStore, Seen, Stored, Version};
use elector::{Error, ErrorKind, Result};
use futures_core::stream::BoxStream;
use jiff::Timestamp;
use k8s_openapi::api::coordination::v1::Lease;
use kube::api::PostParams;

use crate::client::FIELD_MANAGER;
use crate::error::{self, BACKEND};
use crate::kubernetes::Shared;
use crate::lease::{self, LONGEST_SECONDS, Write};
use crate::long_lease::LongLease;
use crate::taken::Taken;
use crate::watch;

/// One election on one Lease.
#[derive(Clone, Debug)]
pub(crate) struct LeaseElection(Arc<Parts>);

#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) shared: Arc<Shared>,
    election: String,
    /// The Lease's name.
    pub(crate) lease: String,
    /// "namespace/name", for people.
    pub(crate) path: String,
    /// The Lease as it was last read or written: what is not ours in it is written back. The version protects it.
    last: Mutex<Option<Lease>>,
    taken: Taken,
    long: LongLease,
}

impl LeaseElection {
    pub(crate) fn new(shared: Arc<Shared>, election: &str, lease: String) -> Self {
        let path = format!("{}/{lease}", shared.access.namespace());
        let election = election.to_owned();
        let (last, taken, long) = (Mutex::default(), Taken::default(), LongLease::default());
        Self(Arc::new(Parts { shared, election, lease, path, last, taken, long }))
    }
}

impl Parts {
    /// Reads the Lease.
    async fn get(&self, operation: &'static str) -> Result<Option<Lease>> {
        let name = self.lease.clone();
        let get = |leases: kube::Api<Lease>| async move { leases.get_opt(&name).await };
        let answer = self.shared.access.leases(operation, get).await?;
        let lease = answer.map_err(|status| error::answered(operation, &self.path, &status))?;
        self.taken.read(&self.path, lease.as_ref());
        self.keep(lease.clone());
        Ok(lease)
    }

    /// How the election stands by this Lease, or by there being none.
    pub(crate) fn show(&self, lease: Option<&Lease>) -> Result<Seen> {
        let Some(lease) = lease else { return Ok(Seen::unknown()) };
        let seen = lease::seen(lease, &self.path)?;
        self.long.read(&self.path, &seen);
        Ok(seen)
    }

    fn keep(&self, lease: Option<Lease>) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = lease;
    }

    /// The Lease at this version, without a request if it is the one that was read or written last.
    async fn at(&self, expected: &Version) -> Result<Option<Lease>> {
        let is_it =
            |lease: &Lease| lease::version(lease, &self.path).ok().as_ref() == Some(expected);
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(last) = last.filter(is_it) {
            return Ok(Some(last));
        }
        Ok(self.get("load").await?.filter(is_it))
    }

    /// Sends a Lease: a new one, or one in the place of another.
    async fn send(&self, before: &Lease, lease: Lease, create: bool) -> Result<Stored> {
        let params = PostParams { field_manager: Some(FIELD_MANAGER.to_owned()), dry_run: false };
        let (name, sent) = (self.lease.clone(), lease.clone());
        let send = |leases: kube::Api<Lease>| async move {
            if create {
                leases.create(&params, &lease).await
            } else {
                leases.replace(&name, &params, &lease).await
            }
        };
        match self.shared.access.leases("store", send).await? {
            Ok(stored) => {
                if let Some(what) = lease::altered(&sent, &stored) {
                    self.keep(None);
                    return Err(error::altered(&self.path, what));
                }
                let version = lease::version(&stored, &self.path)?;
                self.taken.wrote(before, &stored);
                self.keep(Some(stored));
                Ok(Stored::Done(version))
            }
            // The Lease is another write, or another object: the body names the uid too.
            Err(status) if status.code == 409 => Ok(Stored::Conflict),
            Err(status) if status.code == 404 && !create => Ok(Stored::Conflict),
            Err(status) => Err(error::answered("store", &self.path, &status)),
        }
    }

    /// A Lease whose leader the API server names itself (coordinated leader election) is not for us to take.
    fn check_uncoordinated(&self, lease: &Lease, record: &Record) -> Result<()> {
        let spec = lease.spec.as_ref();
        let strategy = spec.and_then(|spec| spec.strategy.as_deref()).unwrap_or_default();
        let holder = spec.and_then(|spec| spec.holder_identity.as_deref());
        let begins = record.leader.is_some()
            && lease::seen(lease, &self.path)?.record.is_none_or(|before| {
                before.leader.as_ref().map(|l| (l.session, l.token))
                    != record.leader.as_ref().map(|l| (l.session, l.token))
            });
        if strategy.is_empty() || !begins {
            return Ok(());
        }
        let message = format!(
            "Lease {} has the strategy {strategy:?}: the API server names its leader (now {holder:?}). Take \
             spec.strategy away, or choose another election",
            self.path
        );
        Err(Error::new(ErrorKind::Denied, BACKEND, "acquire", message))
    }
}

#[async_trait]
impl RecordStore for LeaseElection {
    fn election(&self) -> &str {
        &self.0.election
    }

    fn guarantees(&self) -> Guarantees {
        let mut guarantees = Guarantees::new(BACKEND, Expiry::Observed);
        guarantees.lease_step = Duration::from_secs(1);
        guarantees.lease_min = Duration::from_secs(1);
        guarantees.lease_max = Some(Duration::from_secs(u64::from(LONGEST_SECONDS)));
        guarantees.push = true;
        guarantees
    }

    async fn load(&self) -> Result<Seen> {
        let lease = self.0.get("load").await?;
        self.0.show(lease.as_ref())
    }

    async fn store(&self, record: &Record, expected: &Version) -> Result<Stored> {
        let parts = &self.0;
        let create = expected.as_str().is_none();
        let before = if create {
            lease::empty(parts.shared.access.namespace(), &parts.lease)
        } else {
            let Some(before) = parts.at(expected).await? else { return Ok(Stored::Conflict) };
            parts.check_uncoordinated(&before, record)?;
            before
        };
        let write = Write { record, labels: &parts.shared.labels, now: now() };
        parts.send(&before, write.over(&before), create).await
    }

    fn watch(&self) -> BoxStream<'static, Result<Seen>> {
        watch::watch(Arc::clone(&self.0))
    }
}

/// The time that people read in a Lease. No decision follows from it.
pub(crate) fn now() -> Timestamp {
    let micros = i64::try_from(unix_micros()).unwrap_or(i64::MAX);
    Timestamp::from_microsecond(micros).unwrap_or(Timestamp::UNIX_EPOCH)
}
