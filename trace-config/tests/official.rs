//! Reads the official examples and snippets.

use std::path::Path;
use trace_config::Reader;

fn files(folder: &str) -> Vec<std::path::PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(folder);
    let mut files: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn all_examples_and_snippets_are_read() {
    let reader = Reader::new().with_variables(|_| None);
    for file in files("examples").into_iter().chain(files("snippets")) {
        let loaded = reader.read_file(&file).unwrap_or_else(|error| panic!("{error}"));
        let warnings: Vec<_> = loaded.warnings.iter().map(ToString::to_string).collect();
        assert!(warnings.is_empty(), "{}", warnings.join("\n"));
    }
}
