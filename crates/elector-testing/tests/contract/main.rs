//! The suite on the memory stores, which are the reference for it.

mod outliving;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use elector::FencingToken;
use elector::memory::{Memory, MemoryRecords};
use elector::store::{Beat, Leader, Record, Store};
use elector_testing::{Fixture, Skip, Tamper};

const SHORT: Duration = Duration::from_secs(2);

#[derive(Debug)]
struct Server(Memory);

#[async_trait]
impl Fixture for Server {
    async fn open(&self) -> Arc<dyn Store> {
        Arc::new(self.0.clone())
    }

    fn tampers(&self) -> &[Tamper] {
        &[Tamper::Delete, Tamper::Usurp]
    }

    async fn tamper(&self, name: &str, tamper: Tamper) {
        match tamper {
            Tamper::Delete => self.0.delete(name),
            Tamper::Usurp => self.0.forge(name, Leader::new("foreign"), self.short_lease()),
            other => unreachable!("{other:?} is not listed"),
        }
    }
}

#[derive(Debug)]
struct Records {
    store: MemoryRecords,
    short_lease: Duration,
}

impl Records {
    fn new(store: MemoryRecords) -> Self {
        Self { store, short_lease: SHORT }
    }
}

#[async_trait]
impl Fixture for Records {
    async fn open(&self) -> Arc<dyn Store> {
        Arc::new(self.store.clone())
    }

    fn short_lease(&self) -> Duration {
        self.short_lease
    }

    fn tampers(&self) -> &[Tamper] {
        use Tamper::{Corrupt, Delete, Kill, Touch, Usurp, Vacate};
        &[Delete, Vacate, Touch, Usurp, Corrupt, Kill]
    }

    async fn tamper(&self, name: &str, tamper: Tamper) {
        let store = &self.store;
        let record = store.record(name);
        // Whoever does this knows no tokens.
        let token = FencingToken::ZERO;
        let beat = Beat::new("tampered");
        match tamper {
            Tamper::Delete => store.delete(name),
            Tamper::Vacate => store.put(name, Some(Record::vacant(token, beat))),
            Tamper::Touch => store.put(name, record),
            Tamper::Usurp => {
                // It keeps what it does not understand.
                let request = record.and_then(|record| record.request);
                let foreign = Leader::new("foreign");
                let mut usurped = Record::led(foreign, token, beat, self.short_lease());
                usurped.request = request;
                store.put(name, Some(usurped));
            }
            Tamper::Corrupt => store.corrupt(name),
            Tamper::Kill => store.prove_death(name),
            other => unreachable!("{other:?} is not listed"),
        }
    }
}

mod server {
    use super::*;

    elector_testing::contract_tests! {
        time: paused,
        not_applicable: [
            corrupt_record_is_an_error,
            corrupt_record_is_never_overwritten,
            release_of_a_touched_record_frees,
            renewal_of_a_touched_record_is_kept,
            renewal_of_a_vacated_term_is_lost,
        ],
        fixture: async { Ok::<_, Skip>(Server(Memory::new())) },
    }
}

mod server_with_whole_seconds {
    use super::*;

    elector_testing::contract_tests! {
        time: paused,
        not_applicable: [
            corrupt_record_is_an_error,
            corrupt_record_is_never_overwritten,
            release_of_a_touched_record_frees,
            renewal_of_a_touched_record_is_kept,
            renewal_of_a_vacated_term_is_lost,
        ],
        fixture: async { Ok::<_, Skip>(Server(Memory::new().with_lease_step(SHORT / 2))) },
    }
}

mod records {
    use super::*;

    elector_testing::contract_tests! {
        time: paused,
        not_applicable: [],
        fixture: async { Ok::<_, Skip>(Records::new(MemoryRecords::new())) },
    }
}

/// As Kubernetes is: tokens from versions, and none where there is no record.
mod records_with_tokens_of_versions {
    use super::*;

    elector_testing::contract_tests! {
        time: paused,
        not_applicable: [],
        fixture: async {
            let store = MemoryRecords::new().with_tokens_of_versions().with_lease_step(SHORT / 2);
            Ok::<_, Skip>(Records::new(store))
        },
    }
}

/// On several threads and in real time, where other interleavings happen.
mod records_in_real_time {
    use super::*;

    elector_testing::contract_tests! {
        time: real,
        not_applicable: [],
        fixture: async {
            let store = MemoryRecords::new();
            Ok::<_, Skip>(Records { store, short_lease: SHORT / 2 })
        },
    }
}

/// Calls whose callers went away take effect all the same, some time later.
mod server_with_calls_under_way {
    use super::outliving::Server;
    use super::*;

    elector_testing::contract_tests! {
        time: paused,
        not_applicable: [
            corrupt_record_is_an_error,
            corrupt_record_is_never_overwritten,
            elector_notices_a_deletion,
            foreign_leader_is_respected,
            release_never_frees_a_foreign_leader,
            release_of_a_touched_record_frees,
            renewal_of_a_deleted_term_is_lost,
            renewal_of_a_touched_record_is_kept,
            renewal_of_a_usurped_term_is_lost,
            renewal_of_a_vacated_term_is_lost,
            request_left_by_a_foreign_write_is_dropped,
            token_of_a_slow_acquire_rises,
            token_rises_across_a_foreign_term,
            token_rises_across_deletion,
            watch_tells_of_deletion,
        ],
        fixture: async { Ok::<_, Skip>(Server::new()) },
    }
}

/// Writes whose callers went away take effect all the same, some time later, if the record is still as they expect.
mod records_with_writes_under_way {
    use super::outliving::Records;
    use super::*;

    elector_testing::contract_tests! {
        time: paused,
        not_applicable: [
            corrupt_record_is_an_error,
            corrupt_record_is_never_overwritten,
            elector_notices_a_deletion,
            foreign_leader_is_respected,
            proven_death_frees,
            record_deleted_under_watchers_is_not_free,
            record_vacated_under_watchers_is_not_free,
            release_never_frees_a_foreign_leader,
            release_of_a_touched_record_frees,
            renewal_of_a_deleted_term_is_lost,
            renewal_of_a_touched_record_is_kept,
            renewal_of_a_usurped_term_is_lost,
            renewal_of_a_vacated_term_is_lost,
            request_left_by_a_foreign_write_is_dropped,
            token_of_a_slow_acquire_rises,
            token_rises_across_a_foreign_term,
            token_rises_across_deletion,
            watch_tells_of_deletion,
        ],
        fixture: async { Ok::<_, Skip>(Records(MemoryRecords::new())) },
    }
}

/// The same where tokens are versions.
mod records_with_writes_under_way_and_tokens_of_versions {
    use super::outliving::Records;
    use super::*;

    elector_testing::contract_tests! {
        time: paused,
        not_applicable: [
            corrupt_record_is_an_error,
            corrupt_record_is_never_overwritten,
            elector_notices_a_deletion,
            foreign_leader_is_respected,
            proven_death_frees,
            record_deleted_under_watchers_is_not_free,
            record_vacated_under_watchers_is_not_free,
            release_never_frees_a_foreign_leader,
            release_of_a_touched_record_frees,
            renewal_of_a_deleted_term_is_lost,
            renewal_of_a_touched_record_is_kept,
            renewal_of_a_usurped_term_is_lost,
            renewal_of_a_vacated_term_is_lost,
            request_left_by_a_foreign_write_is_dropped,
            token_of_a_slow_acquire_rises,
            token_rises_across_a_foreign_term,
            token_rises_across_deletion,
            watch_tells_of_deletion,
        ],
        fixture: async { Ok::<_, Skip>(Records(MemoryRecords::new().with_tokens_of_versions())) },
    }
}
