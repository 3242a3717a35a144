//! Sources of crates: fetched by cargo, and copied with or without attributes.

use super::annotate::annotated;
use crate::{Outcome, cargo, root, target};
use serde_json::Value;
use std::collections::HashMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// Dependencies of tests that take long to build, and that few tests need.
const HEAVY: &[&str] = &["criterion", "trybuild", "version-sync", "rayon", "bumpalo", "bencher"];

pub(super) struct Sources {
    folder: PathBuf,
    /// Where cargo keeps each crate.
    found: HashMap<String, PathBuf>,
}

impl Sources {
    /// Asks cargo for the crates, in these versions.
    pub(super) fn fetch(crates: &[(&str, &str)]) -> Outcome<Self> {
        let folder = target("crates");
        let wanted = folder.join("wanted");
        fs::create_dir_all(wanted.join("src"))?;
        let mut manifest =
            "[package]\nname = \"wanted\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
                            [workspace]\n\n[dependencies]\n"
                .to_owned();
        for (name, version) in crates {
            writeln!(
                manifest,
                "{name} = {{ version = \"={version}\", default-features = false }}"
            )?;
        }
        fs::write(wanted.join("Cargo.toml"), manifest)?;
        fs::write(wanted.join("src/lib.rs"), "")?;
        let output =
            cargo().current_dir(&wanted).args(["metadata", "--format-version", "1"]).output()?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into());
        }
        let metadata: Value = serde_json::from_slice(&output.stdout)?;
        let mut found = HashMap::new();
        for package in metadata["packages"].as_array().into_iter().flatten() {
            let text = |key: &str| package[key].as_str().unwrap_or_default();
            if crates.contains(&(text("name"), text("version")))
                && let Some(place) = Path::new(text("manifest_path")).parent()
            {
                found.insert(text("name").to_owned(), place.to_owned());
            }
        }
        Ok(Self { folder, found })
    }

    /// Where everything is built, so that dependencies are built once.
    pub(super) fn build(&self) -> PathBuf {
        self.folder.join("target")
    }

    /// Copies a crate, with those attributes before its functions; returns how many functions have them.
    pub(super) fn copy(&self, name: &str, attributes: &str) -> Outcome<(PathBuf, usize)> {
        let from = self.found.get(name).ok_or_else(|| format!("cargo has not found `{name}`"))?;
        let to = self.folder.join(name);
        let _ = fs::remove_dir_all(&to);
        let functions = copy(from, &to, attributes)?;
        let published = fs::read_to_string(from.join("Cargo.toml"))?;
        fs::write(to.join("Cargo.toml"), manifest(&published)?)?;
        let library = to.join("src/lib.rs");
        if !published.contains("\nedition = \"20") || published.contains("\nedition = \"2015\"") {
            let mut source = fs::read_to_string(&library)?;
            // Paths began in the crate itself then.
            source.push_str("\nextern crate trace_runtime;\n");
            fs::write(&library, source)?;
        }
        fs::copy(root().join("Cargo.lock"), to.join("Cargo.lock"))?;
        Ok((to, functions))
    }
}

/// Copies a folder; attributes are put into the sources of the library, which are in its `src`.
fn copy(from: &Path, to: &Path, attributes: &str) -> Outcome<usize> {
    fs::create_dir_all(to)?;
    let mut functions = 0;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (path, copied) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() && entry.file_name() == "src" {
            functions += copy_sources(&path, &copied, attributes)?;
        } else if path.is_dir() {
            copy(&path, &copied, "")?;
        } else {
            fs::copy(&path, copied)?;
        }
    }
    Ok(functions)
}

fn copy_sources(from: &Path, to: &Path, attributes: &str) -> Outcome<usize> {
    fs::create_dir_all(to)?;
    let mut functions = 0;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (path, copied) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            functions += copy_sources(&path, &copied, attributes)?;
        } else if path.extension().is_some_and(|kind| kind == "rs") && !attributes.is_empty() {
            let (source, count) = annotated(&fs::read_to_string(&path)?, attributes);
            fs::write(copied, source)?;
            functions += count;
        } else {
            fs::copy(&path, copied)?;
        }
    }
    Ok(functions)
}

/// The manifest with the runtime among its dependencies, and without what takes long to build.
fn manifest(published: &str) -> Outcome<String> {
    let mut manifest = String::new();
    let mut keeps = true;
    for line in published.lines() {
        if line.starts_with('[') {
            let heavy = |name: &&str| {
                line == format!("[dev-dependencies.{name}]")
                    || line.starts_with("[target.")
                        && line.ends_with(&format!("dev-dependencies.{name}]"))
            };
            keeps = line != "[[bench]]" && !HEAVY.iter().any(heavy);
        }
        if keeps {
            manifest.push_str(line);
            manifest.push('\n');
        }
    }
    let root = fs::canonicalize(root())?;
    writeln!(
        manifest,
        "\n[workspace]\n\n[dependencies.trace-runtime]\npath = \"{}/trace-runtime\"\n\
         default-features = false\nfeatures = [\"enabled\"]",
        root.display()
    )?;
    Ok(manifest)
}
