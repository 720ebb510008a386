//! Equal values stored once, so that a state is a few pointers and its hash a few numbers.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

const SHARDS: usize = 64;

/// The hash of `value`, the same in every run.
pub(super) fn hash_of(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// A store of values by their hash.
#[derive(Debug)]
pub(super) struct Interner<T> {
    shards: Vec<Mutex<HashMap<u64, Vec<Arc<T>>>>>,
}

impl<T> Default for Interner<T> {
    fn default() -> Self {
        Self { shards: (0..SHARDS).map(|_| Mutex::default()).collect() }
    }
}

impl<T> Interner<T> {
    /// The stored value with this hash that `same` accepts, or what `make` makes.
    pub(super) fn get(
        &self,
        hash: u64,
        same: impl Fn(&T) -> bool,
        make: impl FnOnce() -> T,
    ) -> Arc<T> {
        let shard = &self.shards[hash as usize % SHARDS];
        let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
        let values = shard.entry(hash).or_default();
        if let Some(value) = values.iter().find(|value| same(value)) {
            return Arc::clone(value);
        }
        let value = Arc::new(make());
        values.push(Arc::clone(&value));
        value
    }

    /// How many different values there are.
    pub(super) fn len(&self) -> usize {
        let len = |shard: &Mutex<HashMap<u64, Vec<Arc<T>>>>| {
            let shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
            shard.values().map(Vec::len).sum::<usize>()
        };
        self.shards.iter().map(len).sum()
    }
}
