//! The configurations that the documents show are right.

use std::fs;
use std::path::Path;

use elector_config::{Loader, Registry};
use elector_kubernetes::Kubernetes;
use elector_local::Local;

/// The TOML blocks of a document that configure an election.
fn configurations(text: &str) -> Vec<&str> {
    let blocks = text.split("```toml\n").skip(1).filter_map(|rest| rest.split_once("```"));
    blocks.map(|(block, _)| block).filter(|block| block.contains("[election]")).collect()
}

#[test]
fn every_configuration_in_the_documents_makes_an_elector() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let documents = fs::read_dir(root.join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let mut seen = 0;
    for document in documents.chain([root.join("README.md")]) {
        for block in configurations(&fs::read_to_string(&document).unwrap()) {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("elector.toml");
            fs::write(&file, block).unwrap();
            let registry = Registry::new()
                .with("local", Local::from_config)
                .with("kubernetes", Kubernetes::from_config);
            let made =
                Loader::new().file(&file).load().and_then(|settings| settings.elector(&registry));
            assert!(made.is_ok(), "{}: {}", document.display(), made.unwrap_err());
            seen += 1;
        }
    }
    assert!(seen > 0, "the README shows a configuration");
}
