//! Generated crates: many small functions that return a `Result`, with one or another attribute.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::{Outcome, cargo, root, succeed};

/// How the functions are instrumented.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Instrumentation {
    pub(crate) name: &'static str,
    /// Lines of the manifest's `[dependencies]`; `{root}` is the workspace.
    pub(crate) dependencies: &'static str,
    /// The attributes of each function, in one line; empty for none.
    pub(crate) attribute: &'static str,
}

pub(crate) const PLAIN: Instrumentation =
    Instrumentation { name: "plain", dependencies: "", attribute: "" };

pub(crate) const OURS: Instrumentation = Instrumentation {
    name: "trace-runtime",
    dependencies: r#"trace-runtime = { path = "{root}/trace-runtime", default-features = false, features = ["enabled"] }"#,
    attribute: "#[trace_runtime::trace]",
};

pub(crate) const METERED: Instrumentation = Instrumentation {
    name: "metered",
    dependencies: r#"trace-runtime = { path = "{root}/trace-runtime", default-features = false, features = ["metrics"] }"#,
    attribute: "#[trace_runtime::metered]",
};

pub(crate) const TRACED_AND_METERED: Instrumentation = Instrumentation {
    name: "traced and metered",
    attribute: "#[trace_runtime::trace] #[trace_runtime::metered]",
    ..METERED
};

pub(crate) const FASTRACE: Instrumentation = Instrumentation {
    name: "fastrace",
    dependencies: r#"fastrace = { version = "0.7.19", features = ["enable"] }"#,
    attribute: "#[fastrace::trace]",
};

/// `skip_all` is in its favour: without it every argument is formatted as well.
pub(crate) const TRACING: Instrumentation = Instrumentation {
    name: "tracing",
    dependencies: r#"tracing = "0.1.44""#,
    attribute: "#[tracing::instrument(skip_all, err)]",
};

pub(crate) const AUTOMETRICS: Instrumentation = Instrumentation {
    name: "autometrics",
    dependencies: r#"autometrics = { version = "3.0.0", features = ["prometheus-exporter"] }"#,
    attribute: "#[autometrics::autometrics]",
};

/// A crate outside of the workspace, so that no features are unified with it.
pub(crate) struct Generated {
    folder: PathBuf,
}

impl Generated {
    /// Writes a crate with that many synchronous and as many asynchronous functions.
    pub(crate) fn functions(
        folder: &Path,
        instrumentation: Instrumentation,
        functions: usize,
    ) -> Outcome<Self> {
        Self::program(folder, instrumentation.dependencies, &source(instrumentation, functions))
    }

    /// Writes a crate with that program.
    pub(crate) fn program(folder: &Path, dependencies: &str, main: &str) -> Outcome<Self> {
        let root = fs::canonicalize(root())?;
        let dependencies = dependencies.replace("{root}", &root.display().to_string());
        fs::create_dir_all(folder.join("src"))?;
        let manifest = format!(
            "[package]\nname = \"generated\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
             [dependencies]\n{dependencies}\n\n[workspace]\n"
        );
        fs::write(folder.join("Cargo.toml"), manifest)?;
        // The versions that the workspace was tested with; cargo drops what is not needed.
        fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock"))?;
        fs::write(folder.join("src/main.rs"), main)?;
        Ok(Self { folder: folder.to_owned() })
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

    /// Builds everything that is missing, in release mode.
    pub(crate) fn build(&self) -> Outcome<Duration> {
        let start = Instant::now();
        succeed(self.cargo().args(["build", "--release", "--quiet"]))?;
        Ok(start.elapsed())
    }

    /// Builds the crate alone again.
    pub(crate) fn rebuild(&self) -> Outcome<Duration> {
        succeed(self.cargo().args(["clean", "--release", "--quiet", "--package", "generated"]))?;
        self.build()
    }

    /// The program that was built.
    pub(crate) fn binary(&self) -> PathBuf {
        self.folder.join("target/release/generated")
    }
}

const HEAD: &str = "\
use std::future::Future;
use std::hint::black_box;
use std::pin::Pin;

#[derive(Debug)]
struct Failure(u64);

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, \"{} is refused\", self.0)
    }
}

impl std::error::Error for Failure {}

#[inline(never)]
fn check(id: u64) -> Result<u64, Failure> {
    if black_box(id) == 7 { Err(Failure(id)) } else { Ok(id) }
}

#[inline(never)]
async fn check_later(id: u64) -> Result<u64, Failure> {
    std::future::ready(check(id)).await
}
";

/// The attribute has its own line, which stays empty without one: line numbers, which panics
/// carry, are the same in every variant.
fn source(instrumentation: Instrumentation, functions: usize) -> String {
    let attribute = instrumentation.attribute;
    let mut source = HEAD.to_owned();
    for number in 0..functions {
        // Writing to a String cannot fail.
        let _ = write!(
            source,
            "
{attribute}
#[inline(never)]
fn call_{number}(id: u64, tier: &str) -> Result<u64, Failure> {{
    let size = check(id ^ {number})?;
    Ok(size + tier.len() as u64)
}}

{attribute}
async fn later_{number}(id: u64, tier: &'static str) -> Result<u64, Failure> {{
    let size = check_later(id ^ {number}).await?;
    Ok(size + tier.len() as u64)
}}
"
        );
    }
    let table = |make: &dyn Fn(usize) -> String| (0..functions).map(make).collect::<String>();
    let calls = table(&|number| format!("    call_{number},\n"));
    let later = table(&|number| format!("    |id, tier| Box::pin(later_{number}(id, tier)),\n"));
    let _ = write!(
        source,
        "
type Call = fn(u64, &str) -> Result<u64, Failure>;
type Later = fn(u64, &'static str) -> Pin<Box<dyn Future<Output = Result<u64, Failure>>>>;

static CALLS: [Call; {functions}] = [
{calls}];

static LATER: [Later; {functions}] = [
{later}];

fn main() {{
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    for call in black_box(&CALLS) {{
        let _ = black_box(call(1, \"gold\"));
    }}
    for later in black_box(&LATER) {{
        let _ = black_box(later(1, \"gold\").as_mut().poll(&mut context));
    }}
}}
"
    );
    source
}
