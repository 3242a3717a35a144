//! Runs one detector on files and variables of a test.

use super::Detector;
use super::system::System;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

/// A folder with these files, which is removed in the end.
pub(super) struct Root(pub(super) PathBuf);

impl Root {
    pub(super) fn with(files: &[(&str, &str)]) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("trace-detectors-{}-{number}", std::process::id());
        let root = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&root).unwrap();
        for (path, text) in files {
            let path = root.join(path.trim_start_matches('/'));
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        Self(root)
    }
}

impl Drop for Root {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Returns the attributes that a detector finds, as text.
pub(super) fn detected(
    detector: Detector,
    files: &[(&str, &str)],
    variables: &[(&str, &str)],
) -> BTreeMap<String, String> {
    let root = Root::with(files);
    let lookup = |name: &str| {
        let found = variables.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| OsString::from(value))
    };
    let system = System::new(&root.0, detector.variables().iter().copied(), &lookup);
    let found = detector.detect(&system).into_iter();
    found.map(|attribute| (attribute.key.to_string(), attribute.value.to_string())).collect()
}

/// Returns attributes as [`detected`] does.
pub(super) fn attributes(expected: &[(&str, &str)]) -> BTreeMap<String, String> {
    expected.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}
