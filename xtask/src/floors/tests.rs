//! Finds files of tests that no binary contains: where `tests/main.rs` lists the tests of a package, Cargo does not
//! look for others.

use crate::{Outcome, root};
use std::fs;
use std::path::Path;

/// Returns what is wrong in the packages at the root of the workspace.
pub(super) fn unlisted() -> Outcome<Vec<String>> {
    let mut faults = Vec::new();
    for entry in fs::read_dir(root())? {
        let tests = entry?.path().join("tests");
        if tests.join("main.rs").exists() {
            faults.extend(unlisted_in(&tests)?);
        }
    }
    Ok(faults)
}

fn unlisted_in(tests: &Path) -> Outcome<Vec<String>> {
    let list = fs::read_to_string(tests.join("main.rs"))?;
    let manifest = fs::read_to_string(tests.with_file_name("Cargo.toml"))?;
    let mut faults = Vec::new();
    for entry in fs::read_dir(tests)? {
        let path = entry?.path();
        let has_code =
            path.extension().is_some_and(|it| it == "rs") || path.join("mod.rs").exists();
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let is_listed = name == "main"
            || list.lines().any(|line| line == format!("mod {name};"))
            || manifest.lines().any(|line| line == format!("name = \"{name}\""));
        if has_code && !is_listed {
            faults.push(format!(
                "{}: no test binary contains it; `main.rs` lists what is in `tests`.",
                path.display()
            ));
        }
    }
    faults.sort();
    Ok(faults)
}
