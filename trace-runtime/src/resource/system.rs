//! Gives detectors the files and variables of the system, within bounds.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// The bytes that are read of a file. A container has some dozens of mounts, of about 200 bytes each.
const MAX_FILE: u64 = 256 * 1024;

/// The characters that are kept of a variable.
const MAX_VARIABLE: usize = 1_024;

/// The system that detectors describe.
pub(super) struct System {
    root: PathBuf,
    variables: HashMap<&'static str, String>,
}

impl System {
    /// Copies the variables of these names; files are found below `root`.
    pub(super) fn new(
        root: impl Into<PathBuf>,
        names: impl IntoIterator<Item = &'static str>,
        lookup: &dyn Fn(&str) -> Option<OsString>,
    ) -> Self {
        let variables = names.into_iter().filter_map(|name| {
            let value = lookup(name)?.into_string().ok()?;
            let value: String = value.trim().chars().take(MAX_VARIABLE).collect();
            (!value.is_empty()).then_some((name, value))
        });
        Self { root: root.into(), variables: variables.collect() }
    }

    /// Returns the value of a variable that is set and not empty.
    pub(super) fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str)
    }

    /// Returns the first of these variables that is set.
    pub(super) fn first(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|name| self.variable(name))
    }

    /// Returns the beginning of a file, by its absolute path.
    pub(super) fn file(&self, path: &str) -> Option<String> {
        let file = File::open(self.root.join(Path::new(path).strip_prefix("/").ok()?)).ok()?;
        let mut bytes = Vec::new();
        file.take(MAX_FILE).read_to_end(&mut bytes).ok()?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Returns the only line of a file, unless it is empty.
    pub(super) fn line(&self, path: &str) -> Option<String> {
        let text = self.file(path)?;
        let line = text.lines().next()?.trim();
        (!line.is_empty()).then(|| line.to_owned())
    }
}
