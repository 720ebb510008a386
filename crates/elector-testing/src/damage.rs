//! Texts that somebody has damaged.

use std::path::Path;

use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};

/// Every file in `corpus`, and then `count` texts that were made of them by damaging them: bytes changed, removed,
/// doubled, cut off, and parts of one put into another.
///
/// For tests of whatever reads a format: the same corpus and count give the same texts. A fuzzer finds more; this
/// keeps what it found from coming back, and needs no tool.
///
/// # Panics
///
/// When `corpus` is not a folder with files that can be read.
pub fn damage(corpus: &Path, count: usize) -> impl Iterator<Item = Vec<u8>> {
    let mut paths: Vec<_> = std::fs::read_dir(corpus)
        .and_then(|entries| entries.map(|entry| entry.map(|entry| entry.path())).collect())
        .unwrap_or_else(|error| panic!("cannot read the corpus {}: {error}", corpus.display()));
    paths.sort();
    let whole: Vec<Vec<u8>> = paths
        .iter()
        .map(|path| {
            std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        })
        .collect();
    assert!(!whole.is_empty(), "no files in the corpus {}", corpus.display());
    let mut chance = StdRng::seed_from_u64(count as u64);
    let originals = whole.clone();
    let damaged = (0..count).map(move |_| {
        let pick = |chance: &mut StdRng| originals.choose(chance).cloned().unwrap_or_default();
        let mut text = pick(&mut chance);
        for _ in 0..chance.random_range(1..=4) {
            let other = pick(&mut chance);
            damage_once(&mut text, &other, &mut chance);
        }
        text
    });
    whole.into_iter().chain(damaged)
}

fn damage_once(text: &mut Vec<u8>, other: &[u8], chance: &mut StdRng) {
    let at = chance.random_range(0..=text.len());
    let end = (at + chance.random_range(0..40)).min(text.len());
    match chance.random_range(0..6) {
        0 => text.truncate(at),
        1 => drop(text.drain(at..end)),
        2 => text.splice(at..at, text[at..end].to_vec()).for_each(drop),
        3 => text.insert(at, chance.random()),
        4 => {
            if let Some(byte) = text.get_mut(at) {
                *byte ^= 1 << chance.random_range(0..8);
            }
        }
        _ => {
            let from = chance.random_range(0..=other.len());
            let to = (from + chance.random_range(0..80)).min(other.len());
            text.splice(at..end, other[from..to].to_vec()).for_each(drop);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn the_corpus_comes_first_and_the_same_damage_again() {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/token");
        let files = std::fs::read_dir(&corpus).unwrap().count();
        let texts: Vec<_> = damage(&corpus, 200).collect();
        assert_eq!(texts.len(), files + 200);
        assert!(texts[files..].iter().any(|text| !texts[..files].contains(text)));
        assert_eq!(texts, damage(&corpus, 200).collect::<Vec<_>>());
    }
}
