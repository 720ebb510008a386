//! The memory store of records, and how tests make it misbehave.

use elector::memory::MemoryRecords;
use elector::store::{Acquire, Bid, Candidate, Expiry, MayTake, RecordStore as _};
use elector::{Elector, ErrorKind, FencingToken, Store as _};

use crate::cluster::secs;

async fn win(store: &MemoryRecords, name: &str, seconds: u64) -> (FencingToken, u64) {
    let bid = Bid::new(Candidate::new("me"), 1, secs(seconds)).with_may_take(MayTake::vacant());
    match store.election(name).unwrap().acquire(&bid).await.unwrap() {
        Acquire::Won(lease) => (lease.token, lease.duration.as_secs()),
        Acquire::Held(found) => panic!("{found:?}"),
    }
}

#[tokio::test]
async fn leases_are_whole_steps() {
    let store = MemoryRecords::new().with_lease_step(secs(5));
    let guarantees = store.election("test").unwrap().guarantees();
    assert_eq!((guarantees.lease_min, guarantees.expiry), (secs(5), Expiry::Observed));
    assert_eq!(win(&store, "one", 11).await.1, 15);
    assert_eq!(win(&store, "two", 15).await.1, 15);
}

#[tokio::test]
async fn no_elector_asks_for_a_longer_lease_than_the_store_takes() {
    let store = MemoryRecords::new().with_lease_max(secs(60));
    let elector = |seconds| {
        let backend = store.election("test").unwrap();
        Elector::builder(backend, "me").lease_duration(secs(seconds)).build()
    };
    assert!(elector(60).is_ok());
    let error = elector(61).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    let told = "lease_duration is 61s, but the memory-records store takes none above 60s";
    assert!(error.to_string().contains(told), "{error}");
}

#[tokio::test]
async fn tokens_of_versions_rise_with_every_write_of_the_store() {
    let counted = MemoryRecords::new();
    let (first, second) = (win(&counted, "one", 15).await.0, win(&counted, "two", 15).await.0);
    assert_eq!(first, second, "a count for each election");
    let versioned = MemoryRecords::new().with_tokens_of_versions();
    assert_eq!(versioned.record_store("one").load().await.unwrap().token_floor, None);
    let (first, second) = (win(&versioned, "one", 15).await.0, win(&versioned, "two", 15).await.0);
    assert!(first < second, "{first} {second}");
}

#[tokio::test]
async fn a_corrupt_record_cannot_be_read_until_it_is_replaced() {
    let store = MemoryRecords::new();
    win(&store, "test", 15).await;
    assert!(!store.is_corrupt("test"));
    store.corrupt("test");
    assert!(store.is_corrupt("test") && !store.is_corrupt("other"));
    let error = store.record_store("test").load().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    store.delete("test");
    assert!(!store.is_corrupt("test") && store.record_store("test").load().await.is_ok());
}
