//! The store that the guide shows keeps the contract too.
#![allow(clippy::unwrap_used, reason = "a test")]

#[allow(dead_code, reason = "it is a program too")]
#[path = "../../../crates/elector/examples/custom_store.rs"]
mod custom_store;

use std::sync::Arc;

use async_trait::async_trait;
use elector::store::Store;
use elector_testing::{Fixture, Skip, contract_tests};

use custom_store::Shelves;

#[derive(Debug)]
struct InMemory(Arc<Shelves>);

#[async_trait]
impl Fixture for InMemory {
    async fn open(&self) -> Arc<dyn Store> {
        Arc::clone(&self.0) as Arc<dyn Store>
    }
}

contract_tests! {
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
    fixture: async { Ok::<_, Skip>(InMemory(Arc::default())) },
}
