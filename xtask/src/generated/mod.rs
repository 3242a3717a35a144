//! Generates crates, and builds them: many small functions that return a `Result`, with one or another
//! attribute. `source` writes the functions, `variants` lists the attributes.

mod source;
mod variants;

pub(crate) use source::Functions;
pub(crate) use variants::*;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Outcome, cargo, root, succeed};

/// How a crate is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Build {
    Release,
    Debug,
    /// `cargo check`.
    Check,
}

impl Build {
    fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::Release => &["build", "--release"],
            Self::Debug => &["build"],
            Self::Check => &["check"],
        }
    }
}

/// A crate outside of the workspace, so that no features are unified with it.
pub(crate) struct Generated {
    folder: PathBuf,
    functions: Functions,
}

impl Generated {
    /// Writes a crate with that many synchronous and as many asynchronous functions.
    pub(crate) fn functions(
        folder: &Path,
        instrumentation: Instrumentation,
        functions: Functions,
        count: usize,
    ) -> Outcome<Self> {
        let source = functions.source(instrumentation.attribute, count);
        Self::write(folder, functions, instrumentation.dependencies, &source)
    }

    /// Writes a crate with that program.
    pub(crate) fn program(folder: &Path, dependencies: &str, main: &str) -> Outcome<Self> {
        Self::write(folder, Functions::Calling, dependencies, main)
    }

    fn write(
        folder: &Path,
        functions: Functions,
        dependencies: &str,
        source: &str,
    ) -> Outcome<Self> {
        let root = fs::canonicalize(root())?;
        let dependencies = dependencies.replace("{root}", &root.display().to_string());
        fs::create_dir_all(folder.join("src"))?;
        let manifest = format!(
            "[package]\nname = \"generated\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
             {}[dependencies]\n{dependencies}\n\n[workspace]\n",
            functions.manifest()
        );
        fs::write(folder.join("Cargo.toml"), manifest)?;
        // The versions that the workspace was tested with; cargo drops what is not needed.
        fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock"))?;
        fs::write(folder.join(functions.file()), source)?;
        Ok(Self { folder: folder.to_owned(), functions })
    }

    /// Cargo in the crate's folder, with a separate target folder.
    pub(crate) fn cargo(&self) -> Command {
        let mut cargo = cargo();
        cargo
            .current_dir(&self.folder)
            .env("CARGO_TARGET_DIR", self.folder.join("target"))
            .env("CARGO_INCREMENTAL", "0")
            .env_remove("RUSTFLAGS");
        cargo
    }

    /// Builds everything that is missing.
    pub(crate) fn build(&self, build: Build) -> Outcome {
        succeed(self.cargo().args(build.arguments()).arg("--quiet"))
    }

    /// Makes the next build build the crate again, and no other.
    pub(crate) fn touch(&self) -> Outcome {
        let source = fs::File::options().append(true).open(self.source())?;
        Ok(source.set_modified(std::time::SystemTime::now())?)
    }

    fn source(&self) -> PathBuf {
        self.folder.join(self.functions.file())
    }

    /// The program or library that the release build has linked.
    pub(crate) fn binary(&self) -> PathBuf {
        self.folder.join("target/release").join(self.functions.linked())
    }
}
