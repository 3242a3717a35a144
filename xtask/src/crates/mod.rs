//! Annotates every function of well-known crates and runs their own tests, before and after: an
//! attribute must decide neither whether a function compiles nor what it does.
//!
//! The sources come from the registry, by cargo, and are copied into the target folder.

mod annotate;
mod source;

use crate::{Outcome, cargo, table};
use source::Sources;
use std::ffi::OsString;
use std::path::Path;
use std::process::Stdio;

/// What is put before every function.
const ATTRIBUTES: &[(&str, &str)] = &[
    ("trace", "#[::trace_runtime::trace]"),
    ("metered", "#[::trace_runtime::metered]"),
    (
        "stacked",
        "#[::trace_runtime::trace] #[::trace_runtime::metered] \
         #[::trace_runtime::business_metric(counter(\"crates.calls\"))]",
    ),
];

/// Crates whose packages contain tests, and few dependencies to run them.
const CRATES: &[(&str, &str)] = &[
    ("aho-corasick", "1.1.5"),
    ("anyhow", "1.0.104"),
    ("bytes", "1.12.1"),
    ("either", "1.19.0"),
    ("flate2", "1.1.10"),
    ("hashbrown", "0.17.1"),
    ("heck", "0.5.0"),
    ("http", "1.5.0"),
    ("httparse", "1.10.1"),
    ("httpdate", "1.0.3"),
    ("indexmap", "2.14.2"),
    ("itertools", "0.14.0"),
    ("lexopt", "0.3.2"),
    ("memchr", "2.8.3"),
    ("nom", "7.1.3"),
    ("once_cell", "1.21.4"),
    ("percent-encoding", "2.3.2"),
    ("scopeguard", "1.2.0"),
    ("semver", "1.0.28"),
    ("shlex", "2.0.1"),
    ("slab", "0.4.12"),
    ("smallvec", "1.16.5"),
    ("strsim", "0.11.1"),
    ("url", "2.5.8"),
];

/// What the tests of a crate came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Run {
    /// The tests that passed and that failed.
    Tested(usize, usize),
    DoesNotCompile,
}

pub(crate) fn run(arguments: Vec<OsString>) -> Outcome {
    let mut names = Vec::new();
    let mut attributes: Vec<_> = ATTRIBUTES.to_vec();
    let mut parser = lexopt::Parser::from_args(arguments);
    while let Some(argument) = parser.next()? {
        match argument {
            lexopt::Arg::Long("attributes") => {
                let wanted = parser.value()?;
                attributes.retain(|(name, _)| wanted == **name);
                if attributes.is_empty() {
                    return Err("--attributes takes `trace`, `metered` or `stacked`".into());
                }
            }
            lexopt::Arg::Value(name) => names.push(name.to_string_lossy().into_owned()),
            other => return Err(other.unexpected().into()),
        }
    }
    let wanted = |name: &str| names.is_empty() || names.iter().any(|other| other == name);
    let crates: Vec<_> = CRATES.iter().copied().filter(|(name, _)| wanted(name)).collect();
    if let Some(unknown) = names.iter().find(|name| CRATES.iter().all(|(known, _)| known != name)) {
        return Err(format!("no crate `{unknown}` in the list of this command").into());
    }
    let sources = Sources::fetch(&crates)?;
    let mut header = vec!["crate", "functions", "as it is"];
    header.extend(attributes.iter().map(|(name, _)| *name));
    let mut table = table(&header);
    let mut changed = Vec::new();
    for (name, _) in crates {
        let folder = sources.copy(name, "")?.0;
        let before = tested(&sources, name, &folder)?;
        let (mut row, mut functions) = (vec![before.to_string()], 0);
        for (attribute, text) in &attributes {
            let (folder, count) = sources.copy(name, text)?;
            functions = count;
            let after = tested(&sources, name, &folder)?;
            if after != before {
                changed.push(format!("{name} with {attribute}: {after} instead of {before}"));
            }
            row.push(after.to_string());
        }
        eprintln!("{name}: {}", row.join(" | "));
        row.splice(0..0, [name.to_owned(), functions.to_string()]);
        table.add_row(row);
    }
    println!("{table}");
    if changed.is_empty() { Ok(()) } else { Err(changed.join("\n").into()) }
}

/// Runs the tests in a crate's sources; what the compiler or a test has to say is in a log beside them.
fn tested(sources: &Sources, name: &str, folder: &Path) -> Outcome<Run> {
    let output = cargo()
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", sources.build())
        .env("CARGO_INCREMENTAL", "0")
        .env_remove("RUSTFLAGS")
        .args(["test", "--lib", "--tests", "--no-fail-fast", "--package", name])
        .stdin(Stdio::null())
        .output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    std::fs::write(folder.with_extension("log"), format!("{errors}\n{text}"))?;
    let mut results = text.lines().filter_map(|line| line.strip_prefix("test result: ")).peekable();
    if results.peek().is_none() {
        return Ok(Run::DoesNotCompile);
    }
    let count = |line: &str, what: &str| {
        let before = line.split(what).next().unwrap_or_default();
        let number = before.trim_end().rsplit([' ', '.']).next().unwrap_or_default();
        number.parse::<usize>().unwrap_or_default()
    };
    let (mut passed, mut failed) = (0, 0);
    for line in results {
        passed += count(line, "passed");
        failed += count(line, "failed");
    }
    Ok(Run::Tested(passed, failed))
}

impl std::fmt::Display for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Tested(passed, 0) => write!(f, "{passed} pass"),
            Self::Tested(passed, failed) => write!(f, "{passed} pass, {failed} fail"),
            Self::DoesNotCompile => f.write_str("does not compile"),
        }
    }
}
